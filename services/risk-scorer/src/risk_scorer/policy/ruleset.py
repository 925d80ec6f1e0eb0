"""A ruleset: what it holds, and reading it from YAML with the place of every fault."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
import yaml
from msgspec import Meta, Struct

from pickup_contracts.assessment import Decision, Pattern
from pickup_runtime.yaml_places import Path, Places, place_of
from risk_scorer.errors import Fault, RulesetFault

Document = TypeVar("Document", bound=Struct)
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
    rules: tuple[Rule, ...]
    fingerprint: str = ""


class Positions:
    """Where each part of the document stands, for its faults."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._places = Places(root)

    def fault(self, path: Path, message: str, *, offset: int = 0) -> Fault:
        """A fault at a path, `offset` columns on."""
        line, column = self._places.at(path)
        return Fault(line, column + offset, message)


def read_document(text: str, kind: type[Document], *, source: str) -> tuple[Document, Positions]:
    """A YAML document as `kind`, with the place of each of its parts.

    Raises:
        RulesetFault: it is not YAML or not a `kind`; with the fault's line and column.
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
