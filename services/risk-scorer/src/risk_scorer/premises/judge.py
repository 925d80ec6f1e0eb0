"""What kind of place a stop is: the operator's own word first, then its name, then how its address is written.

A judgement with a source and a confidence. Unknown is an answer: it neither raises nor lowers anything.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal

import msgspec
from msgspec import Struct

from pickup_contracts.booking import Address, Stop
from risk_scorer.known import known
from risk_scorer.premises import wording
from risk_scorer.premises.areas import BIG_CITIES, BIG_CITY_AREAS
from risk_scorer.premises.places import Places, Words, places, says, tokens

Residential = Literal["yes", "no", "unknown"]

#: Kinds of premises where people live.
HOMES = frozenset({"residential", "sheltered_housing", "care_home"})
#: Where money and valuables change hands.
VALUABLES = frozenset({"bank", "money_service", "jeweller"})
_POSTCODE = re.compile(r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b", re.IGNORECASE)
_LETTERS = re.compile(r"[a-z]+")
_MAYBE_A_NUMBER = re.compile(r"[^\x00-/:-\x7f]")
_NO_ADDRESS = Address()


class StopJudgement(Struct, frozen=True, gc=False):
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

    @property
    def valuables(self) -> bool:
        """A bank, money service or dealer, or their district."""
        return self.kind in VALUABLES or self.high_value_district


NOWHERE = StopJudgement()
_NO_FLAGS = StopJudgement(given=True)


def judge(stop: Stop) -> StopJudgement:
    """Judge a stop; one without any address is `NOWHERE`, or what the operator or the firm's name says it is."""
    address = stop.address or _NO_ADDRESS
    line1, line2, town = address.line1 or "", address.line2 or "", address.town or ""
    postcode, notes = address.postcode or "", stop.notes or ""
    placed = bool(postcode) or (not (line1 or line2 or town) and known(address.lat) is not None)
    # Most addresses are new, but not their streets: nothing that tells one house or postcode from the next reaches
    # what is kept of earlier judgements.
    return _judge(
        stop.organisation or "",
        _without_numbers(line1, town),
        line2,
        town,
        placed,
        _in_big_city(town, postcode),
        stop.premises or "unknown",
        bool(notes) and _meets_outside(notes, places()),
    )


def _without_numbers(line1: str, town: str) -> str:
    """The line with one and the same number for all that stand alone in it: which one it is tells nothing of a place,
    unless a phrase names it ("Terminal 2") or the town does."""
    if town.isalpha() or not _MAYBE_A_NUMBER.search(town):
        numbers, stand_in = _house_numbers()
        return numbers.sub(stand_in, line1)
    return line1


@cache
def _house_numbers() -> tuple[re.Pattern[str], str]:
    """What finds the numbers that are in no phrase, and one of them. No longer than house numbers are."""
    named = places().numbers
    stand_in = next(number for number in map(str, range(10, 10_000)) if number not in named)
    # The digit comes first, what stands before it after it: so a search stops at digits only.
    alone = r"[0-9](?<![^\s,].)[0-9]{0,3}(?![^\s,])"
    return re.compile(alone + "".join(rf"(?<!\b{number})" for number in sorted(named))), stand_in


@lru_cache(maxsize=65_536)
def _judge(
    organisation: str, line1: str, line2: str, town: str, placed: bool, big_city: bool, premises: str, meeting: bool
) -> StopJudgement:
    """`placed` is a stop with a postcode or only coordinates; `meeting` one whose notes say that it is outside."""
    vocabulary = places()
    first = _POSTCODE.sub(" ", line1)
    words = tokens(first)
    given = bool((words and words not in vocabulary.withheld) or line2 or organisation or placed)
    read = _read(organisation, first, line2, town, vocabulary) if given else NOWHERE
    if not given and premises == "unknown":
        return read
    outside = read.outside or meeting
    read = msgspec.structs.replace(read, given=given or premises != "unknown", outside=outside, big_city=big_city)
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
    firm = wording.written_out(tokens(organisation), vocabulary)
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
    words = tuple([word for segment in segments for word in segment])
    if vocabulary.flagging.isdisjoint(words) and not says(town, vocabulary.high_value):
        return _NO_FLAGS
    return StopJudgement(
        given=True,
        outside=wording.is_outside(segments, vocabulary),
        street_corner=wording.is_corner(segments, vocabulary),
        shopfront=wording.is_shopfront(segments, vocabulary),
        relay_point=says(words, vocabulary.relay),
        before_a_house=wording.is_outside_a_house(segments, vocabulary),
        beside_valuables=wording.is_beside(segments, VALUABLES, vocabulary),
        cash_machine=says(words, vocabulary.cash_machines),
        high_value_district=says(words, vocabulary.high_value) or says(town, vocabulary.high_value),
    )


def _meets_outside(notes: str, vocabulary: Places) -> bool:
    return wording.leads(vocabulary.meeting, tokens(notes)) > 0


def _lives(kind: str) -> Residential:
    return "yes" if kind in HOMES else "no"


def _in_big_city(town: str, postcode: str) -> bool:
    if _is_big_city(town):
        return True
    letters = _LETTERS.match(postcode.casefold().strip())
    return letters is not None and letters[0] in BIG_CITY_AREAS


@lru_cache(maxsize=65_536)
def _is_big_city(town: str) -> bool:
    return " ".join(tokens(town)) in BIG_CITIES
