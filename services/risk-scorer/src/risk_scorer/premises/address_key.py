"""Keys under which the same place meets itself, however its address was written; and how far apart two places are."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from pickup_contracts.booking import Address
from risk_scorer.known import known
from risk_scorer.premises.areas import CENTROIDS

_WORDS = {
    "road": "rd", "street": "st", "saint": "st", "avenue": "ave", "av": "ave", "close": "cl", "court": "ct",
    "gardens": "gdns", "garden": "gdns", "gdn": "gdns", "lane": "ln", "drive": "dr", "place": "pl", "terrace": "ter",
    "terr": "ter", "crescent": "cres", "cresent": "cres", "square": "sq", "grove": "gr", "park": "pk", "way": "wy",
    "apartment": "flat", "apt": "flat", "unit": "unit", "house": "hse", "cottage": "cott", "cottages": "cott",
    "north": "n", "south": "s", "east": "e", "west": "w", "mount": "mt", "the": "", "no": "", "number": "", "and": "",
}  # fmt: skip
_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b")
_OUTWARD = re.compile(r"^[a-z]{1,2}\d[a-z\d]?")
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


def address_keys(address: Address) -> tuple[str, ...]:
    """Keys of the place, most exact first; none when too little is written to tell one place from another.

    The first has the postcode, where there is one; the last needs none (house, street, town).
    """
    uprn = known(address.uprn)
    lines = (known(address.line1) or "", known(address.line2) or "")
    return _keys(uprn or "", *lines, known(address.town) or "", known(address.postcode) or "")


@lru_cache(maxsize=65_536)
def _keys(uprn: str, line1: str, line2: str, town: str, postcode: str) -> tuple[str, ...]:
    if uprn:
        return (f"uprn:{uprn.lstrip('0')}",)
    text = _plain(f"{line1}, {line2}")
    code = _POSTCODE.search(_plain(postcode)) or _POSTCODE.search(text)
    written = _place_words(_POSTCODE.sub(" ", text), _plain(town))
    if len(written) < 2:
        return ()
    place = " ".join(written)
    towns = _plain(town).split()
    if not towns:
        # In a whole address on one line the town stands behind the street.
        ends = (index for index, word in enumerate(written) if index > 1 and word in _STREET_ENDS)
        place = " ".join(written[: next(ends, len(written)) + 1])
    keys: list[str] = []
    if code is not None:
        keys.append(f"{code[1]}{code[2]}|{place}")
    if towns:
        keys.append(f"{'-'.join(towns)}|{place}")
    return tuple(keys)


@lru_cache(maxsize=65_536)
def _street(line1: str, line2: str, town: str, outward: str) -> str | None:
    words = list(_place_words(_POSTCODE.sub(" ", _plain(f"{line1}, {line2}")), _plain(town)))
    for index, word in enumerate(words):
        if word in _STREET_ENDS and index:
            before = words[index - 1]
            name = words[max(0, index - 2) : index] if index > 1 and not words[index - 2][0].isdigit() else [before]
            if before[0].isdigit():
                continue
            return f"{_plain(town) or outward}|{' '.join(name[-1:])} {word}"
    return None


def street_key(address: Address) -> str | None:
    """The street, without the house; `None` when no street is named."""
    return _street(
        known(address.line1) or "", known(address.line2) or "", known(address.town) or "", outward(address) or ""
    )


def cell(address: Address) -> str | None:
    """The few streets around: the full postcode; without one, a grid of about 150 m when there are coordinates."""
    code = _POSTCODE.search(_plain(known(address.postcode) or known(address.line1) or ""))
    if code is not None:
        return f"{code[1]}{code[2]}"
    lat, lon = known(address.lat), known(address.lon)
    if lat is None or lon is None:
        return None
    return f"{round(lat * 740)}:{round(lon * 440)}"


def outward(address: Address) -> str | None:
    """The first half of the postcode, lower case."""
    found = _OUTWARD.match(_plain(known(address.postcode) or ""))
    return found[0] if found else None


def area(address: Address) -> str | None:
    """The letters that a postcode begins with, lower case."""
    first = outward(address)
    return re.sub(r"\d.*", "", first) if first else None


def distance_m(one: Address, other: Address) -> float | None:
    """Metres as the crow flies plus a fifth for the road: from coordinates, else from the centres of the postcode
    areas; `None` when an end can't be placed, or when both lie in one area, whose size would be guesswork."""
    here, there = _point(one), _point(other)
    if here is not None and there is not None:
        return _haversine_m(here, there) * 1.2
    first, second = area(one), area(other)
    if first is None or second is None or first == second:
        return None
    here, there = here or CENTROIDS.get(first), there or CENTROIDS.get(second)
    if here is None or there is None:
        return None
    return _haversine_m(here, there) * 1.2


def _point(address: Address) -> tuple[float, float] | None:
    lat, lon = known(address.lat), known(address.lon)
    return None if lat is None or lon is None else (lat, lon)


def _haversine_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat1, lon1, lat2, lon2 = (math.radians(degrees) for degrees in (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


@lru_cache(maxsize=65_536)
def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in folded if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9/ ]+", " ", kept.replace("'", "").replace("’", "")).strip()


def _place_words(text: str, town: str) -> tuple[str, ...]:
    """House and street in one order: number or name, street, then the flat; the town's own words dropped at the end."""
    flat = ""
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
