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
from risk_scorer.premises.areas import BIG_CITIES, BIG_CITY_AREAS
from risk_scorer.premises.places import Places, find, places, tokens

Residential = Literal["yes", "no", "unknown"]

_HOMES = frozenset({"residential", "sheltered_housing", "care_home"})
_NUMBER = re.compile(r"^\d{1,4}[a-z]?(?:/\d{1,3}[a-z]?)?$")
_FLAT = frozenset({"flat", "apartment", "apt", "maisonette", "bedsit", "basement", "room"})
_POSTCODE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b", re.IGNORECASE)
_ROAD_NUMBER = re.compile(r"^[abm]\d{1,4}$")


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
    kind = read.kind if outside and read.kind in ("bank", "money_service", "jeweller") else premises
    residential: Residential = "yes" if kind in _HOMES else "no"
    return msgspec.structs.replace(read, kind=kind, residential=residential, source="operator", confidence=0.95)


def _read(organisation: str, line1: str, line2: str, town: str, vocabulary: Places) -> StopJudgement:
    """The judgement of the words alone."""
    segments = [tokens(part) for part in (*line1.split(","), *line2.split(",")) if tokens(part)]
    here = tokens(town)
    flags = _flags(segments, here, vocabulary)
    firm = tokens(organisation)
    if firm:
        kind = _kind(firm, (), vocabulary) or _kind_of(segments, here, vocabulary) or "business"
        return msgspec.structs.replace(
            flags, kind=kind, residential=_lives(kind), source="organisation", confidence=0.8
        )
    numbered = any(_numbered(segment, vocabulary) for segment in segments)
    flat = any(segment[0] in _FLAT or (len(segment) > 1 and segment[1] in _FLAT) for segment in segments)
    kind_found = _kind_of(segments, here, vocabulary)
    if kind_found and not (flat and kind_found in ("business", "retail", "public_place")):
        return msgspec.structs.replace(
            flags, kind=kind_found, residential=_lives(kind_found), source="text", confidence=0.8
        )
    if flags.outside or flags.street_corner:
        return msgspec.structs.replace(flags, kind="public_place", residential="no", source="text", confidence=0.7)
    if flat or (numbered and not flags.shopfront):
        return msgspec.structs.replace(flags, kind="residential", residential="yes", source="text", confidence=0.7)
    if flags.shopfront:
        return msgspec.structs.replace(flags, source="text", confidence=0.4)
    if _named_house(segments, vocabulary):
        return msgspec.structs.replace(flags, kind="residential", residential="yes", source="text", confidence=0.5)
    return msgspec.structs.replace(flags, vague_place=True)


_RELAY_POINTS = (("petrol", "station"), ("services",), ("lay", "by"), ("layby",), ("car", "park"))


def _flags(segments: list[tuple[str, ...]], town: tuple[str, ...], vocabulary: Places) -> StopJudgement:
    words = tuple(word for segment in segments for word in segment)
    return StopJudgement(
        given=True,
        outside=any(_leads(vocabulary.outside, segment) for segment in segments),
        street_corner=any(_leads(vocabulary.corner, segment) for segment in segments)
        or (
            any("corner" in segment and segment[-1] == "corner" and len(segment) > 1 for segment in segments[:1])
            and not _numbered(segments[0], vocabulary)
        ),
        shopfront=any(find(vocabulary.shopping, segment) >= 0 for segment in segments),
        relay_point=find((("petrol", "station"), ("services",), ("lay", "by"), ("layby",), ("car", "park")), words)
        >= 0,
        high_value_district=find(vocabulary.high_value, words) >= 0 or find(vocabulary.high_value, town) >= 0,
    )


def _kind_of(segments: list[tuple[str, ...]], town: tuple[str, ...], vocabulary: Places) -> str | None:
    """The kind that the first telling part of an address gives; a house number before it makes it a street's name."""
    for index, segment in enumerate(segments):
        words = segment
        for phrases in (vocabulary.outside, vocabulary.corner):
            while lead := _leads(phrases, words):
                words = words[lead:]
        if words[:1] == ("the",):
            words = words[1:]
        if not words or _numbered(segment, vocabulary):
            continue
        kind = _kind(words, town, vocabulary)
        if kind is not None and not (index and kind in ("business", "retail") and len(segments) > 1 and index > 1):
            return kind
    return None


