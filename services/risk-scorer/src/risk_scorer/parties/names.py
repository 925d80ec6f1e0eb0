"""Names as people give them: titles, initials, order, a first name only, a short form, a slip of the pen.

Only whether two names may be one person's is ever asked; no name is a feature of anything.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein

from risk_scorer.parties.vocabulary import JOINERS, names

Match = Literal["same", "different", "unknown"]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_BRACKETS = re.compile(r"\([^)]*\)?|\[[^\]]*\]?")
#: Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
#: From this length a second slip is forgiven.
_LONG = 9


@lru_cache(maxsize=65_536)
def parts(name: str) -> tuple[str, ...]:
    """The words of a name that name somebody, in the order first name to surname: no titles and degrees, lower case,
    without accents. Empty for what stands where a name should be ("Customer", "TBC", "Reception")."""
    vocabulary = names()
    words = _words(name)
    if "," in name:
        given, comma, behind = _BRACKETS.sub(" ", name).partition(",")
        if comma and _is_surname_first(given, behind):
            words = _words(f"{behind} {given}")
    if not words or " ".join(words) in vocabulary.placeholders:
        return ()
    while words and words[0] in vocabulary.before:
        words = words[1:]
    while len(words) > 1 and words[-1] in vocabulary.suffixes:
        words = words[:-1]
    kept = words if JOINERS.isdisjoint(words) else tuple(word for word in words if word not in JOINERS)
    return () if " ".join(kept) in vocabulary.placeholders else kept


@lru_cache(maxsize=65_536)
def name_match(one: str, other: str) -> Match:
    """Whether two names may be one person's.

    A first name alone matches a full name that has it; an initial matches a name that begins with it, but proves
    nothing by itself; a short form matches its name; a typing slip in a longer word is forgiven, unless both are first
    names of their own. `unknown` when either name has no words or initials only: `Mrs Foxton` and `Foxton` are the
    same, `Jane Foxton` and `Ian Foxton` are different.
    """
    first, second = parts(one), parts(other)
    if not _names_somebody(first) or not _names_somebody(second):
        return "unknown"
    if first == second or "".join(first) == "".join(second):
        return "same"
    short, long = sorted((first, second), key=len)
    spare = list(long)
    whole = 0
    # Whole words first, so that an initial does not take a word that another one needs.
    for word in sorted(short, key=len, reverse=True):
        mates = [mate for mate in spare if _alike(word, mate)]
        if not mates:
            return "different"
        hit = mates[0] if len(mates) == 1 else min(mates, key=lambda mate: (len(mate) == 1, mate != word))
        whole += len(word) > 1 and len(hit) > 1
        spare.remove(hit)
    return "same" if whole else "unknown"


def _names_somebody(words: tuple[str, ...]) -> bool:
    """Whether there is more than initials."""
    return bool(words) and len(max(words, key=len)) > 1


def is_bare(name: str) -> bool:
    """One word only: a first name, or a surname with or without a title. Many people have it."""
    return len(parts(name)) == 1


def surname(name: str) -> str | None:
    """The last word of a name that has a first name or a title before it; `None` for a single bare word."""
    words = [word for word in parts(name) if len(word) > 1]
    if not words:
        return None
    if len(words) == 1 and len(parts(name)) == 1:
        raw = _words(_BRACKETS.sub(" ", name))
        if not raw or raw[0] not in names().titles:
            return None
    return words[-1]


def same_surname(one: str, other: str) -> bool:
    """Whether two people share a surname, or a half of a double-barrelled one. Unknown is no."""
    first, second = _surnames(one), _surnames(other)
    return not first.isdisjoint(second)


@lru_cache(maxsize=65_536)
def _surnames(name: str) -> frozenset[str]:
    last = surname(name)
    if last is None:
        return frozenset()
    if "-" not in name:
        return frozenset((last,))
    found = {last}
    for joined in re.findall(r"[^\W\d_'’]+(?:-[^\W\d_'’]+)+", name):
        halves = _words(joined)
        if halves[-1] == last:
            found.update(halves)
    return frozenset(found)


def _is_surname_first(before: str, behind: str) -> bool:
    """ "SMITH, John A": not "John Smith, OBE", and not a list of people."""
    vocabulary = names()
    last, first = _words(before), _words(behind)
    titles = vocabulary.titles | vocabulary.suffixes
    return 1 <= len(last) <= 3 and any(word not in titles for word in first) and not (len(last) == 3 and len(first) > 2)


def _words(text: str) -> tuple[str, ...]:
    bare = text.casefold()
    if not bare.isascii():
        plain = unicodedata.normalize("NFKD", bare.translate(_LETTERS))
        bare = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple([word.replace("'", "").replace("’", "") for word in _WORD.findall(bare)])


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    vocabulary = names()
    lines = vocabulary.alike.get(one)
    if lines is not None and not lines.isdisjoint(vocabulary.alike.get(other, ())):
        return True
    if one in vocabulary.given and other in vocabulary.given:
        return False
    shorter, longer = sorted((len(one), len(other)))
    slips = 2 if shorter >= _LONG else 1 if shorter >= 5 else 0
    return (
        slips > 0 and longer - shorter <= slips and DamerauLevenshtein.distance(one, other, score_cutoff=slips) <= slips
    )
