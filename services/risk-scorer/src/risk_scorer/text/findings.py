"""Reading the free text of a booking: which topics it speaks of, and in which fields."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from msgspec import Struct

from risk_scorer.text.normalise import LINE, STOP, words
from risk_scorer.text.phrases import LANGUAGES, Pattern, TopicList, load, patterns
from risk_scorer.text.vocabulary import canonical, known_words

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
#: "speak 2 her", "4 the police".
_DIGIT_WORDS = {"2": "to", "4": "for"}
_AFTER_A_DIGIT_WORD = frozenset(
    {"the", "a", "her", "him", "me", "my", "them", "you", "your", "us", "this", "car", "door", "driver", "man", "lady"}
    | {"police", "bank", "collect", "say", "ask", "talk", "speak", "ring", "give", "hand", "meet", "take", "be"}
)
_NEGATION_REACH = 3
#: The class of words that a street's or a house's name ends with.
_STREETS = "street"
#: Whose name is too long for one (`written`).
_INSTEAD_OF_NAMES = frozenset({"booker", "pickup.contact", "dropoff.contact", "passenger"})
_NO_TOPICS: frozenset[str] = frozenset()


class FieldText(Struct, frozen=True, gc=False):
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
        if found is None or fields is None:
            return found is not None
        # A loop: this is asked dozens of times of every booking.
        begins = tuple(fields)
        for field in found:  # noqa: SIM110
            if field.startswith(begins):
                return True
        return False

    def fields(self, topic: str) -> tuple[str, ...]:
        """The fields that speak of the topic, in order."""
        return self._topics.get(topic, ())

    def topics(self) -> frozenset[str]:
        return self._found


_NOTHING = Findings({})


def read(texts: Sequence[FieldText]) -> Findings:
    """The findings of a booking. Work is bounded by the number of texts and `normalise.MAX_WORDS`."""
    topics: dict[str, list[str]] = {}
    for given in texts:
        for topic in _topics_of(given.text, _kind_of(given.field)):
            topics.setdefault(topic, []).append(given.field)
    return Findings({topic: tuple(fields) for topic, fields in topics.items()}) if topics else _NOTHING


def _kind_of(field: str) -> str:
    """`address`, `firm`, `name`, `long name` or `note`: an address or a firm is read for some topics only, a name for
    its own, and what is too long for a name for what somebody is told to do: "Mr and Mrs David Gold" sends no gold."""
    if ".address." in field:
        return "address"
    if field.endswith(".organisation"):
        return "firm"
    if field in _INSTEAD_OF_NAMES:
        return "long name"
    return "name" if field.endswith((".name", ".email")) else "note"


class _Phrase(Struct, frozen=True, gc=False):
    """A pattern, and words of which one has to be there somewhere for it to match: the rest need not be tried."""

    pattern: Pattern
    needs: frozenset[str]


#: Phrases by their first word.
_Index = dict[str, list[_Phrase]]


class _Matcher(Struct, frozen=True):
    """Phrases that are read in one kind of text; what is harmless by topic; the words that make what stands before them
    a street's or a house's name, in an address."""

    hits: _Index
    harmless: dict[str, _Index]
    topics: dict[str, TopicList]
    fillers: frozenset[str]
    streets: frozenset[str]


@cache
def _matcher(kind: str) -> _Matcher:
    topics: dict[str, TopicList] = {}
    for language in LANGUAGES:
        for name, topic in load(language).topics.items():
            topics.setdefault(name, topic)
    hits: _Index = {}
    harmless: dict[str, _Index] = {}
    fillers: frozenset[str] = frozenset()
    streets: frozenset[str] = frozenset()
    known = known_words()
    for language in LANGUAGES:
        document = load(language)
        fillers |= frozenset(document.fillers)
        if kind == "address":
            streets |= frozenset(document.classes.get(_STREETS, ()))
        for name, topic in document.topics.items():
            if not _is_read(topics[name], kind):
                continue
            for index, phrases in ((hits, topic.phrases), (harmless.setdefault(name, {}), document.harmless(name))):
                for phrase in phrases:
                    for pattern in patterns(name, phrase, document.classes):
                        _enter(index, _with_plurals(pattern, known))
    return _Matcher(hits, harmless, topics, fillers, streets)


def _enter(index: _Index, pattern: Pattern) -> None:
    phrase = _Phrase(pattern, min(pattern.words[1:], key=len, default=pattern.words[0]))
    for first in pattern.words[0]:
        index.setdefault(first, []).append(phrase)


def _said(text: str, kind: str) -> tuple[str, ...]:
    """The words as the lists know them, "not to talk" as "not talk". A name is nobody's typing slip."""
    if kind == "name":
        return words(text)
    said = [canonical(word) for word in words(text)]
    if not _DIGIT_WORDS.keys().isdisjoint(said):
        for place, word in enumerate(said[:-1]):
            if word in _DIGIT_WORDS and said[place + 1] in _AFTER_A_DIGIT_WORD:
                said[place] = _DIGIT_WORDS[word]
    if "not" in said:
        said = _without_doors_put_right(said)
        said = [word for place, word in enumerate(said) if word != "to" or place == 0 or said[place - 1] != "not"]
    return tuple(said)


