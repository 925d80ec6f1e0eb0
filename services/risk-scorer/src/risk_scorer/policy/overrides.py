"""A ruleset as one operator has it: other limits of the bands, some rules off. The same conditions, judged anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from pickup_contracts.policy import BandOverride, OperatorOverrides
from risk_scorer.policy.compile import Program
from risk_scorer.policy.ruleset import Bands, Ruleset
from risk_scorer.policy.values import Value
from risk_scorer.policy.verdict import CompiledRule, Scale, Verdict, judge


class Part(Struct, frozen=True):
    """What an operator's overrides did to one verdict: the limits of the bands there, and the rules that were true and
    are off. It is kept beside the assessment, so that the verdict can be had again when the overrides are others."""

    published_at: datetime
    bands: Bands
    off: tuple[str, ...] = ()


class OperatorProgram:
    """A program under one operator's overrides. Nothing is compiled: it asks the program which rules are true and
    judges them by the operator's own scale, without those that are off. Rules that are not in the ruleset (any more)
    are no matter; limits that do not rise together with the ruleset's own are left out, and `fault` says so."""

    def __init__(self, program: Program, overrides: OperatorOverrides) -> None:
        self._program = program
        self.overrides = overrides
        bands = bands_of(program.ruleset.bands, overrides)
        self.fault = None if bands is not None else "the bands do not rise: the ruleset's own are used"
        self.scale = program.scale if bands is None else Scale(bands)
        self._off = frozenset(overrides.rules_off)
        self._same_scale = self.scale.bands == program.ruleset.bands

    @property
    def ruleset(self) -> Ruleset:
        return self._program.ruleset

    def evaluate(self, signals: Mapping[str, Value]) -> Verdict:
        """The verdict on one booking at this operator."""
        return self.rejudge(self._program.evaluate(signals))

    def rejudge(self, verdict: Verdict) -> Verdict:
        """What the program's verdict is at this operator."""
        fired, shadow = self._counting(verdict.fired), self._counting(verdict.shadow)
        if self._same_scale and len(fired) == len(verdict.fired) and len(shadow) == len(verdict.shadow):
            return verdict
        return judge(fired, shadow, self.scale)

    def part_in(self, verdict: Verdict) -> Part:
        """What these overrides do to a verdict of the program."""
        true = (*verdict.fired, *verdict.shadow) if self._off else ()
        off = tuple(compiled.rule.id for compiled in true if compiled.rule.id in self._off)
        return Part(self.overrides.published_at, self.scale.bands, off)

    def _counting(self, rules: list[CompiledRule]) -> list[CompiledRule]:
        off = self._off
        return [compiled for compiled in rules if compiled.rule.id not in off] if off else rules


def as_then(program: Program, operator_id: str, part: Part) -> OperatorProgram:
    """A program under the overrides of a moment in the past, as far as they mattered to one verdict."""
    bands = BandOverride(part.bands.review, part.bands.warn, part.bands.hold_recommended)
    return OperatorProgram(
        program,
        OperatorOverrides(
            operator_id=operator_id,
            bands=bands,
            rules_off=list(part.off),
            published_at=part.published_at,
            published_by="",
        ),
    )


def bands_of(base: Bands, overrides: OperatorOverrides) -> Bands | None:
    """The bands with an operator's limits in place; `None` when they do not rise."""
    bands = msgspec.structs.replace(
        base,
        **{name: limit for name, limit in msgspec.structs.asdict(overrides.bands).items() if limit is not None},
    )
    return bands if 0 < bands.review < bands.warn < bands.hold_recommended <= 100 else None


def faults(overrides: OperatorOverrides, ruleset: Ruleset) -> Iterator[str]:
    """What is wrong with overrides on top of this ruleset, for whoever publishes them."""
    if bands_of(ruleset.bands, overrides) is None:
        base = ruleset.bands
        yield (
            "bands must rise: review < warn < hold_recommended "
            f"(the ruleset's own are {base.review}, {base.warn}, {base.hold_recommended})"
        )
    known = {rule.id for rule in ruleset.rules}
    for name in overrides.rules_off:
        if name not in known:
            yield f"rules off: the ruleset has no rule {name!r}"