def _kind(words: tuple[str, ...], town: tuple[str, ...], vocabulary: Places) -> str | None:
    bare = words
    if town and bare[: len(town)] == town and len(bare) > len(town):
        bare = bare[len(town) :]
    if bare in vocabulary.stations or words in vocabulary.stations:
        return "station"
    if bare in vocabulary.airports or words in vocabulary.airports or words[:1] in vocabulary.airports:
        return "airport"
    if bare in vocabulary.dwellings and len(bare) > 1:
        return "residential"
    brand = _brand(words, vocabulary)
    a_house = words[-1:] in vocabulary.dwellings and len(words) > 1
    named_street = len(words) > 1 and words[-1] in vocabulary.streets
    best: tuple[int, str] | None = None
    for size in range(min(vocabulary.longest, len(words)), 0, -1):
        for start in range(len(words) - size, -1, -1):
            kind = vocabulary.words.get(words[start : start + size])
            if kind is None:
                continue
            # "Brook Bank House" is a house; "Village Hall" and "Bank House Surgery" are not.
            if a_house and start + size < len(words):
                continue
            # "Station Road", "School Lane": a word with a street's ending right behind it names the street.
            if named_street and start + size == len(words) - 1:
                continue
            if named_street and size == 1 and start + 1 == len(words):
                continue
            best = (size, kind)
            break
        if best is not None:
            break
    if brand is not None and (best is None or best[0] < brand[0] or best[1] in ("business", "retail", "public_place")):
        return brand[1]
    return best[1] if best is not None else None


def _brand(words: tuple[str, ...], vocabulary: Places) -> tuple[int, str] | None:
    """A name over the door, at the start; followed by nothing but a street's ending it is a street ("Halifax Road")."""
    for size in range(min(vocabulary.longest, len(words)), 0, -1):
        kind = vocabulary.brands.get(words[:size])
        if kind is None:
            continue
        rest = words[size:]
        if len(rest) == 1 and rest[0] in vocabulary.streets:
            return None
        return size, kind
    return None


def _numbered(segment: tuple[str, ...], vocabulary: Places) -> bool:
    """A house number and a street: "14 Meadow Close", "2a Mill Rd", "17 The Crescent"."""
    return (
        len(segment) >= 2
        and bool(_NUMBER.match(segment[0]))
        and (segment[-1] in vocabulary.streets or len(segment) >= 3 or segment[1] not in vocabulary.streets)
    )


def _named_house(segments: list[tuple[str, ...]], vocabulary: Places) -> bool:
    """ "Rose Cottage", "The Old Rectory", or a name with a street behind it ("Fox Hollow, Stone Lane")."""
    if not segments:
        return False
    first = segments[0]
    if any(first[-size:] in vocabulary.dwellings for size in (3, 2, 1)) and len(first) > 1:
        return True
    is_street = first[-1] in vocabulary.streets or bool(_ROAD_NUMBER.match(first[0]))
    return not is_street and len(segments) > 1 and segments[1][-1] in vocabulary.streets and len(first) <= 4


def _meets_outside(notes: str, vocabulary: Places) -> bool:
    return bool(notes) and _leads(vocabulary.outside[:3], tokens(notes)) > 0


def _leads(phrases: tuple[tuple[str, ...], ...], words: tuple[str, ...]) -> int:
    """How many words of `words` one of `phrases` takes at its start; 0 when none stands there."""
    for phrase in phrases:
        if words[: len(phrase)] == phrase and len(words) > len(phrase):
            return len(phrase)
    return 0


def _lives(kind: str) -> Residential:
    return "yes" if kind in _HOMES else "no"


def _big_city(town: str, postcode: str) -> bool:
    if town.casefold().strip() in BIG_CITIES:
        return True
    letters = re.match(r"[a-z]+", postcode.casefold().strip())
    return letters is not None and letters[0] in BIG_CITY_AREAS
