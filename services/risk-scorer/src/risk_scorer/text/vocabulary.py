"""Spelling: abbreviations, plurals and typing slips led back to the words that the phrase lists know."""

from __future__ import annotations

from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from risk_scorer.text.phrases import LANGUAGES, load, patterns


@cache
def _known() -> tuple[frozenset[str], dict[str, str], frozenset[str], dict[tuple[str, int], list[str]]]:
    """Every word of every list; abbreviations; words that are never a slip; words by first letter and length."""
    words: set[str] = set()
    english: set[str] = set()
    short: dict[str, str] = {}
    exempt: set[str] = set()
    for language in LANGUAGES:
        document = load(language)
        for name, topic in document.topics.items():
            for phrase in (*topic.phrases, *topic.excluded):
                for pattern in patterns(name, phrase, document.classes):
                    for choice in pattern.words:
                        words |= choice
                        if language == "en":
                            english |= choice
        short |= document.abbreviations
        exempt |= set(document.never_typos)
    by_shape: dict[tuple[str, int], list[str]] = {}
    for word in sorted(english):
        if len(word) >= 5:
            by_shape.setdefault((word[0], len(word)), []).append(word)
    return frozenset(words), short, frozenset(exempt), by_shape


def known_words() -> frozenset[str]:
    """Every word of every phrase list."""
    return _known()[0]


@lru_cache(maxsize=65_536)
def canonical(word: str) -> str:
    """The word that the lists know for this one; the word itself when they know none.

    A slip is one wrong, missing, extra or swapped letter in a word of five letters or more (two from nine on),
    and never in the first letter.
    """
    words, short, exempt, _ = _known()
    if word in short:
        return short[word]
    if word in words or word in exempt or len(word) < 4:
        return word
    for ending, instead in (("s", ""), ("es", ""), ("ies", "y")):
        if word.endswith(ending) and word[: -len(ending)] + instead in words:
            return word[: -len(ending)] + instead
    if len(word) < 5 or not word.isalpha():
        return word
    allowed = 2 if len(word) >= 9 else 1
    best = process.extractOne(word, _near(word[0], len(word), allowed), scorer=OSA.distance, score_cutoff=allowed)
    return str(best[0]) if best is not None else word


@lru_cache(maxsize=1024)
def _near(first: str, length: int, allowed: int) -> list[str]:
    """The words that one of so many letters can be a slip of; not to be changed."""
    by_shape = _known()[3]
    return [word for size in range(length - allowed, length + allowed + 1) for word in by_shape.get((first, size), ())]
