"""The values that signals have, and what each is before anything is known."""

from __future__ import annotations

Value = bool | int | float | str
#: What a signal is before anything is known.
UNKNOWN: dict[type, Value] = {bool: False, int: 0, float: float("nan"), str: "unknown"}
