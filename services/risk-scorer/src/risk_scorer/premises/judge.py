"""What kind of place a stop is: the operator's own word first, then its name, then how its address is written.

A judgement with a source and a confidence. Unknown is an answer: it neither raises nor lowers anything.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import msgspec
from msgspec import Struct

from pickup_contracts.booking import Address, Stop
from risk_scorer.known import known
from risk_scorer.premises import wording
from risk_scorer.premises.areas import BIG_CITIES, BIG_CITY_AREAS
from risk_scorer.premises.places import Places, Words, find, places, tokens

Residential = Literal["yes", "no", "unknown"]

#: Kinds of premises where people live.
HOMES = frozenset({"residential", "sheltered_housing", "care_home"})
#: Where money and valuables change hands.
VALUABLES = frozenset({"bank", "money_service", "jeweller"})
_POSTCODE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b", re.IGNORECASE)


class StopJudgement(Struct, frozen=True):
    """What a stop is taken for. The flags come from its text and hold whatever the operator calls the place."""

    kind: str = "unknown"
    residential: Residential = "unknown"
    source: str = "none"
    confidence: float = 0.0
    given: bool = False
    outside: bool = False
    street_corner: bool = False
    vague_place: bool = False
    shopfront: bool = False
    relay_point: bool = False
    high_value_district: bool = False
    before_a_house: bool = False
    beside_valuables: bool = False
    cash_machine: bool = False
    big_city: bool = False


NOWHERE = StopJudgement()


def judge(stop: Stop) -> StopJudgement:
    """Judge a stop; one without any address is `NOWHERE`, or what the operator or the firm's name says it is."""
    address = known(stop.address)
    text: tuple[str, ...] = ("", "", "", "")
    if isinstance(address, Address):
        text = tuple(known(part) or "" for part in (address.line1, address.line2, address.town, address.postcode))
        if not any(text) and known(address.lat) is not None:
            text = ("", "", "", "-")
    return _judge(known(stop.organisation) or "", *text, known(stop.premises) or "unknown", known(stop.notes) or "")


@lru_cache(maxsize=65_536)
def _judge(
    organisation: str, line1: str, line2: str, town: str, postcode: str, premises: str, notes: str
) -> StopJudgement:
    vocabulary = places()
    first = _POSTCODE.sub(" ", line1)
    withheld = tokens(first) in vocabulary.withheld
    given = bool((tokens(first) and not withheld) or line2 or organisation or postcode)
    read = _read(organisation, first, line2, town, vocabulary) if given else NOWHERE
    if not given and premises == "unknown":
        return read
    outside = read.outside or _meets_outside(notes, vocabulary)
    read = msgspec.structs.replace(
        read, given=given or premises != "unknown", outside=outside, big_city=_big_city(town, postcode)
    )
    if premises == "unknown":
        return read
    # Outside a bank is the bank's pavement, whatever the operator's own list calls the address.
    kind = read.kind if outside and read.kind in VALUABLES else premises
    residential: Residential = "yes" if kind in HOMES else "no"
    return msgspec.structs.replace(read, kind=kind, residential=residential, source="operator", confidence=0.95)


def _read(organisation: str, line1: str, line2: str, town: str, vocabulary: Places) -> StopJudgement:
    """The judgement of the words alone."""
    segments = wording.parts(line1, line2, vocabulary=vocabulary)
    here = tokens(town)
    flags = _flags(segments, here, vocabulary)
    firm = tuple(vocabulary.short.get(word, word) for word in tokens(organisation))
    if firm:
        kind = _kind_of_firm(firm, vocabulary) or wording.kind_of(segments, here, vocabulary) or "business"
        return msgspec.structs.replace(
            flags, kind=kind, residential=_lives(kind), source="organisation", confidence=0.8
        )
    kind_found = wording.kind_of(segments, here, vocabulary)
    if kind_found:
        return msgspec.structs.replace(
            flags, kind=kind_found, residential=_lives(kind_found), source="text", confidence=0.8
        )
    numbered = any(wording.is_numbered(segment, vocabulary) for segment in segments)
    if flags.outside or flags.street_corner:
        return msgspec.structs.replace(flags, kind="public_place", residential="no", source="text", confidence=0.7)
    flat = wording.is_flat(segments) or wording.is_room(segments)
    if flat or (numbered and not flags.shopfront):
        return msgspec.structs.replace(flags, kind="residential", residential="yes", source="text", confidence=0.7)
    if flags.shopfront:
        return msgspec.structs.replace(flags, source="text", confidence=0.4)
    if wording.is_named_house(segments, vocabulary):
        return msgspec.structs.replace(flags, kind="residential", residential="yes", source="text", confidence=0.5)
    return msgspec.structs.replace(flags, vague_place=True)


def _kind_of_firm(firm: Words, vocabulary: Places) -> str | None:
    """ "Electoral Services" is no motorway's."""
    kind = wording.kind_of_name(firm, (), vocabulary)
    return None if kind == "public_place" and firm[-1] == "services" else kind


def _flags(segments: list[Words], town: Words, vocabulary: Places) -> StopJudgement:
    words = tuple(word for segment in segments for word in segment)
    return StopJudgement(
        given=True,
        outside=wording.is_outside(segments, vocabulary),
        street_corner=wording.is_corner(segments, vocabulary),
        shopfront=wording.is_shopfront(segments, vocabulary),
        relay_point=wording.is_relay_point(segments),
        before_a_house=wording.is_outside_a_house(segments, vocabulary),
        beside_valuables=wording.is_beside(segments, VALUABLES, vocabulary),
        cash_machine=find(vocabulary.cash_machines, words) >= 0,
        high_value_district=find(vocabulary.high_value, words) >= 0 or find(vocabulary.high_value, town) >= 0,
    )


def _meets_outside(notes: str, vocabulary: Places) -> bool:
    return bool(notes) and wording.leads(vocabulary.meeting, tokens(notes)) > 0


def _lives(kind: str) -> Residential:
    return "yes" if kind in HOMES else "no"


def _big_city(town: str, postcode: str) -> bool:
    if " ".join(tokens(town)) in BIG_CITIES:
        return True
    letters = re.match(r"[a-z]+", postcode.casefold().strip())
    return letters is not None and letters[0] in BIG_CITY_AREAS
