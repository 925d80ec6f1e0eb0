"""Phrase lists: data files, one a language, checked when they are read.

A phrase is words in order. `a|b` is either, `word?` may be left out, `...` stands for up to three words between (small
words, the list's `fillers`, are not counted), `<name>` is any word of the list's class of that name.
A topic's `not` phrases are harmless wordings: what they cover is not a hit of that topic.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from pickup_runtime import yaml_places
from pickup_runtime.yaml_places import Path, Places, YamlFault, place_of
from risk_scorer.errors import Fault, ScorerError

LANGUAGES = ("en", "cy", "pl", "ro")
_GAP = "..."
_GAP_WORDS = 3
_CLASS = re.compile(r"<(\w+)>")


class PhraseFault(ScorerError):
    """A phrase list that must not be used; names the file, the line and what is wrong."""


class TopicList(Struct, frozen=True, forbid_unknown_fields=True, rename={"excluded": "not"}):
    """The phrases of one topic. `negatable`: "no cash" is no hit. `landmark`: "opposite the police station" is none.
    `harmless_as`: what is harmless of that topic is harmless of this one. `in_addresses`: address lines are read for it
    too. `in_firms`: the name of the firm that receives is. `in_names`: it is read in people's names, and nowhere
    else. `instead_of_names`: it is read in what stands where a name should, and is too long for one."""

    phrases: list[str]
    excluded: list[str] = []
    harmless_as: str | None = None
    negatable: bool = False
    landmark: bool = False
    in_addresses: bool = False
    in_firms: bool = False
    in_names: bool = False
    instead_of_names: bool = False


class PhraseList(Struct, frozen=True, forbid_unknown_fields=True):
    """One language's document. An unreviewed list is used for what it asks, and says that nobody vouches for it."""

    language: str
    owner: str
    review_by: str
    reviewed: bool
    topics: dict[str, TopicList]
    abbreviations: dict[str, str] = {}
    never_typos: list[str] = []
    classes: dict[str, list[str]] = {}
    fillers: list[str] = []

    def harmless(self, topic: str) -> list[str]:
        """The wordings that are no hit of a topic: its own, and those of the topic that it is harmless as."""
        asked = self.topics[topic]
        return asked.excluded if asked.harmless_as is None else self.topics[asked.harmless_as].excluded + asked.excluded


class Pattern(Struct, frozen=True):
    """A phrase ready to be matched: alternatives of words in order; `gaps[i]` words may stand before `words[i]`."""

    topic: str
    words: tuple[frozenset[str], ...]
    gaps: tuple[int, ...]


def parse(text: str, *, source: str) -> PhraseList:
    """Read one document.

    Raises:
        PhraseFault: it is malformed; or a topic has an empty or repeated phrase, or names a class or topic that is not
            there.
    """
    try:
        root, raw = yaml_places.load(text)
    except YamlFault as fault:
        raise _fault(source, (fault.line, fault.column or 1), fault.reason) from None
    places = Places(root)
    if not isinstance(raw, dict):
        raise _fault(source, (1, 1), "no phrase list: its topics are missing")
    try:
        document = msgspec.convert({**raw, "review_by": str(raw.get("review_by", ""))}, PhraseList)
    except msgspec.ValidationError as error:
        path, reason = place_of(str(error))
        raise _fault(source, places.at(path), reason) from None
    for path, what in _wrong(document):
        raise _fault(source, places.at(("topics", *path)), f"{path[0]}: {what}")
    return document


def _wrong(document: PhraseList) -> Iterator[tuple[Path, str]]:
    """What is wrong in the topics, each with its path from there."""
    for name, topic in document.topics.items():
        borrows = topic.harmless_as
        if borrows is not None and borrows not in document.topics:
            yield (name, "harmless_as"), f"harmless_as names a topic that is not there: {borrows!r}"
            continue
        seen = set(document.topics[borrows].excluded) if borrows is not None else set()
        for kind, phrases in (("phrases", topic.phrases), ("not", topic.excluded)):
            for index, phrase in enumerate(phrases):
                unknown = [found for found in _CLASS.findall(phrase) if found not in document.classes]
                if not phrase.strip():
                    yield (name, kind, index), "a phrase is empty"
                elif phrase in seen:
                    yield (name, kind, index), f"the phrase is there twice: {phrase!r}"
                elif unknown:
                    yield (name, kind, index), f"the phrase names a class that is not there, <{unknown[0]}>: {phrase!r}"
                seen.add(phrase)


@cache
def load(language: str) -> PhraseList:
    """The shipped list of a language, read once."""
    name = f"{language}.yaml"
    return parse((resources.files("risk_scorer") / "data" / "phrases" / name).read_text(), source=name)


def patterns(topic: str, phrase: str, classes: Mapping[str, Sequence[str]]) -> list[Pattern]:
    """A phrase as patterns: one for each choice of leaving optional words out."""
    phrase = _CLASS.sub(lambda found: "|".join(classes[found[1]]), phrase)
    elements: list[list[tuple[frozenset[str], int] | None]] = []
    gap = 0
    for part in phrase.split():
        if part == _GAP:
            gap = _GAP_WORDS
            continue
        optional = part.endswith("?")
        choice = (frozenset(part.rstrip("?").split("|")), gap)
        elements.append([choice, None] if optional else [choice])
        gap = 0
    made: list[Pattern] = []
    for combination in itertools.product(*elements):
        kept = [element for element in combination if element is not None]
        if kept:
            gaps = (0, *(element[1] for element in kept[1:]))
            made.append(Pattern(topic, tuple(element[0] for element in kept), gaps))
    return made


def _fault(source: str, place: tuple[int, int], what: str) -> PhraseFault:
    return PhraseFault(f"{source}: {Fault(*place, what)}")
