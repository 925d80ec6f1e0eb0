"""Pure: what an alert is, how it changes, by when somebody must act, and what they are told."""
