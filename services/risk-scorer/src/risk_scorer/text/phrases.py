"""Phrase lists: data files, one a language, checked when they are read.

A phrase is words in order. `a|b` is either, `word?` may be left out, `...` stands for up to three words between (small
words, the list's `fillers`, are not counted), `<name>` is any word of the list's class of that name.
A topic's `not` phrases are harmless wordings: what they cover is not a hit of that topic.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import msgspec
import yaml
from msgspec import Struct

from risk_scorer.errors import Fault, ScorerError

LANGUAGES = ("en", "cy", "pl", "ro")
_GAP = "..."
_GAP_WORDS = 3
_CLASS = re.compile(r"<(\w+)>")


class PhraseFault(ScorerError):
    """A phrase list that must not be used; names the file, the line and what is wrong."""


class TopicList(Struct, frozen=True, forbid_unknown_fields=True, rename={"excluded": "not"}):
    """The phrases of one topic. `negatable`: "no cash" is no hit. `landmark`: "opposite the police station" is none.
    `in_addresses`: address lines are read for it too. `in_firms`: the name of the firm that receives is. `in_names`: it
    is read in people's names, and nowhere else."""

    phrases: list[str]
    excluded: list[str] = []
    negatable: bool = False
    landmark: bool = False
    in_addresses: bool = False
    in_firms: bool = False
    in_names: bool = False


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


class Pattern(Struct, frozen=True):
    """A phrase ready to be matched: alternatives of words in order; `gaps[i]` words may stand before `words[i]`."""

    topic: str
    words: tuple[frozenset[str], ...]
    gaps: tuple[int, ...]


def parse(text: str, *, source: str) -> PhraseList:
    """Read one document.

    Raises:
        PhraseFault: it is malformed, or a topic has an empty or repeated phrase, or one of a class that is not there.
    """
    try:
        raw = yaml.safe_load(text)
        document = msgspec.convert({**raw, "review_by": str(raw.get("review_by", ""))}, PhraseList)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PhraseFault(f"{source}: {Fault(line, 1, f'not valid YAML: {error.problem}')}") from None
    except (msgspec.ValidationError, TypeError, AttributeError) as error:
        raise PhraseFault(f"{source}: {error}") from None
    for name, topic in document.topics.items():
        seen: set[str] = set()
        for phrase in (*topic.phrases, *topic.excluded):
            if not phrase.strip() or phrase in seen:
                what = "is there twice" if phrase in seen else "is empty"
                raise PhraseFault(f"{source}: {Fault(_line(text, phrase), 1, f'{name}: phrase {phrase!r} {what}')}")
            unknown = [found for found in _CLASS.findall(phrase) if found not in document.classes]
            if unknown:
                what = f"{name}: phrase {phrase!r} names a class that is not there: {unknown[0]}"
                raise PhraseFault(f"{source}: {Fault(_line(text, phrase), 1, what)}")
            seen.add(phrase)
    return document


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


def _line(text: str, phrase: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if phrase.strip() and phrase in line:
            return number
    return 1
