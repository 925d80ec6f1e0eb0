"""Keys under which the same place meets itself, however its address was written; and how far apart two places are."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from msgspec import Struct

from pickup_contracts.booking import Address
from risk_scorer.known import known
from risk_scorer.premises.areas import centre

_WORDS = {
    "road": "rd", "street": "st", "saint": "st", "avenue": "ave", "av": "ave", "close": "cl", "court": "ct",
    "gardens": "gdns", "garden": "gdns", "gdn": "gdns", "lane": "ln", "drive": "dr", "place": "pl", "terrace": "ter",
    "terr": "ter", "crescent": "cres", "cresent": "cres", "square": "sq", "grove": "gr", "park": "pk", "way": "wy",
    "apartment": "flat", "apt": "flat", "unit": "unit", "house": "hse", "cottage": "cott", "cottages": "cott",
    "north": "n", "south": "s", "east": "e", "west": "w", "mount": "mt", "the": "", "no": "", "number": "", "and": "",
}  # fmt: skip
_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b")
_OUTWARD = re.compile(r"^([a-z]{1,2})\d[a-z\d]?")
_NOT_PLAIN = re.compile(r"[^a-z0-9/ ]+")
_FLAT = re.compile(r"\b(?:flat|fl|apt|apartment|unit)\s*([a-z0-9]+)\b")
_SLASHED = re.compile(r"^\s*([0-9a-z]+)\s*/\s*(\d+[a-z]?)\b")
_BLOCK_ENDS = frozenset({"ct", "hse", "lodge", "mansions", "towers", "heights"})
_STREET_ENDS = frozenset(
    [
        "rd",
        "st",
        "ave",
        "cl",
        "ct",
        "gdns",
        "ln",
        "dr",
        "pl",
        "ter",
        "cres",
        "sq",
        "gr",
        "pk",
        "wy",
        "hill",
        "green",
        "row",
        "mews",
        "walk",
        "rise",
        "view",
        "parade",
        "broadway",
        "yard",
    ]
)


#: Within one postcode area the centres of its districts say something from here on only: they are good to 20 km or so.
_APART_M = 60_000
#: House numbers that lie no further apart: twenty doors of one side.
_CLOSE = 40


def address_keys(address: Address) -> tuple[str, ...]:
    """Keys of the place, most exact first; none when too little is written to tell one place from another.

    The first has the postcode, where there is one; the last needs none (house, street, town).
    """
    if address.uprn:
        return (f"uprn:{address.uprn.lstrip('0')}",)
    number, place = _place_of(address)
    if not place.words:
        return ()
    code = _code(address.postcode or "").whole or place.code
    keys: list[str] = []
    if code is not None:
        keys.append(f"{code}|{number}{place.words}")
    if place.town:
        keys.append(f"{place.town}|{number}{place.words}")
    return tuple(keys)


def street_key(address: Address) -> str | None:
    """The street, without the house; `None` when no street is named."""
    street = _place_of(address)[1].street
    if street is None:
        return None
    return f"{_plain_town(address.town or '') or outward(address) or ''}|{street}"


def same_street(one: Address, other: Address) -> bool:
    """Whether both are known to stand in one postcode, or on one site or close in one street of one town: a high street
    may be miles long. A postcode that only one of them has decides nothing."""
    (number, here), (other_number, there) = _place_of(one), _place_of(other)
    first, second = _code(one.postcode or here.code or ""), _code(other.postcode or there.code or "")
    if first.whole is not None and first.whole == second.whole:
        return True
    if number and other_number and abs(int(number) - int(other_number)) > _CLOSE:
        return False
    if here.street is not None or there.street is not None:
        same = here.street == there.street
    else:
        same = _site(here) == _site(there) is not None
    if not same or (first.outward and second.outward and first.outward != second.outward):
        return False
    return (first.outward is not None and first.outward == second.outward) or (here.town == there.town != "")


def _site(place: _Place) -> str | None:
    """A site or block without its units' numbers ("Chapel Industrial Estate"); `None` for less than two words."""
    words = [word for word in place.words.split() if not word[0].isdigit() and not word.startswith("flat")]
    return " ".join(words) if len(words) > 1 else None


class _Place(Struct, frozen=True, gc=False):
    """What the address lines and the town say. `words` are house and street in one order, empty when too little is
    written; a number that `_place_of` sets apart is not in them."""

    words: str
    street: str | None
    code: str | None
    town: str


def _place_of(address: Address) -> tuple[str, _Place]:
    """A house's number before its street ("14 Meadow Close"; else empty), and the rest of the place.

    Most addresses are new, but not their streets: without its number a street is read once.
    """
    line1, line2, town = address.line1 or "", address.line2 or "", address.town or ""
    number, _, street = line1.partition(" ")
    # A slash may make the number a flat's: "2 / 14 Meadow Close".
    if street and number.isdecimal() and number.isascii() and "/" not in street and "/" not in line2:
        return number, _numbered(street, line2, town)
    return "", _unnumbered(line1, line2, town)


@lru_cache(maxsize=65_536)
def _numbered(street: str, line2: str, town: str) -> _Place:
    # Whatever the number is, it comes first and is a number: any will do in its stead.
    place = _read(f"0 {street}", line2, town)
    return _Place(place.words.removeprefix("0"), place.street, place.code, place.town)


@lru_cache(maxsize=65_536)
def _unnumbered(line1: str, line2: str, town: str) -> _Place:
    return _read(line1, line2, town)


