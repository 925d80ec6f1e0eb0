"""What the words of an address say: parts of it, and the kind of place that a part names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from risk_scorer.premises.places import CORNER_AT_THE_END, OUTSIDE_AT_THE_END, Openings, Places, Words, says, tokens

_PARTS = re.compile(r"[,;\n\r|]")
_NUMBER = re.compile(r"^\d{1,4}[a-z]?(?:[/-]\d{1,3}[a-z]?)?$|^\d{1,2}f\d{1,2}$")
_ROAD_NUMBER = re.compile(r"^[abm]\d{1,4}m?$")
_FLAT = frozenset({"flat", "flt", "apartment", "apt", "maisonette", "bedsit"})
_WELSH_STREETS = frozenset({"ffordd", "heol", "lon", "stryd", "rhodfa", "clos", "maes", "rhes"})
#: Endings of streets that houses are called by too.
_HOUSE_OR_STREET = frozenset({"end", "bank", "view", "rise", "croft", "garth", "side", "edge", "green", "fold", "dene"})
_ROOM = frozenset({"basement", "room", "rm", "annexe", "annex"})
_ROOMS_OF_FIRMS = frozenset({"control", "post", "mail", "stock", "board", "server", "function", "meeting", "common"})
#: What a flat in it does not change: people live in these too, or stay there.
_ABOVE_A_FLAT = frozenset({"care_home", "sheltered_housing", "hotel"})
#: What a house's number or a flat before it does.
_WEAK = frozenset({"business", "retail", "public_place"})
_ESTATES = frozenset({"estate", "est", "park"})
_OF_FIRMS = frozenset({"industrial", "ind", "trading", "business", "enterprise", "science", "retail"})
_CARE_OF = frozenset({("c/o",), ("c", "o"), ("care", "of")})


def parts(*lines: str, vocabulary: Places) -> list[Words]:
    """The parts that commas make, as words with their short forms written out; a number alone belongs to what
    follows it ("14, Meadow Close"), and "c/o" says nothing of the place."""
    found: list[Words] = []
    for line in lines:
        for piece in _PARTS.split(line):
            words = written_out(tokens(piece), vocabulary)
            if words[:1] in _CARE_OF or words[:2] in _CARE_OF:
                words = words[1 if words[:1] in _CARE_OF else 2 :]
            if not words:
                continue
            if found and len(found[-1]) == 1 and _NUMBER.match(found[-1][0]):
                words = found.pop() + words
            found.append(words)
    return found


def written_out(words: Words, vocabulary: Places) -> Words:
    """The words with their short forms written out."""
    short = vocabulary.short
    return words if short.keys().isdisjoint(words) else tuple([short.get(word, word) for word in words])


def is_outside(segments: list[Words], vocabulary: Places) -> bool:
    """Whether the meeting is outside what is named. The yard behind a numbered house is still that house."""
    return any(
        (segment[-1] in OUTSIDE_AT_THE_END and len(segment) > 1)
        or (
            (lead := leads(vocabulary.outside, segment)) > 0
            and not (segment[:2] in (("rear", "of"), ("back", "of")) and is_numbered(segment[lead:], vocabulary))
        )
        for segment in segments
    )


def is_outside_a_house(segments: list[Words], vocabulary: Places) -> bool:
    """ "o/s 40 Beech Grove": the street before a house with a number."""
    return any(
        (lead := leads(vocabulary.outside, segment)) > 0 and is_numbered(segment[lead:], vocabulary)
        for segment in segments
    )


def is_beside(segments: list[Words], kinds: frozenset[str], vocabulary: Places) -> bool:
    """Whether something is said to lie next to a place of one of `kinds`: "Salon 21, next to the pawnbroker"."""
    for number, segment in enumerate(segments):
        if vocabulary.outside.keys().isdisjoint(segment):
            continue
        for index in range(0 if number else 1, len(segment)):
            lead = leads(vocabulary.outside, segment, index)
            rest = segment[index + lead :]
            rest = rest[1:] if rest[:1] == ("the",) else rest
            if lead and rest and kind_of_name(rest, (), vocabulary) in kinds:
                return True
    return False


def is_corner(segments: list[Words], vocabulary: Places) -> bool:
    if any(leads(vocabulary.corner, segment) and not _is_corner_house(segment, vocabulary) for segment in segments):
        return True
    first = segments[0] if segments else ()
    return len(first) > 1 and first[-1] == CORNER_AT_THE_END and not is_numbered(first, vocabulary)


def _is_corner_house(segment: Words, vocabulary: Places) -> bool:
    """ "Corner House", "Corner Cottage": a name, and not where anybody waits."""
    return len(segment) == 2 and _names_a_house(segment, vocabulary)


def is_shopfront(segments: list[Words], vocabulary: Places) -> bool:
    """A street of shops, and not a flat above one."""
    return not is_flat(segments) and any(says(segment, vocabulary.shopping) for segment in segments)


def is_numbered(segment: Words, vocabulary: Places) -> bool:
    """A house number and a street: "14 Meadow Close", "2a Mill Rd", "17 The Crescent", "1F2"."""
    return (
        len(segment) >= 2
        and segment[0][0].isdigit()
        and bool(_NUMBER.match(segment[0]))
        and (segment[-1] in vocabulary.streets or len(segment) >= 3 or segment[1] not in vocabulary.streets)
    )


def is_flat(segments: list[Words]) -> bool:
    """Somebody's own door in a building: "Flat 2", "Top Floor Flat", "Apt 4b"."""
    return any(not _FLAT.isdisjoint(segment[:4]) for segment in segments)


