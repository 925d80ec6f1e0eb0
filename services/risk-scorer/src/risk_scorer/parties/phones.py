"""Phone numbers as people write them, compared as the same line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import phonenumbers

#: As booking-ingest publishes nearly all of them: nothing is left to be read.
_E164_UK = re.compile(r"^\+44[1-9]\d{9}$")
_REMARK = re.compile(r"\([^)\d]*\)|\b[A-Za-z]{2,}\b:?")
_SEVERAL = re.compile(r"[/;,|]|\bor\b")
_O_FOR_ZERO = re.compile(r"^[\s+()\doO.-]+$")

PhoneKind = Literal["mobile", "landline", "foreign", "voip", "unknown"]


@lru_cache(maxsize=65_536)
def phone_key(raw: str) -> str | None:
    """The number in E.164 when it is possible, whatever its spelling; `None` when it can't be read.

    Possible, not valid: Ofcom's drama ranges (07700 900xxx and others) are in no numbering plan and must pass.
    """
    if _E164_UK.match(raw):
        return raw
    parsed = _parse(raw)
    if parsed is None:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=65_536)
def phone_kind(raw: str) -> PhoneKind:
    """What sort of line it is, by its prefix where the numbering plan does not know it."""
    if _E164_UK.match(raw):
        national = raw[3:]
    else:
        parsed = _parse(raw)
        if parsed is None:
            return "unknown"
        if parsed.country_code != 44:
            return "foreign"
        national = str(parsed.national_number)
    # Ofcom's plan: 055 and 056 are location-independent (internet) numbers.
    if national.startswith(("55", "56")):
        return "voip"
    if national.startswith("7") and not national.startswith(("70", "76")):
        return "mobile"
    return "landline" if national.startswith(("1", "2", "3")) else "unknown"


def same_phone(one: str | None, other: str | None) -> bool | None:
    """Whether two numbers are one line; `None` when either can't be read."""
    first, second = (phone_key(one) if one else None), (phone_key(other) if other else None)
    return None if first is None or second is None else first == second


def _parse(raw: str) -> phonenumbers.PhoneNumber | None:
    for written in _numbers(raw):
        try:
            parsed = phonenumbers.parse(written, "GB")
        except phonenumbers.NumberParseException:
            continue
        # 00000000000 and the like stand in fields that insist on a number.
        if phonenumbers.is_possible_number(parsed) and parsed.national_number:
            return parsed
    return None


def _numbers(raw: str) -> Iterator[str]:
    """As it stands; then, of several numbers or of one with a remark, the first; then with O for 0 put right."""
    yield raw
    first = _REMARK.sub(" ", _SEVERAL.split(raw, maxsplit=1)[0])
    yield first
    if _O_FOR_ZERO.match(first):
        yield first.replace("O", "0").replace("o", "0")
