"""The values that signals have, and what each is before anything is known."""

from __future__ import annotations

Value = bool | int | float | str
#: What a signal is before anything is known.
UNKNOWN: dict[type, Value] = {bool: False, int: 0, float: float("nan"), str: "unknown"}


def says_something(value: Value) -> bool:
    """Whether a value is more than what `UNKNOWN` puts in the place of one that is not there. A measure of 0.0 is;
    `False` and a count of 0 are not."""
    return bool(value or type(value) is float) and value == value and value != "unknown"
