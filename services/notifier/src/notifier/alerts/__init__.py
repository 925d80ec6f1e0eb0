"""Pure: what an alert is, how it changes, who is told of it and when, by when somebody must act, and in what words."""
