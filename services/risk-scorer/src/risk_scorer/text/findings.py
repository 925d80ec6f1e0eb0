"""Reading the free text of a booking: which topics it speaks of, and in which fields."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from msgspec import Struct

from risk_scorer.text.normalise import STOP, words
from risk_scorer.text.phrases import LANGUAGES, Pattern, TopicList, load, patterns
from risk_scorer.text.vocabulary import canonical

_NEGATIONS = frozenset({"no", "not", "without", "never", "isnt", "nothing", "aint", "doesnt", "didnt", "nor", "non"})
_LANDMARKS = frozenset(
    [
        "opposite",
        "opp",
        "near",
        "nr",
        "next",
        "behind",
        "past",
        "by",
        "beside",
        "outside",
        "after",
        "before",
        "between",
        "facing",
        "towards",
        "at",
        "passing",
        "off",
    ]
)
_JOINERS = frozenset({"the", "a", "an", "to", "of", "any", "old", "local", "your", "new"})
_NEGATION_REACH = 3


class FieldText(Struct, frozen=True):
    """One free text and the field that it stands in (`notes.driver`, `items[0].description`)."""

    field: str
    text: str


class Findings:
    """The topics of a booking's texts. Knows fields, not the words that were found there."""

    __slots__ = ("_found", "_topics")

    def __init__(self, topics: dict[str, tuple[str, ...]]) -> None:
        self._topics = topics
        self._found = frozenset(topics)

    def has(self, topic: str, *, fields: Sequence[str] | None = None) -> bool:
        """Whether any text (or one in a field that begins with one of `fields`) speaks of the topic."""
        found = self._topics.get(topic)
        if found is None:
            return False
        return fields is None or any(field.startswith(tuple(fields)) for field in found)

    def fields(self, topic: str) -> tuple[str, ...]:
        """The fields that speak of the topic, in order."""
        return self._topics.get(topic, ())

    def topics(self) -> frozenset[str]:
        return self._found


def read(texts: Sequence[FieldText]) -> Findings:
    """The findings of a booking. Work is bounded by the number of texts and `normalise.MAX_WORDS`."""
    topics: dict[str, list[str]] = {}
    for given in texts:
        address = ".address." in given.field
        for topic in _topics_of(given.text, address):
            topics.setdefault(topic, []).append(given.field)
    return Findings({topic: tuple(fields) for topic, fields in topics.items()})


class _Matcher(Struct, frozen=True):
    """Patterns by their first word, hits and exclusions apart."""

    hits: dict[str, list[Pattern]]
    exclusions: dict[str, list[Pattern]]
    topics: dict[str, TopicList]


@cache
def _matcher() -> _Matcher:
    hits: dict[str, list[Pattern]] = {}
    exclusions: dict[str, list[Pattern]] = {}
    topics: dict[str, TopicList] = {}
    for language in LANGUAGES:
        for name, topic in load(language).topics.items():
            topics.setdefault(name, topic)
            for index, phrases in ((hits, topic.phrases), (exclusions, topic.excluded)):
                for phrase in phrases:
                    for pattern in patterns(name, phrase):
                        for first in pattern.words[0]:
                            index.setdefault(first, []).append(pattern)
    return _Matcher(hits, exclusions, topics)


@lru_cache(maxsize=16_384)
def _topics_of(text: str, address: bool) -> frozenset[str]:
    matcher = _matcher()
    said = tuple(canonical(word) for word in words(text))
    covered: dict[str, set[int]] = {}
    for start, word in enumerate(said):
        for pattern in matcher.exclusions.get(word, ()):
            end = _match(pattern, said, start)
            if end:
                covered.setdefault(pattern.topic, set()).update(range(start, end))
    found: set[str] = set()
    for start, word in enumerate(said):
        for pattern in matcher.hits.get(word, ()):
            topic = matcher.topics[pattern.topic]
            if pattern.topic in found or (address and not topic.in_addresses):
                continue
            end = _match(pattern, said, start)
            if not end or start in covered.get(pattern.topic, ()):
                continue
            if topic.negatable and _negated(said, start):
                continue
            if topic.landmark and _is_landmark(said, start):
                continue
            found.add(pattern.topic)
    return frozenset(found)


def _match(pattern: Pattern, said: tuple[str, ...], start: int) -> int:
    """Where the match that begins at `start` ends; 0 when there is none. Gaps take as few words as they can."""
    place = start + 1
    for choice, gap in zip(pattern.words[1:], pattern.gaps[1:], strict=True):
        for step in range(gap + 1):
            if place + step >= len(said) or said[place + step] == STOP:
                return 0
            if said[place + step] in choice:
                place += step + 1
                break
        else:
            return 0
    return place


def _negated(said: tuple[str, ...], start: int) -> bool:
    for word in reversed(said[max(0, start - _NEGATION_REACH) : start]):
        if word == STOP or word == "but":
            return False
        if word in _NEGATIONS:
            return True
    return False


def _is_landmark(said: tuple[str, ...], start: int) -> bool:
    """Whether the words before only say where something lies: "opp the police station", "past Barclays"."""
    place = start - 1
    while place >= 0 and said[place] in _JOINERS:
        place -= 1
    return place >= 0 and said[place] in _LANDMARKS
