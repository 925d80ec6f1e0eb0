"""A ruleset: what it holds, and reading it from YAML with the place of every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta, Struct

from pickup_contracts.assessment import Decision, Pattern
from risk_scorer.errors import Fault, RulesetFault

RuleId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Points = Annotated[int, Meta(ge=-100, le=100)]


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit test inside the ruleset: signals that differ from unknown, and whether the rule fires on them."""

    signals: dict[str, bool | int | float | str]
    fires: bool


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule. `title` is what a dispatcher reads. `when` is CEL over signals. `band_floor` lifts the decision to
    at least that band; `band_ceiling` holds it at most there. `lists` name the kind of evidence. A rule in shadow is
    counted and changes nothing."""

    id: RuleId
    title: Annotated[str, Meta(min_length=5, max_length=120)]
    when: Annotated[str, Meta(min_length=1, max_length=2000)]
    points: Points = 0
    band_floor: Decision | None = None
    band_ceiling: Decision | None = None
    pattern: Pattern | None = None
    owner: Annotated[str, Meta(min_length=1)]
    review_by: date
    shadow: bool = False
    examples: tuple[Example, ...] = ()


class Bands(Struct, frozen=True, forbid_unknown_fields=True):
    """The lowest score of each band; below `review` is `allow`."""

    review: int = 40
    warn: int = 65
    hold_recommended: int = 90


class Ruleset(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole ruleset. `fingerprint` changes with any byte of the document."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    version: Annotated[str, Meta(min_length=1, max_length=32)]
    owner: Annotated[str, Meta(min_length=1)]
    description: str = ""
    bands: Bands = Bands()
    rules: tuple[Rule, ...]
    fingerprint: str = ""


class Positions:
    """Where each part of a YAML document stands, by its path: `("rules", 3, "when")`."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._marks: dict[tuple[object, ...], tuple[int, int]] = {}
        if root is not None:
            for path, node in _walk((), root):
                block = isinstance(node, yaml.ScalarNode) and node.style in (">", "|")
                mark = node.start_mark
                self._marks[path] = (mark.line + (2 if block else 1), 3 if block else mark.column + 1)

    def fault(self, path: tuple[object, ...], message: str, *, offset: int = 0) -> Fault:
        """A fault at `path`, or at the nearest part of it that is there."""
        known = path
        while known and known not in self._marks:
            known = known[:-1]
        line, column = self._marks.get(known, (1, 1))
        return Fault(line, column + offset, message)


def read(text: str, *, source: str = "ruleset") -> tuple[Ruleset, Positions]:
    """The ruleset in a YAML document, its shape and ids checked (not yet its CEL).

    Raises:
        RulesetFault: with every fault's line and column.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document: Any = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise RulesetFault(source, [Fault(*place, f"not valid YAML: {error.problem}")]) from None
    positions = Positions(node)
    try:
        ruleset = msgspec.convert(document, Ruleset)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise RulesetFault(source, [positions.fault(_path_of(path), message)]) from None
    faults = [*_duplicates(ruleset, positions), *_bands(ruleset, positions), *_effects(ruleset, positions)]
    if faults:
        raise RulesetFault(source, faults)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    return msgspec.structs.replace(ruleset, fingerprint=fingerprint), positions


def _duplicates(ruleset: Ruleset, positions: Positions) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, rule in enumerate(ruleset.rules):
        if rule.id in seen:
            yield positions.fault(("rules", index, "id"), f"another rule is already called {rule.id}")
        seen.add(rule.id)


def _bands(ruleset: Ruleset, positions: Positions) -> Iterator[Fault]:
    bands = ruleset.bands
    if not 0 < bands.review < bands.warn < bands.hold_recommended <= 100:
        yield positions.fault(("bands",), "must rise: 0 < review < warn < hold_recommended <= 100")
        return
    reachable = sum(max(0, rule.points) for rule in ruleset.rules if not rule.shadow)
    floors = {rule.band_floor for rule in ruleset.rules if not rule.shadow}
    for name in ("review", "warn", "hold_recommended"):
        if reachable < getattr(bands, name) and name not in floors:
            yield positions.fault(("bands", name), f"{name} can't be reached: all points together make {reachable}")


def _effects(ruleset: Ruleset, positions: Positions) -> Iterator[Fault]:
    for index, rule in enumerate(ruleset.rules):
        if not rule.points and rule.band_floor is None and rule.band_ceiling is None:
            yield positions.fault(("rules", index), f"{rule.id} has no effect: give it points, a floor or a ceiling")


def _walk(path: tuple[object, ...], node: yaml.Node) -> Iterator[tuple[tuple[object, ...], yaml.Node]]:
    yield path, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk((*path, key.value), value)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk((*path, index), value)


def _path_of(text: str) -> tuple[object, ...]:
    """msgspec's `$.rules[3].when` as a path. An index it does not tell (`[...]`) ends the path."""
    path: list[object] = []
    for part in text.strip("`$").replace("[", ".[").split("."):
        if part == "[":
            break
        if part.startswith("["):
            if not part[1:-1].isdigit():
                break
            path.append(int(part[1:-1]))
        elif part:
            path.append(part)
    return tuple(path)
