"""The words that tell what a place is, from the data files, ready to be looked up."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

import msgspec
import yaml
from msgspec import Struct

_SPACES = re.compile(r"[^a-z0-9/&]+")
Words = tuple[str, ...]
#: Phrases by their first word, longest first.
Openings = dict[str, tuple[Words, ...]]
#: What says at the end of a part that the meeting is outside it, or at its corner.
OUTSIDE_AT_THE_END = frozenset({"outside", "o/s"})
CORNER_AT_THE_END = "corner"
#: Where drivers stop.
_RELAY = ["petrol station", "services", "lay by", "layby", "car park"]


class PlaceWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The document as it stands in `data/premises/places.yaml`, kept by hand."""

    owner: str
    review_by: str
    words: dict[str, list[str]]
    brands: dict[str, list[str]]
    stations: list[str]
    airports: list[str]
    high_value: list[str]
    pubs: list[str]
    pub_endings: list[str]
    dwellings: list[str]
    streets: list[str]
    shopping_streets: list[str]
    outside: list[str]
    corner: list[str]
    meeting: list[str]
    withheld: list[str]
    cash_machines: list[str]
    short: dict[str, str]
    ordinary_brands: list[str]
    after_a_brand: list[str]


class ListedBrands(Struct, frozen=True, forbid_unknown_fields=True):
    """The document as it stands in `data/premises/brands.yaml`, written by `make brands`."""

    package: str
    generated: str
    owner: str
    review_by: str
    brands: dict[str, list[str]]


class Places(Struct, frozen=True):
    """Look-ups over word tuples. `words` and `brands` lead from a phrase to its kind.

    `telling` and `leading` are the words that phrases of the one and brands of the other begin with. A brand in
    `ordinary` is also a word, a town or a part of house names; so are all that a person has not looked at
    for it. They need more beside them to count. `pubs` are whole names. `numbers` are all that are in a phrase;
    without one of the words in `flagging` an address raises none of its flags.
    """

    words: dict[Words, str]
    telling: frozenset[str]
    brands: dict[Words, str]
    leading: frozenset[str]
    ordinary: frozenset[Words]
    after_a_brand: frozenset[str]
    stations: frozenset[Words]
    airports: frozenset[Words]
    high_value: Openings
    pubs: frozenset[Words]
    pub_endings: frozenset[str]
    dwellings: frozenset[Words]
    streets: frozenset[str]
    shopping: Openings
    outside: Openings
    corner: Openings
    meeting: Openings
    withheld: frozenset[Words]
    cash_machines: Openings
    relay: Openings
    flagging: frozenset[str]
    short: dict[str, str]
    numbers: frozenset[str]
    longest: int


@cache
def places() -> Places:
    """Read once, when first needed. What is kept by hand goes before what is listed."""
    document = msgspec.convert(_read("places.yaml"), PlaceWords)
    listed = msgspec.convert(_read("brands.yaml"), ListedBrands)
    words = {tokens(phrase): kind for kind, phrases in document.words.items() for phrase in phrases}
    pubs = _set(document.pubs)
    by_hand = {tokens(phrase): kind for kind, phrases in document.brands.items() for phrase in phrases}
    # "The" before a name is never looked at.
    more = {tokens(phrase.removeprefix("the ")): kind for kind, names in listed.brands.items() for phrase in names}
    more = {phrase: kind for phrase, kind in more.items() if phrase not in by_hand and phrase not in words}
    return Places(
        words=words,
        telling=frozenset(phrase[0] for phrase in words),
        brands={**more, **by_hand},
        leading=frozenset(phrase[0] for phrase in (*more, *by_hand)),
        ordinary=_set(document.ordinary_brands) | more.keys(),
        after_a_brand=frozenset(document.after_a_brand),
        stations=_set(document.stations),
        airports=_set(document.airports),
        high_value=_openings(document.high_value),
        pubs=pubs | {("the", *name) for name in pubs},
        pub_endings=frozenset(document.pub_endings),
        dwellings=_set(document.dwellings),
        streets=frozenset(word for phrase in document.streets for word in tokens(phrase)),
        shopping=_openings(document.shopping_streets),
        outside=_openings(document.outside),
        corner=_openings(document.corner),
        meeting=_openings(document.meeting),
        withheld=_set(document.withheld),
        cash_machines=_openings(document.cash_machines),
        relay=_openings(_RELAY),
        flagging=frozenset(
            tokens(phrase)[0]
            for phrases in (
                *(document.outside, document.corner, document.shopping_streets),
                *(document.cash_machines, document.high_value, _RELAY, [*OUTSIDE_AT_THE_END, CORNER_AT_THE_END]),
            )
            for phrase in phrases
        ),
        short=document.short,
        # Those of dates among them: a few too many do no harm.
        numbers=frozenset(re.findall("[0-9]+", str((document, listed)))),
        longest=max(len(phrase) for phrase in (*words, *by_hand, *more)),
    )


def tokens(text: str) -> Words:
    """Lower-case words without accents; an ampersand is `and`, apostrophes vanish."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
        plain = plain.replace("’", "")
    plain = plain.replace("'", "").replace("&", " and ")
    return tuple(_SPACES.sub(" ", plain).split())


def says(words: Words, phrases: Openings) -> bool:
    """Whether one of `phrases` stands anywhere in `words`."""
    # Nearly always no word of it opens a phrase.
    if phrases.keys().isdisjoint(words):
        return False
    return any(
        words[start : start + len(phrase)] == phrase
        for start, word in enumerate(words)
        for phrase in phrases.get(word, ())
    )


def _read(name: str) -> dict[str, object]:
    text = (resources.files("risk_scorer") / "data" / "premises" / name).read_text(encoding="utf-8")
    document: dict[str, object] = yaml.safe_load(text)
    # YAML reads dates as dates.
    return {key: str(value) if key in ("review_by", "generated") else value for key, value in document.items()}


def _set(phrases: list[str]) -> frozenset[Words]:
    return frozenset(tokens(phrase) for phrase in phrases)


def _longest_first(phrases: list[str]) -> tuple[Words, ...]:
    return tuple(sorted((tokens(phrase) for phrase in phrases), key=len, reverse=True))


def _openings(phrases: list[str]) -> Openings:
    found: dict[str, list[Words]] = {}
    for phrase in _longest_first(phrases):
        found.setdefault(phrase[0], []).append(phrase)
    return {first: tuple(all_of_it) for first, all_of_it in found.items()}
