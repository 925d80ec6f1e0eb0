"""How people are called, from the data file, ready to be looked up."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec
import yaml
from msgspec import Struct

#: Between names, and no part of any.
JOINERS = frozenset({"and", "the"})


class NameWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The document as it stands in `data/parties/names.yaml`."""

    owner: str
    review_by: str
    alike: list[list[str]]
    given: list[str]
    placeholders: list[str]
    titles: list[str]
    suffixes: list[str]


class Names(Struct, frozen=True):
    """Look-ups: a name to the lines of names that it is one person's with. `before` are the words that may stand
    before a name and are none: titles, "and", "the"."""

    alike: dict[str, frozenset[int]]
    given: frozenset[str]
    placeholders: frozenset[str]
    titles: frozenset[str]
    before: frozenset[str]
    suffixes: frozenset[str]


@cache
def names() -> Names:
    """Read once, when first needed."""
    text = (resources.files("risk_scorer") / "data" / "parties" / "names.yaml").read_text(encoding="utf-8")
    document = msgspec.convert({**yaml.safe_load(text), "review_by": ""}, NameWords)
    lines: dict[str, set[int]] = {}
    for number, line in enumerate(document.alike):
        for name in line:
            lines.setdefault(name, set()).add(number)
    return Names(
        alike={name: frozenset(numbers) for name, numbers in lines.items()},
        given=frozenset(document.given) | lines.keys(),
        placeholders=frozenset(document.placeholders),
        titles=frozenset(document.titles),
        before=frozenset(document.titles) | JOINERS,
        suffixes=frozenset(document.suffixes),
    )
