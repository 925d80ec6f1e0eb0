"""Names as people give them: titles, initials, order, a first name only, a slip of the pen."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein

Match = Literal["same", "different", "unknown"]

_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "sir",
        "lady",
        "lord",
        "dame",
        "rev",
        "reverend",
        "master",
        "madam",
        "fr",
        "sister",
        "hon",
        "capt",
        "major",
        "cllr",
    ]
)
_JOINERS = frozenset({"and", "the"})
_SHORT = {
    "bob": "robert", "rob": "robert", "bill": "william", "will": "william", "liz": "elizabeth", "beth": "elizabeth",
    "betty": "elizabeth", "peggy": "margaret", "maggie": "margaret", "meg": "margaret", "jim": "james",
    "jimmy": "james", "jamie": "james", "dick": "richard", "rich": "richard", "rick": "richard", "tony": "anthony",
    "kate": "katherine", "kathy": "katherine", "katie": "katherine", "sue": "susan", "dave": "david", "mike": "michael",
    "mick": "michael", "steve": "stephen", "chris": "christopher", "tom": "thomas", "dan": "daniel", "matt": "matthew",
    "nick": "nicholas", "pat": "patricia", "tricia": "patricia", "jo": "joanne", "jen": "jennifer", "jenny": "jennifer",
    "sam": "samuel", "alex": "alexander", "andy": "andrew", "ted": "edward", "ed": "edward", "fred": "frederick",
    "harry": "henry", "jack": "john", "joe": "joseph", "ron": "ronald", "val": "valerie", "vi": "violet",
}  # fmt: skip


@lru_cache(maxsize=65_536)
def parts(name: str) -> tuple[str, ...]:
    """The words of a name that name somebody: no titles, lower case, without accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = re.findall(r"[a-z']+", "".join(c for c in plain if not unicodedata.combining(c)))
    return tuple(word.strip("'") for word in words if word.strip("'") and word not in _TITLES | _JOINERS)


@lru_cache(maxsize=65_536)
def name_match(one: str, other: str) -> Match:
    """Whether two names may be one person's.

    A first name alone matches a full name that has it; an initial matches a name that begins with it; one typing
    slip in a longer word is forgiven. `unknown` when either name has no words, or when only surnames meet: a family
    shares those, so `Mrs Foxton` and `Foxton` are the same and `Jane Foxton` and `Ian Foxton` are different.
    """
    first, second = parts(one), parts(other)
    if not first or not second:
        return "unknown"
    short, long = sorted((first, second), key=len)
    spare = list(long)
    for word in short:
        hit = next((mate for mate in spare if _alike(word, mate)), None)
        if hit is None:
            return "different"
        spare.remove(hit)
    return "same"


def surname(name: str) -> str | None:
    """The last word of a name that has a first name or a title before it; `None` for a single bare word."""
    words = parts(name)
    titled = any(word.strip(".").casefold() in _TITLES for word in name.split())
    if not words or (len(words) == 1 and not titled):
        return None
    return words[-1]


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    if _SHORT.get(one, one) == _SHORT.get(other, other):
        return True
    return min(len(one), len(other)) >= 5 and DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1
