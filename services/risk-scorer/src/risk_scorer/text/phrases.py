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
        raw = yaml.safe_load(text)
        document = msgspec.convert({**raw, "review_by": str(raw.get("review_by", ""))}, PhraseList)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PhraseFault(f"{source}: {Fault(line, 1, f'not valid YAML: {error.problem}')}") from None
    except (msgspec.ValidationError, TypeError, AttributeError) as error:
        raise PhraseFault(f"{source}: {error}") from None
    for name, topic in document.topics.items():
        if topic.harmless_as is not None and topic.harmless_as not in document.topics:
            raise _fault(text, source, name, topic.harmless_as, "harmless_as names a topic that is not there")
        seen: set[str] = set()
        for phrase in (*topic.phrases, *document.harmless(name)):
            if not phrase.strip() or phrase in seen:
                raise _fault(
                    text, source, name, phrase, "the phrase is there twice" if phrase in seen else "a phrase is empty"
                )
            unknown = [found for found in _CLASS.findall(phrase) if found not in document.classes]
            if unknown:
                raise _fault(text, source, name, phrase, f"the phrase names a class that is not there, <{unknown[0]}>")
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


def _fault(text: str, source: str, topic: str, value: str, what: str) -> PhraseFault:
    """A fault of a value that stands in a topic: its last place there, since of two that are the same the later is one
    too many."""
    line, column = max(_places(yaml.compose(text), topic, value), default=(1, 1))
    return PhraseFault(f"{source}: {Fault(line, column, f'{topic}: {what}: {value!r}')}")


def _places(document: yaml.Node | None, topic: str, value: str) -> Iterator[tuple[int, int]]:
    """Line and column of each place at which a topic has a value."""
    todo = [found for entry, found in _entries(document) if entry == "topics"]
    todo = [found for topics in todo for entry, found in _entries(topics) if entry == topic]
    while todo:
        node = todo.pop()
        if isinstance(node, yaml.ScalarNode) and node.value == value:
            yield node.start_mark.line + 1, node.start_mark.column + 1
        todo += [found for _, found in _entries(node)]
        todo += node.value if isinstance(node, yaml.SequenceNode) else []


def _entries(node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
    return [(key.value, found) for key, found in node.value] if isinstance(node, yaml.MappingNode) else []
