"""One stored assessment, explained: what it was made of, and whether the same answer comes out of that again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from pickup_contracts.assessment import Assessment, Decision, Reason, StopPremises, rank
from pickup_contracts.policy import ListName
from risk_scorer.explain import signals as told
from risk_scorer.explain.redacted import Part, redacted
from risk_scorer.explain.rerun import Rerun, Step, differences, misfits, rerun, steps
from risk_scorer.facts import Facts
from risk_scorer.merge import Arrived, begun, fold_all
from risk_scorer.past import Stored
from risk_scorer.policy.compile import Program
from risk_scorer.policy.lists import PREFIX
from risk_scorer.policy.overrides import Part as Overrides
from risk_scorer.premises.judge import StopJudgement
from risk_scorer.scorecard import CardScore
from risk_scorer.signals.catalogue import TYPES

Outcome = Literal["fired", "shadow", "off here", "not fired", "not in the ruleset"]


class Made(Struct, frozen=True):
    """A stored assessment with what was kept beside it. `as_of` is the moment up to which anything was known; `events`
    are those of the booking up to this version that are kept, `forgotten` when the others were assessed."""

    assessment: Assessment
    signals: bytes | None
    as_of: datetime
    events: Sequence[Arrived] = ()
    forgotten: Sequence[datetime] = ()


class Held(Struct, frozen=True):
    """The ruleset of then as far as it is to be had. `origin` says where it came from; without a `program`, `missing`
    says why and what to do."""

    program: Program | None
    origin: str = ""
    missing: str = ""


class RuleTold(Struct, frozen=True):
    """What one rule came to. Its points count when it fired; `floor` and `ceiling` are its bands, `None` for none."""

    rule_id: str
    title: str
    outcome: Outcome
    points: int
    floor: Decision | None = None
    ceiling: Decision | None = None
    evidence: list[str] = []


class EntryMet(Struct, frozen=True):
    """An entry of a list that the booking met, and the decision that it asks for."""

    entry_id: str
    list_name: ListName
    band: Decision
    title: str = ""
    evidence: list[str] = []


class RulesetTold(Struct, frozen=True):
    """By what it was judged. `fingerprint` has all 64 characters when the ruleset is to be had, else the first 12."""

    name: str
    version: str
    fingerprint: str
    origin: str


class Again(Struct, frozen=True):
    """Judged again. `same` is `None` when that could not be done; `why` then says what is missing."""

    same: bool | None
    differences: list[str] = []
    why: str = ""


class Explanation(Struct, frozen=True, kw_only=True):
    """All there is to say of one stored assessment, without anything that names or places a person. `booking` is what
    is kept of its events, `None` when nothing is; `forgotten` says whether some or all were deleted. `unknown` are
    signals that were asked for and not known, `unread` those that the ruleset does not ask for. `otherwise` are signals
    of the booking alone that read otherwise from its events now than they were stored; `None` when that can't be
    tried."""

    assessment: Assessment
    ruleset: RulesetTold
    booking: list[Part] | None
    forgotten: bool
    pickup: StopPremises
    dropoff: StopPremises
    signals: list[told.Shown]
    unknown: list[str]
    unread: list[str]
    otherwise: list[str] | None
    rules: list[RuleTold]
    steps: list[Step]
    lists: list[EntryMet]
    overrides: Overrides | None
    scorecard: CardScore | None
    again: Again


def read_stored(signals: bytes | None) -> Stored | None:
    """What was kept beside an assessment; `None` when there is nothing, or nothing that can be read."""
    if signals is None:
        return None
    try:
        return msgspec.json.decode(signals, type=Stored)
    except msgspec.MsgspecError:
        return None


def explain(made: Made, stored: Stored | None, held: Held) -> Explanation:
    """Explain one assessment. Without what was kept beside it, or without its ruleset, what is left is explained."""
    given = made.assessment
    again, run = _again(given, stored, held)
    program = held.program
    kept = stored if stored is not None else Stored({})
    asked = program.signals if program is not None else tuple(TYPES)
    facts = _facts(made)
    return Explanation(
        assessment=given,
        ruleset=RulesetTold(
            given.ruleset.name,
            given.ruleset.version,
            program.ruleset.fingerprint if program is not None else kept.by,
            held.origin,
        ),
        booking=redacted(facts.booking) if facts is not None else None,
        forgotten=bool(made.forgotten),
        pickup=given.premises.pickup,
        dropoff=given.premises.dropoff,
        signals=told.shown(kept.signals, facts),
        unknown=told.unknown(kept.signals, asked),
        unread=[name for name in TYPES if name not in asked and name not in kept.signals],
        otherwise=told.read_otherwise(kept.signals, facts, asked) if facts is not None and run is not None else None,
        rules=_rules(given.reasons, run, program) if run is not None and program is not None else _given(given.reasons),
        steps=steps(run, kept) if run is not None else [],
        lists=_entries(kept, given.reasons),
        overrides=kept.overrides,
        scorecard=kept.scorecard,
        again=again,
    )


def _again(given: Assessment, stored: Stored | None, held: Held) -> tuple[Again, Rerun | None]:
    if stored is None:
        return Again(None, why="the signals that it was made of are not stored, or can't be read"), None
    if held.program is None:
        return Again(None, why=held.missing), None
    if wrong := misfits(stored.signals):
        return Again(False, wrong), None
    run = rerun(held.program, stored, given.operator_id)
    found = differences(run, stored, given)
    return Again(not found, found), run


def _facts(made: Made) -> Facts | None:
    """The booking of that version as it was judged: its places are what they were taken for then."""
    state = fold_all(made.events, begun(made.forgotten))
    if state is None:
        return None
    facts = Facts(state, made.as_of)
    facts.pickup = _as_judged(facts.pickup, made.assessment.premises.pickup)
    facts.dropoff = _as_judged(facts.dropoff, made.assessment.premises.dropoff)
    return facts


def _as_judged(words: StopJudgement, then: StopPremises) -> StopJudgement:
    known_place = then.source in ("lookup", "history")
    return msgspec.structs.replace(
        words,
        kind=then.kind,
        residential=then.residential,
        source=then.source,
        confidence=then.confidence,
        vague_place=words.vague_place and not known_place,
    )


def _rules(given: Sequence[Reason], run: Rerun, program: Program) -> list[RuleTold]:
    """Every rule of the ruleset: those that count first, strongest first; then those reasons that no rule is for."""
    evidence = {reason.rule_id: reason.evidence for reason in given}
    outcomes: dict[str, Outcome] = {compiled.rule.id: "off here" for compiled in run.of_ruleset.fired}
    outcomes |= {compiled.rule.id: "shadow" for compiled in run.by_rules.shadow}
    outcomes |= {compiled.rule.id: "fired" for compiled in run.by_rules.fired}
    rules = [
        RuleTold(
            rule.id, rule.title, outcomes.get(rule.id, "not fired"), rule.points, rule.band_floor, rule.band_ceiling,
            evidence.get(rule.id, []) if rule.id in outcomes else [],
        )
        for rule in program.ruleset.rules
    ]  # fmt: skip
    known = {rule.rule_id for rule in rules}
    rules += [rule for rule in _given(given, "not in the ruleset") if rule.rule_id not in known]
    order: tuple[Outcome, ...] = ("fired", "off here", "shadow", "not in the ruleset", "not fired")
    return sorted(rules, key=lambda rule: (order.index(rule.outcome), -_weight(rule)))


def _weight(rule: RuleTold) -> int:
    return abs(rule.points) + (100 * rank(rule.floor) if rule.floor is not None else 0)


def _given(reasons: Iterable[Reason], outcome: Outcome = "fired") -> list[RuleTold]:
    """The rules as the assessment itself gave them as reasons."""
    return [
        RuleTold(one.rule_id, one.title, outcome, one.points, evidence=one.evidence)
        for one in reasons
        if not one.rule_id.startswith(PREFIX)
    ]


def _entries(stored: Stored, reasons: Iterable[Reason]) -> list[EntryMet]:
    said = {reason.rule_id.removeprefix(PREFIX): reason for reason in reasons if reason.rule_id.startswith(PREFIX)}
    return [
        EntryMet(
            entry_id,
            name,
            band,
            said[entry_id].title if entry_id in said else "",
            said[entry_id].evidence if entry_id in said else [],
        )
        for entry_id, name, band in stored.listed
    ]
