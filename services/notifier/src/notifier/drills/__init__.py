"""Drills: a made-up booking goes the whole way every hour, so that a broken way is known before it is needed."""