def is_room(segments: list[Words]) -> bool:
    """Somebody's room: "Room 4", "Basement"; not a firm's ("Control Room")."""
    return any(not _ROOM.isdisjoint(segment[:2]) and segment[0] not in _ROOMS_OF_FIRMS for segment in segments)


def is_street(segment: Words, vocabulary: Places) -> bool:
    """A street by its name: its ending, or how Welsh ones begin ("Ffordd Las", "Lon Cefn")."""
    return segment[-1] in vocabulary.streets or (len(segment) > 1 and segment[0] in _WELSH_STREETS)


def is_named_house(segments: list[Words], vocabulary: Places) -> bool:
    """ "Rose Cottage", "The Old Rectory", or a name with a street behind it ("Fox Hollow, Stone Lane")."""
    if not segments:
        return False
    first = segments[0]
    if _names_a_house(first, vocabulary):
        return True
    # "News & Booze" is a firm, whatever street it is in.
    if len(segments) < 2 or len(first) > 4 or "and" in first or _ROAD_NUMBER.match(first[0]):
        return False
    # A second street behind it makes the first a house's name: "Gable End, Church Lane".
    second = segments[1]
    return is_street(second, vocabulary) and (not is_street(first, vocabulary) or first[-1] in _HOUSE_OR_STREET)


def kind_of(segments: list[Words], town: Words, vocabulary: Places) -> str | None:
    """The kind that the first telling part of an address gives; a house number before it makes it a street's name."""
    flat, room = is_flat(segments), is_room(segments)
    home = flat
    for index, segment in enumerate(segments):
        if is_numbered(segment, vocabulary):
            home = True
            continue
        words = _without_leads(segment, vocabulary)
        outside = len(words) < len(segment)
        if words[:1] == ("the",):
            words = words[1:]
        if not words or is_numbered(words, vocabulary):
            continue
        # Behind a house only what says more than a village's name can: "14 Mill Rd, Market Rasen".
        village = index > 0 and not outside
        kinds = (
            kind_of_name(named, town, vocabulary, locality=village, house=home)
            for named in _before_landmarks(words, vocabulary)
        )
        kind = next((kind for kind in kinds if kind is not None), None)
        # Behind a house it may be a village's name ("14 Mill Rd, New Inn"); a flat may be above it.
        if kind is None and not (home or room or outside) and _is_pub(segment, vocabulary):
            kind = "retail"
        if kind in _WEAK and leads(vocabulary.corner, segment):
            kind = "public_place"
        if kind is None or (flat and kind not in _ABOVE_A_FLAT) or (room and kind in _WEAK):
            continue
        if not (index > 1 and kind in ("business", "retail") and not _is_estate(words)):
            return kind
    return None


def _is_pub(segment: Words, vocabulary: Places) -> bool:
    """A public house by its name alone: "The Red Lion", "Weavers Arms"."""
    return segment in vocabulary.pubs or (len(segment) > 1 and segment[-1] in vocabulary.pub_endings)


def _is_estate(words: Words) -> bool:
    """An industrial estate or a business park: firms alone, however far behind their own name and unit it stands."""
    return len(words) > 1 and words[-1] in _ESTATES and words[-2] in _OF_FIRMS


