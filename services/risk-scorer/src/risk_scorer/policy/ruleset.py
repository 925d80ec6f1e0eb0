"""A ruleset: what it holds, and reading it from YAML with the place of every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Protocol, TypeVar

import msgspec
import yaml
from msgspec import Meta, Struct

from pickup_contracts.assessment import Decision, Pattern
from pickup_runtime.yaml_places import Path, Places, YamlFault, load, place_of
from risk_scorer.errors import Fault, RulesetFault

Document = TypeVar("Document", bound=Struct)
RuleId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Condition = Annotated[str, Meta(min_length=1, max_length=2000)]
Points = Annotated[int, Meta(ge=-100, le=100)]


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit test inside the ruleset: signals that differ from unknown, and whether the rule fires on them."""

    signals: dict[str, bool | int | float | str]
    fires: bool


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A unit test of the whole ruleset: signals that differ from unknown, and the decision that all rules come to
    together. One of `at_least` and `at_most` has to be given; both the same ask for just that decision."""

    title: Annotated[str, Meta(min_length=5, max_length=120)]
    signals: dict[str, bool | int | float | str]
    at_least: Decision | None = None
    at_most: Decision | None = None


class Term(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of conditions with a name: rules speak of it as of a signal. `means` says it in words."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
    means: Annotated[str, Meta(min_length=5, max_length=200)]
    when: Condition


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule. `title` is what a dispatcher reads. `when` is CEL over signals and terms. `band_floor` lifts the
    decision to at least that band; `band_ceiling` holds it at most there. `lists` name the kind of evidence. A rule in
    shadow is counted and changes nothing."""

    id: RuleId
    title: Annotated[str, Meta(min_length=5, max_length=120)]
    when: Condition
    points: Points = 0
    band_floor: Decision | None = None
    band_ceiling: Decision | None = None
    pattern: Pattern | None = None
    owner: Annotated[str, Meta(min_length=1)]
    review_by: date
    shadow: bool = False
    examples: tuple[Example, ...] = ()


class Limits(Protocol):
    """The lowest score of each band; below `review` is `allow`."""

    @property
    def review(self) -> int: ...

    @property
    def warn(self) -> int: ...

    @property
    def hold_recommended(self) -> int: ...


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
    terms: tuple[Term, ...] = ()
    rules: tuple[Rule, ...]
    examples: tuple[Scenario, ...] = ()
    fingerprint: str = ""


class Positions:
    """Where each part of the document stands, for its faults."""

    def __init__(self, root: yaml.Node | None, text: str = "") -> None:
        self._places = Places(root)
        self._root = root
        self._text = text

    def fault(self, path: Path, message: str) -> Fault:
        """A fault at a path."""
        return Fault(*self._places.at(path), message)

    def within(self, path: Path, value: str, offset: int, message: str) -> Fault:
        """A fault at the `offset`-th character of the text at a path, however YAML quoted, folded or indented it:
        that changes nothing but the spaces."""
        node = _node_at(self._root, path)
        if not isinstance(node, yaml.ScalarNode) or not self._text:
            return self.fault(path, message)
        before = sum(not character.isspace() for character in value[:offset])
        start = node.start_mark.index
        if node.style in (">", "|"):
            start = self._text.index("\n", start) + 1
        elif node.style:
            start += 1
        place = start
        for place in range(start, node.end_mark.index):
            if not self._text[place].isspace():
                if before == 0:
                    break
                before -= 1
        line = self._text.count("\n", 0, place)
        return Fault(line + 1, place - (self._text.rfind("\n", 0, place) + 1) + 1, message)


def _node_at(node: yaml.Node | None, path: Path) -> yaml.Node | None:
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part] if part < len(node.value) else None
        else:
            return None
    return node


def read_document(text: str, kind: type[Document], *, source: str) -> tuple[Document, Positions]:
    """A YAML document as `kind`, with the place of each of its parts.

    Raises:
        RulesetFault: it is not YAML, has a key twice, is nested too deep, or is no `kind`; with the fault's line and
            column.
    """
    try:
        node, document = load(text)
    except YamlFault as no_yaml:
        raise RulesetFault(source, [Fault(no_yaml.line, no_yaml.column or 1, no_yaml.reason)]) from None
    positions = Positions(node, text)
    try:
        return msgspec.convert(document, kind), positions
    except msgspec.ValidationError as error:
        path, message = place_of(str(error))
        raise RulesetFault(source, [positions.fault(path, message)]) from None


def band(score: int, bands: Limits) -> Decision:
    """The decision that a score stands for."""
    if score >= bands.hold_recommended:
        return "hold_recommended"
    if score >= bands.warn:
        return "warn"
    return "review" if score >= bands.review else "allow"


def read(text: str, *, source: str = "ruleset") -> tuple[Ruleset, Positions]:
    """The ruleset in a YAML document, its shape and ids checked (not yet its CEL).

    Raises:
        RulesetFault: with every fault's line and column.
    """
    ruleset, positions = read_document(text, Ruleset, source=source)
    faults = [*_duplicates(ruleset, positions), *_bands(ruleset, positions), *_effects(ruleset, positions)]
    faults += _scenarios(ruleset, positions)
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


def _scenarios(ruleset: Ruleset, positions: Positions) -> Iterator[Fault]:
    for index, example in enumerate(ruleset.examples):
        if example.at_least is None and example.at_most is None:
            yield positions.fault(("examples", index), "expects nothing: give it at_least, at_most or both")
