"""The words that tell what a place is, from the data file, ready to be looked up."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import msgspec
import yaml
from msgspec import Struct

_SPACES = re.compile(r"[^a-z0-9/&]+")


class PlaceWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The document as it stands in `data/premises/places.yaml`."""

    owner: str
    review_by: str
    words: dict[str, list[str]]
    brands: dict[str, list[str]]
    stations: list[str]
    airports: list[str]
    high_value: list[str]
    dwellings: list[str]
    streets: list[str]
    shopping_streets: list[str]
    outside: list[str]
    corner: list[str]
    withheld: list[str]


class Places(Struct, frozen=True):
    """Look-ups over word tuples. `words` and `brands` lead from a phrase to its kind."""

    words: dict[tuple[str, ...], str]
    brands: dict[tuple[str, ...], str]
    stations: frozenset[tuple[str, ...]]
    airports: frozenset[tuple[str, ...]]
    high_value: tuple[tuple[str, ...], ...]
    dwellings: frozenset[tuple[str, ...]]
    streets: frozenset[str]
    shopping: tuple[tuple[str, ...], ...]
    outside: tuple[tuple[str, ...], ...]
    corner: tuple[tuple[str, ...], ...]
    withheld: frozenset[tuple[str, ...]]
    longest: int


@cache
def places() -> Places:
    """Read once, when first needed."""
    text = (resources.files("risk_scorer") / "data" / "premises" / "places.yaml").read_text()
    document = msgspec.convert({**yaml.safe_load(text), "review_by": ""}, PlaceWords)
    words = {tokens(phrase): kind for kind, phrases in document.words.items() for phrase in phrases}
    brands = {tokens(phrase): kind for kind, phrases in document.brands.items() for phrase in phrases}
    return Places(
        words=words,
        brands=brands,
        stations=_set(document.stations),
        airports=_set(document.airports),
        high_value=_longest_first(document.high_value),
        dwellings=_set(document.dwellings),
        streets=frozenset(word for phrase in document.streets for word in tokens(phrase)),
        shopping=_longest_first(document.shopping_streets),
        outside=_longest_first(document.outside),
        corner=_longest_first(document.corner),
        withheld=_set(document.withheld),
        longest=max(len(phrase) for phrase in (*words, *brands)),
    )


def tokens(text: str) -> tuple[str, ...]:
    """Lower-case words; an ampersand is `and`, apostrophes vanish."""
    plain = text.casefold().replace("'", "").replace("’", "").replace("&", " and ")
    return tuple(word for word in _SPACES.sub(" ", plain).split() if word)


def find(phrases: tuple[tuple[str, ...], ...], words: tuple[str, ...]) -> int:
    """Where the first of `phrases` begins in `words`; -1 when none does."""
    for phrase in phrases:
        size = len(phrase)
        for start in range(len(words) - size + 1):
            if words[start : start + size] == phrase:
                return start
    return -1


def _set(phrases: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tokens(phrase) for phrase in phrases)


def _longest_first(phrases: list[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted((tokens(phrase) for phrase in phrases), key=len, reverse=True))