def _without_doors_put_right(said: list[str]) -> list[str]:
    """ "No 21 not 57": nothing is forbidden."""
    dropped: set[int] = set()
    for place in range(1, len(said) - 1):
        if said[place] == "not" and said[place - 1].isdigit() and said[place + 1].isdigit():
            dropped.add(place)
            if place > 1 and said[place - 2] == "no":
                dropped.add(place - 2)
    return [word for place, word in enumerate(said) if place not in dropped] if dropped else said


def _with_plurals(pattern: Pattern, known: frozenset[str]) -> Pattern:
    """The pattern with the plurals that some list knows: those are not led back to their singular."""
    more = (
        choice.union(f"{word}s" for word in choice if len(word) > 3 and word != "good" and f"{word}s" in known)
        for choice in pattern.words
    )
    return Pattern(pattern.topic, tuple(more), pattern.gaps)


@lru_cache(maxsize=16_384)
def _topics_of(text: str, kind: str) -> frozenset[str]:
    matcher = _matcher(kind)
    said = _said(text, kind)
    hits, fillers = matcher.hits, matcher.fillers
    if hits.keys().isdisjoint(said):
        return _NO_TOPICS
    present = frozenset(said)
    harmless: dict[str, set[int]] = {}
    found: set[str] = set()
    for start, word in enumerate(said):
        # "12 Maple Road", "Sovereign Court": a name, whatever else the word means.
        if start + 1 < len(said) and said[start + 1] in matcher.streets:
            continue
        for phrase in hits.get(word, ()):
            if phrase.needs.isdisjoint(present):
                continue
            name = phrase.pattern.topic
            if name in found or not (end := _match(phrase.pattern, said, start, fillers)):
                continue
            topic = matcher.topics[name]
            # "opposite the bank / card for her birthday": what stands on two lines may be two things.
            two_lines = LINE in said[start:end]
            landmark = (topic.landmark or two_lines) and _is_landmark(said, start)
            if landmark or (topic.negatable and _negated(said, start)):
                continue
            if name not in harmless:
                harmless[name] = _covered(matcher.harmless[name], said, present, fillers)
            if harmless[name].isdisjoint(range(start, end) if two_lines else (start,)):
                found.add(name)
    return frozenset(found)


def _covered(index: _Index, said: tuple[str, ...], present: frozenset[str], fillers: frozenset[str]) -> set[int]:
    """Where harmless wordings stand."""
    covered: set[int] = set()
    for start, word in enumerate(said):
        for phrase in index.get(word, ()):
            if not phrase.needs.isdisjoint(present) and (end := _match(phrase.pattern, said, start, fillers)):
                covered.update(range(start, end))
    return covered


def _is_read(topic: TopicList, kind: str) -> bool:
    if topic.in_names:
        return kind == "name"
    if kind == "firm":
        return topic.in_firms
    if kind == "long name":
        return topic.instead_of_names
    return kind == "note" or (kind == "address" and topic.in_addresses)


def _match(pattern: Pattern, said: tuple[str, ...], start: int, fillers: frozenset[str]) -> int:
    """Where the match that begins at `start` ends; 0 when there is none. Gaps take as few words as they can."""
    place = start + 1
    size = len(said)
    for choice, gap in zip(pattern.words[1:], pattern.gaps[1:], strict=True):
        # Fillers are not counted in a gap, and never looked past without one.
        left, furthest = gap, min(size, place + 2 * gap + 1)
        while True:
            if place >= furthest:
                return 0
            word = said[place]
            place += 1
            if word in choice:
                break
            if not gap and word == LINE and place < size and said[place] in choice:
                place += 1
                break
            if word in (STOP, LINE) or not gap:
                return 0
            if word not in fillers:
                left -= 1
                if left < 0:
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
