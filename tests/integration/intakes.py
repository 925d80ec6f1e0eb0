"""What the intake's tests share: operators that have been read, and of whom there are none."""

from __future__ import annotations

from pickup_runtime.operators import OperatorDirectory


def no_operators() -> OperatorDirectory:
    """A directory as it is when the topic has been read to its end and was empty."""
    made = OperatorDirectory()
    made.loaded.set()
    return made
