"""Bytes to events and back, strictly: no coercion, no unknown fields, every error names its field."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from pickup_contracts.booking import BookingEvent
from pickup_contracts.errors import MalformedEvent

T = TypeVar("T")

_booking_decoder = msgspec.json.Decoder(BookingEvent, strict=True)
_encoder = msgspec.json.Encoder()

_PATH = re.compile(r" - at `(?P<path>[^`]*)`$")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")
_MISSING_FIELD = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
_SAFE_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,39}$")


def decode_booking(raw: bytes) -> BookingEvent:
    """Decode one BookingEvent.

    Raises:
        MalformedEvent: naming the field and the reason, never the value.
    """
    return _decode(_booking_decoder, raw)


def decode_with(decoder: msgspec.json.Decoder[T], raw: bytes) -> T:
    """Decode `raw` with a strict decoder of another contract type; raises MalformedEvent likewise."""
    return _decode(decoder, raw)


def encode(event: object) -> bytes:
    """The canonical JSON of a contract type: UTC times with `Z`, fields in their declared order."""
    return _encoder.encode(event)


def _decode(decoder: msgspec.json.Decoder[T], raw: bytes) -> T:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None
    except msgspec.DecodeError as error:
        raise MalformedEvent(None, f"not valid JSON: {_json_reason(str(error))}") from None
    except (UnicodeDecodeError, RecursionError):
        raise MalformedEvent(None, "not valid JSON: not UTF-8, or nested too deep") from None


def _explain(message: str) -> MalformedEvent:
    """msgspec's message as field and reason. Names of unknown fields are the sender's text: shown only if plain."""
    found = _PATH.search(message)
    path = _field(found["path"]) if found else None
    reason = _PATH.sub("", message)
    if (unknown := _UNKNOWN_FIELD.search(reason)) is not None:
        name = unknown["name"]
        if not _SAFE_NAME.match(name):
            return MalformedEvent(path, "holds a field that is not part of the contract")
        return MalformedEvent(_join(path, name), "is not part of the contract")
    if (missing := _MISSING_FIELD.search(reason)) is not None:
        return MalformedEvent(_join(path, missing["name"]), "is required")
    if reason.startswith("Invalid enum value"):
        return MalformedEvent(path, "is not one of the values the contract allows")
    return MalformedEvent(path, _human(reason))


_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "datetime": "a time such as 2026-11-20T11:02:10Z",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_EXPECTED = re.compile(r"^Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`$")
_LENGTH = re.compile(r"^Expected `(?P<wanted>[^`]*)` of length (?P<how><=|>=) (?P<limit>\d+)$")
_BOUND = re.compile(r"^Expected `(?P<wanted>[^`]*)` (?P<how><=|>=) (?P<limit>[-\d.]+)$")
_COUNTED = {"str": " characters", "array": " entries", "object": " fields"}
_HOW = {"<=": "at most", ">=": "at least"}


def _human(reason: str) -> str:
    """msgspec's words in those of somebody who writes JSON."""
    if (found := _EXPECTED.match(reason)) is not None:
        wanted = " or ".join(_KINDS.get(kind.strip(), kind.strip()) for kind in found["wanted"].split("|"))
        return f"must be {wanted}, is {_KINDS.get(found['got'], found['got'])}"
    if (found := _LENGTH.match(reason)) is not None:
        kind = found["wanted"]
        return f"must be {_KINDS.get(kind, kind)} of {_HOW[found['how']]} {found['limit']}{_COUNTED.get(kind, '')}"
    if (found := _BOUND.match(reason)) is not None:
        return f"must be {_KINDS.get(found['wanted'], found['wanted'])} of {_HOW[found['how']]} {found['limit']}"
    if "timezone component" in reason or "RFC3339" in reason:
        return "must be a time with an offset such as 2026-11-20T11:02:10Z"
    if "matching regex" in reason:
        return "has not the form that the contract asks for"
    return reason[0].lower() + reason[1:]


def _json_reason(message: str) -> str:
    """Only the place of the fault, never the text around it."""
    place = re.search(r"byte (\d+)", message)
    return f"at byte {place[1]}" if place else "it ends too early, or a \\u escape is broken"


def _field(path: str) -> str | None:
    """`$.items[0].description` as `items[0].description`."""
    return path.removeprefix("$").removeprefix(".").replace("[...]", "[]") or None


def _join(path: str | None, name: str) -> str:
    return f"{path}.{name}" if path else name
