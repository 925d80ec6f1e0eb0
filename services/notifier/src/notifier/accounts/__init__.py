"""Who people are and what they may do: roles, lock-out, how long a session lives, what a provider says. Pure."""