def kind_of_name(
    words: Words, town: Words, vocabulary: Places, *, locality: bool = False, house: bool = False
) -> str | None:
    """The kind that one part's words give. `locality` says that it may be a village's name, `house` that a house
    stands before it."""
    bare = words
    if town and bare[: len(town)] == town and len(bare) > len(town):
        bare = bare[len(town) :]
    # "St Davids, Exeter" as "Exeter St Davids".
    if bare in vocabulary.stations or words in vocabulary.stations or (*town, *bare) in vocabulary.stations:
        return "station" if not house else None
    if bare in vocabulary.airports or words in vocabulary.airports or words[:1] in vocabulary.airports:
        return "airport"
    if bare in vocabulary.dwellings and len(bare) > 1:
        return "residential"
    brand = _brand(words, town, vocabulary, house)
    told = _told(words, vocabulary, locality)
    if brand is not None and (told is None or told[0] < brand[0] or told[1] in _WEAK):
        return brand[1]
    return told[1] if told is not None else None


def leads(phrases: Openings, words: Words, start: int = 0) -> int:
    """How many words of `words` one of `phrases` takes from `start` on, leaving some behind it; 0 when none stands
    there."""
    if not words:
        return 0
    for phrase in phrases.get(words[start], ()):
        end = start + len(phrase)
        if words[start:end] == phrase and len(words) > end:
            return len(phrase)
    return 0


def _without_leads(segment: Words, vocabulary: Places) -> Words:
    words = segment
    for phrases in (vocabulary.outside, vocabulary.corner):
        while lead := leads(phrases, words):
            words = words[lead:]
    return words


#: What follows is passed, and is not the place.
_ON_THE_WAY = frozenset({"past", "before", "after", "beyond", "towards"})


def _before_landmarks(words: Words, vocabulary: Places) -> Iterator[Words]:
    """What stands before the things that are only near it ("lay-by opposite the garden centre"), then all of it."""
    if not (_ON_THE_WAY.isdisjoint(words) and vocabulary.outside.keys().isdisjoint(words)):
        for index in range(1, len(words) - 1):
            if words[index] in _ON_THE_WAY or leads(vocabulary.outside, words, index):
                yield words[:index]
    yield words


def _told(words: Words, vocabulary: Places, locality: bool) -> tuple[int, str] | None:
    """The longest telling phrase, the last of equals, that is not part of a street's, house's or village's name."""
    if vocabulary.telling.isdisjoint(words):
        return None
    starts = [start for start in range(len(words) - 1, -1, -1) if words[start] in vocabulary.telling]
    weak: tuple[int, str] | None = None
    a_house = words[-1:] in vocabulary.dwellings and len(words) > 1
    named_street = len(words) > 1 and words[-1] in vocabulary.streets
    for size in range(min(vocabulary.longest, len(words)), 0, -1):
        for start in starts:
            if start + size > len(words):
                continue
            kind = vocabulary.words.get(words[start : start + size])
            if kind is None:
                continue
            ends = start + size
            # "Brook Bank House" is a house; "Village Hall" and "Bank House Surgery" are not.
            if a_house and ends < len(words):
                continue
            # "Station Road", "School Lane": a word with a street's ending right behind it names the street.
            if named_street and ends == len(words) - 1:
                continue
            if named_street and size == 1 and ends == len(words) and not _is_brands_bank(words, vocabulary):
                continue
            if size == 1 and locality and start == 0 and ends < len(words):
                continue
            if size == 1 and _names_a_house(words[:start], vocabulary):
                continue
            if kind not in _WEAK:
                return size, kind
            weak = weak or (size, kind)
        # Of equals the one that says more: a "gold bullion shop" is a dealer.
        if weak is not None:
            return weak
    return None


def _brand(words: Words, town: Words, vocabulary: Places, house: bool) -> tuple[int, str] | None:
    """A name over the door, at the start. Before a street's ending it is a street ("Halifax Road"), before a
    dwelling's a house ("Barclays Farm")."""
    if words[0] not in vocabulary.leading:
        return None
    for size in range(min(vocabulary.longest, len(words)), 0, -1):
        kind = vocabulary.brands.get(words[:size])
        if kind is None:
            continue
        rest = words[size:]
        if house and words[:size] in vocabulary.ordinary:
            return None
        if not rest or rest == town or rest[0] in vocabulary.after_a_brand:
            return size, kind
        if len(rest) == 1 and rest[0] in vocabulary.streets:
            return None
        if rest[-1:] in vocabulary.dwellings or rest[-2:] in vocabulary.dwellings:
            return None
        if words[:size] in vocabulary.ordinary and size == 1:
            return None
        return size, kind
    return None


def _is_brands_bank(words: Words, vocabulary: Places) -> bool:
    """ "TSB Bank", against "South Bank"."""
    return len(words) > 1 and words[-1] == "bank" and vocabulary.brands.get(words[:-1]) == "bank"


def _names_a_house(words: Words, vocabulary: Places) -> bool:
    return len(words) > 1 and any(words[-size:] in vocabulary.dwellings for size in (3, 2, 1))
