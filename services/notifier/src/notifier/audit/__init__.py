"""The audit: what happened and who did it, append-only, chained per operator, signed once a day; evidence from it."""
