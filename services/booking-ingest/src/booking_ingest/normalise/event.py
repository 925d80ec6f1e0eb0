"""One event from its bytes to the document that is published: decoded strictly, checked, written one way."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any
from unicodedata import category
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct

from booking_ingest.normalise.fields import visit_texts
from booking_ingest.normalise.phones import e164
from booking_ingest.normalise.postcodes import settle_postcode
from booking_ingest.normalise.times import place_times
from pickup_contracts.booking import BookingEvent
from pickup_contracts.card_numbers import holds_card_number
from pickup_contracts.codec import decode_booking, encode
from pickup_contracts.errors import CardNumberFound, MalformedEvent
from pickup_contracts.moments import can_be

#: C0 controls other than tab and line breaks, DEL, C1 controls: nothing that a person writes.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAK = re.compile(r"[\t\n\r]")
#: Fields whose digits are theirs by right: never tested for card numbers.
_NUMBERS = frozenset({"phone", "barcode", "id", "event_id", "booking_id", "operator_id", "uprn", "ip"})
_IDS = frozenset({"id", "event_id", "booking_id", "operator_id"})
#: One word each: the pattern of a code lets a line break pass at its end.
_CODES = _IDS | {"country", "card_country", "currency", "uprn", "ip"}
_NAMES = frozenset({"event_id", "booking_id"})
#: Format characters (marks of direction, zero-width ones) and separators of lines. Two ids that look the same on every
#: screen would be two bookings, and an outcome could be reported of neither.
_UNSEEN = frozenset({"Cf", "Zl", "Zp"})


class Normalised(Struct, frozen=True):
    """An event ready to be published. `content` is a digest of all but `occurred_at`, which a retry may restate."""

    event_id: str
    booking_id: str
    operator_id: str | None
    occurred_at: datetime
    document: dict[str, Any]
    content: bytes

    def body(self, operator_id: str) -> bytes:
        """The value that goes to the topic."""
        return encode({**self.document, "operator_id": operator_id})


def normalise(raw: bytes, *, country: str = "GB", zone: ZoneInfo | None = None) -> Normalised:
    """Check and normalise one event. `country` reads phone numbers; `zone` places times without an offset, and is
    `None` when the operator's profile names none: they are refused then.

    Raises:
        MalformedEvent: naming the field.
        CardNumberFound: likewise.
    """
    event = _decode(raw, zone)
    document: dict[str, Any] = msgspec.to_builtins(event, builtin_types=(datetime,))

    def visit(path: str, field: str, text: str) -> str:
        if _CONTROL.search(text) or (field in _CODES and _LINE_BREAK.search(text)):
            raise MalformedEvent(path, "holds control characters")
        if field in _NAMES and (not text.strip() or any(category(one) in _UNSEEN for one in text)):
            raise MalformedEvent(path, "is blank, or holds characters that nobody sees")
        if field == "phone":
            return e164(text.strip(), country)
        if field not in _NUMBERS and holds_card_number(text):
            raise CardNumberFound(path)
        return text

    visit_texts(document, visit)
    for stop in (document.get("pickup"), document.get("dropoff"), *(document.get("via") or ())):
        if isinstance(stop, dict) and isinstance(stop.get("address"), dict):
            settle_postcode(stop["address"])
    _to_utc(document)
    operator_id = document.pop("operator_id", None)
    content = {name: value for name, value in document.items() if name != "occurred_at"}
    return Normalised(
        event.event_id,
        event.booking_id,
        operator_id,
        event.occurred_at.astimezone(UTC),
        document,
        hashlib.sha256(msgspec.json.encode(content, order="deterministic")).digest(),
    )


def _decode(raw: bytes, zone: ZoneInfo | None) -> BookingEvent:
    try:
        event = decode_booking(raw)
    except MalformedEvent:
        if zone is None:
            raise
        document = msgspec.json.decode(raw) if _is_json(raw) else None
        if not isinstance(document, dict):
            raise
        place_times(document, zone)
        event = decode_booking(msgspec.json.encode(document))
    for index, link in enumerate(event.related if isinstance(event.related, list) else ()):
        if link.booking_id is UNSET:
            raise MalformedEvent(f"related[{index}].booking_id", "is required")
    return event


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _to_utc(node: Any, path: str = "") -> None:
    """Every time in UTC, in place.

    Raises:
        MalformedEvent: one can't be a time of a booking. What a system writes for "not set" is not passed on as one.
    """
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if not isinstance(value, datetime | dict | list):
            continue
        where = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else key
        if not isinstance(value, datetime):
            _to_utc(value, where)
        elif can_be(value):
            node[key] = value.astimezone(UTC)
        else:
            raise MalformedEvent(where, "is not a time that can be: leave out what is not known")
