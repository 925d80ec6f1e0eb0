"""Times without an offset, for an operator whose profile names its time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

_TIMES = frozenset({"occurred_at", "requested_at", "pickup_at", "driver_eta", "opened_at", "from", "to"})


def place_times(node: Any, zone: ZoneInfo) -> None:
    """Give every time in an undecoded document that has no offset the one that `zone` had then.

    An hour that the clocks repeat is taken as its first turn. What is not a time at all is left for the decoder to
    refuse.
    """
    if isinstance(node, dict):
        for name, value in node.items():
            if name in _TIMES and isinstance(value, str):
                node[name] = _placed(value, zone)
            else:
                place_times(value, zone)
    elif isinstance(node, list):
        for value in node:
            place_times(value, zone)


def _placed(text: str, zone: ZoneInfo) -> str:
    if "T" not in text.upper() and " " not in text:
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.replace(tzinfo=zone).isoformat() if moment.tzinfo is None else text