def _read(line1: str, line2: str, town: str) -> _Place:
    text, plain_town = _plain(f"{line1}, {line2}"), _plain_town(town)
    found = _POSTCODE.search(text)
    words = _place_words(_POSTCODE.sub(" ", text) if found else text, plain_town)
    place = " ".join(words)
    if not plain_town:
        # In a whole address on one line the town stands behind the street.
        ends = (index for index, word in enumerate(words) if index > 1 and word in _STREET_ENDS)
        place = " ".join(words[: next(ends, len(words)) + 1])
    return _Place(
        place if len(words) > 1 else "",
        _street(words),
        f"{found[1]}{found[2]}" if found else None,
        "-".join(plain_town.split()),
    )


def _street(words: tuple[str, ...]) -> str | None:
    """The first street's name and its ending; a number and an ending are no street."""
    for index, word in enumerate(words):
        if index and word in _STREET_ENDS and not words[index - 1][0].isdigit():
            return f"{words[index - 1]} {word}"
    return None


def cell(address: Address) -> str | None:
    """The few streets around: the full postcode; without one, a grid of about 150 m when there are coordinates."""
    code = _code(address.postcode or address.line1 or "").whole
    if code is not None:
        return code
    lat, lon = known(address.lat), known(address.lon)
    if lat is None or lon is None:
        return None
    return f"{round(lat * 740)}:{round(lon * 440)}"


def outward(address: Address) -> str | None:
    """The first half of the postcode, lower case."""
    return _code(address.postcode or "").outward


def area(address: Address) -> str | None:
    """The letters that a postcode begins with, lower case."""
    return _code(address.postcode or "").area


class _Code(Struct, frozen=True, gc=False):
    """A postcode, lower case without spaces, and its parts; each `None` when it is not there."""

    whole: str | None
    outward: str | None
    area: str | None


@lru_cache(maxsize=65_536)
def _code(postcode: str) -> _Code:
    plain = _plain(postcode)
    whole, first = _POSTCODE.search(plain), _OUTWARD.match(plain)
    return _Code(
        f"{whole[1]}{whole[2]}" if whole else None,
        first[0] if first else None,
        first[1] if first else None,
    )


def distance_m(one: Address, other: Address) -> float | None:
    """Metres as the crow flies plus a fifth for the road: from coordinates, else from the centres of the postcode
    areas; `None` when an end can't be placed, or when both lie in one area, whose size would be guesswork, unless its
    districts are far apart beyond doubt."""
    here, there = _point(one), _point(other)
    if here is not None and there is not None:
        return _haversine_m(here, there) * 1.2
    first, second = outward(one), outward(other)
    if first is None or second is None:
        return None
    here, there = here or centre(first), there or centre(second)
    if here is None or there is None:
        return None
    metres = _haversine_m(here, there) * 1.2
    return metres if area(one) != area(other) or metres > _APART_M else None


def near_m(one: Address, other: Address) -> float | None:
    """Metres as the crow flies, from coordinates alone; `None` when either has none."""
    here, there = _point(one), _point(other)
    return None if here is None or there is None else _haversine_m(here, there)


def _point(address: Address) -> tuple[float, float] | None:
    lat, lon = known(address.lat), known(address.lon)
    return None if lat is None or lon is None else (lat, lon)


def _haversine_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat1, lon1, lat2, lon2 = (math.radians(degrees) for degrees in (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


def _plain(text: str) -> str:
    plain = text.casefold()
    if not plain.isascii():
        folded = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in folded if not unicodedata.combining(c)).replace("’", "")
    return _NOT_PLAIN.sub(" ", plain.replace("'", "")).strip()


@lru_cache(maxsize=65_536)
def _plain_town(town: str) -> str:
    return _plain(town)


def _place_words(text: str, town: str) -> tuple[str, ...]:
    """House and street in one order: number or name, street, then the flat; the town's own words dropped at the end."""
    flat = ""
    if "/" in text:
        slashed = _SLASHED.match(text)
        if slashed is not None:
            flat, text = slashed[1], f"{slashed[2]} {text[slashed.end() :]}"
    found = _FLAT.search(text)
    if found is not None:
        flat, text = found[1], f"{text[: found.start()]} {text[found.end() :]}"
    words = [_WORDS.get(word, word) for word in text.replace("/", " ").split()]
    words = [word for word in words if word]
    tail = [_WORDS.get(word, word) for word in town.split()]
    if tail and len(words) > len(tail) and words[-len(tail) :] == tail:
        words = words[: -len(tail)]
    # "14a" and "14 a" are one house.
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].isdigit() and len(word) == 1 and word.isalpha() and word not in "nsew":
            joined[-1] += word
        else:
            joined.append(word)
    return tuple(_by_number(joined, flat))


def _by_number(words: list[str], flat: str) -> list[str]:
    """A numbered house by its number, whatever it is called besides ("The Limes, 80 London Road"); a flat in a block
    that has no number by its own ("Flat 8, Ashdown Court" is "8 Ashdown Ct")."""
    numbers = [index for index, word in enumerate(words) if word[0].isdigit()]
    if numbers and any(word in _STREET_ENDS for word in words[numbers[0] + 1 :]):
        words = words[numbers[0] :]
    elif flat[:1].isdigit() and not numbers and words and words[-1] in _BLOCK_ENDS:
        return [flat, *words]
    return [*words, f"flat{flat}"] if flat else words
