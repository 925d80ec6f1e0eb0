"""A booking as it may be shown to whoever asks why: coded fields as they are, of all others only that they are there.

What is shown is named here; a field that is not is taken for something that a person wrote. Of an address the outward
half of the postcode stays; a town is free text, in which people write names and streets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from pickup_contracts.booking import BookingEvent
from risk_scorer.known import known

#: Fields whose words come from a fixed list, or are a code of a country or currency.
CODED = frozenset(
    {"status", "service", "carries", "channel", "premises", "type", "caller_id", "method", "payer", "changed_by"}
    | {"relation", "observations", "country", "card_country", "currency"}
)
#: Numbers that say where somebody lives.
_PLACES = frozenset({"lat", "lon"})
#: Not of the booking: ids, and what orders events.
_LEFT_OUT = frozenset({"event_id", "booking_id", "operator_id", "revision", "occurred_at"})
_OUTWARD = re.compile(r"^\s*([A-Za-z]{1,2}\d[A-Za-z\d]?)\s*\d[A-Za-z]{2}\s*$")


class Part(Struct, frozen=True):
    """One part of a booking: its coded values by field, and the names of the fields that are there and not shown."""

    name: str
    coded: dict[str, str]
    withheld: list[str]


def redacted(booking: BookingEvent) -> list[Part]:
    """What may be shown of a merged booking, part by part; the booking's own fields come first under `booking`."""
    own = Part("booking", {}, [])
    parts = [own]
    for name in booking.__struct_fields__:
        value = known(getattr(booking, name))
        if value is None or name in _LEFT_OUT:
            continue
        if isinstance(value, Struct):
            parts.append(_part(name, value))
        elif isinstance(value, list) and value and isinstance(value[0], Struct):
            parts += [_part(f"{name}[{index}]", one) for index, one in enumerate(value)]
        else:
            _take(own, name, name, value)
    return [part for part in parts if part.coded or part.withheld]


def _part(name: str, struct: Struct) -> Part:
    part = Part(name, {}, [])
    for path, field, value in _walk("", struct):
        _take(part, path, field, value)
    return part


def _walk(prefix: str, struct: Struct) -> Iterator[tuple[str, str, object]]:
    for field in struct.__struct_fields__:
        value = known(getattr(struct, field))
        if value is None:
            continue
        if isinstance(value, Struct):
            yield from _walk(f"{prefix}{field.rstrip('_')}.", value)
        else:
            yield f"{prefix}{field.rstrip('_')}", field, value


def _take(part: Part, path: str, field: str, value: object) -> None:
    shown = _shown(field, value)
    if shown is None:
        part.withheld.append(path)
    else:
        part.coded[path] = shown


def _shown(field: str, value: object) -> str | None:
    """The value in words; `None` where it is not to be shown."""
    if field in _PLACES:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if field in CODED:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if field == "postcode" and isinstance(value, str):
        outward = _OUTWARD.match(value)
        return outward[1].upper() if outward else None
    return None
