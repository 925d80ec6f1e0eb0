"""The stored signals through the ruleset of then: what came to what, and whether it is the answer that was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from pickup_contracts.assessment import Assessment, Decision, assessment_id, rank
from risk_scorer.past import Stored
from risk_scorer.policy.compile import Program, reasons, unknown_signals
from risk_scorer.policy.lists import PREFIX, apply
from risk_scorer.policy.overrides import as_then
from risk_scorer.policy.values import Value
from risk_scorer.policy.verdict import CompiledRule, Scale, Verdict
from risk_scorer.signals.catalogue import TYPES


class Step(Struct, frozen=True):
    """One step from points to decision: what was done, and what the score and the decision were after it."""

    what: str
    score: int
    decision: Decision


class Rerun(Struct, frozen=True):
    """`of_ruleset` is the ruleset's own verdict, `by_rules` the one under the operator's overrides, `verdict` the one
    with the lists over it; `scale` is that of the operator."""

    of_ruleset: Verdict
    by_rules: Verdict
    verdict: Verdict
    scale: Scale


def misfits(signals: Mapping[str, Value]) -> list[str]:
    """What of stored signals can't be: no such signal, or a value of another type than the signal has."""
    wrong = [f"{name} is no signal of this version" for name in signals if name not in TYPES]
    for name, value in signals.items():
        kind = TYPES.get(name)
        if kind is not None and type(value) is not kind and not (kind is float and type(value) is int):
            wrong.append(f"{name} is stored as {type(value).__name__} and must be {kind.__name__}")
    return wrong


def rerun(program: Program, stored: Stored, operator_id: str) -> Rerun:
    """Judge the stored signals again. Only for those of which `misfits` says nothing."""
    signals = {**unknown_signals(TYPES), **stored.signals}
    signals.update({name: float(value) for name, value in stored.signals.items() if TYPES[name] is float})
    of_ruleset = by_rules = program.evaluate(signals)
    scale = program.scale
    if stored.overrides is not None:
        own = as_then(program, operator_id, stored.overrides)
        by_rules, scale = own.rejudge(of_ruleset), own.scale
    asked = [(name, band) for _, name, band in stored.listed]
    return Rerun(of_ruleset, by_rules, apply(by_rules, asked, scale), scale)


def steps(run: Rerun, stored: Stored) -> list[Step]:
    """From the points of the rules that count to the decision: only what changed anything, after the sum."""
    fired, scale = run.by_rules.fired, run.scale
    total = sum(compiled.rule.points for compiled in fired)
    said = f"{len(fired)} rules add up to {total:+d} points" if len(fired) != 1 else f"1 rule gives {total:+d} points"
    score = max(0, min(100, total))
    said += f", counted as {score}" if score != total else ""
    made = [Step(said if fired else "no rule fired", score, scale.band(score))]

    def then(what: str, now: int) -> None:
        nonlocal score
        if now != score:
            score = now
            made.append(Step(what, score, scale.band(score)))

    ceilings = [compiled for compiled in fired if compiled.rule.band_ceiling is not None]
    if ceilings:
        lowest = min((_band(one.rule.band_ceiling) for one in ceilings), key=rank)
        by = _named(one for one in ceilings if one.rule.band_ceiling == lowest)
        then(f"held down to {_words(lowest)} by {by}", scale.at_most(score, lowest))
    if run.by_rules.floor is not None:
        by = _named(one for one in fired if one.rule.band_floor == run.by_rules.floor)
        then(f"lifted to {_words(run.by_rules.floor)} by {by}", scale.at_least(score, run.by_rules.floor))
    if stored.listed:
        watched = any(name == "watch" for _, name, _ in stored.listed)
        then("lifted by the watch list" if watched else "held down by the trust list", run.verdict.score)
    return made


def differences(run: Rerun, stored: Stored, given: Assessment) -> list[str]:
    """How the answer of now is not the one that was given, in sentences; none of them: it is the same."""
    return list(_differences(run, stored, given))


def _differences(run: Rerun, stored: Stored, given: Assessment) -> Iterator[str]:
    verdict = run.verdict
    for what, then, now in (
        ("decision", given.decision, verdict.decision),
        ("score", given.score, verdict.score),
        ("pattern", given.pattern, verdict.pattern),
    ):
        if then != now:
            yield f"{what}: {_words(str(then))} then, {_words(str(now))} now"
    was = {reason.rule_id: reason for reason in given.reasons if not reason.rule_id.startswith(PREFIX)}
    now_fired = {reason.rule_id: reason for reason in reasons(verdict, {})}
    if gone := [name for name in was if name not in now_fired]:
        yield f"given as reasons then, and not true of the stored signals: {', '.join(gone)}"
    if come := [name for name in now_fired if name not in was]:
        yield f"true of the stored signals, and not given as reasons then: {', '.join(come)}"
    for name, reason in was.items():
        again = now_fired.get(name)
        if again is not None and again.points != reason.points:
            yield f"{name}: {reason.points:+d} points then, {again.points:+d} now"
        if again is not None and again.title != reason.title:
            yield f"{name}: another title then than in the ruleset"
    shadow = {compiled.rule.id for compiled in verdict.shadow}
    if shadow != set(stored.shadow):
        yield f"rules in shadow: {', '.join(stored.shadow) or 'none'} then, {', '.join(sorted(shadow)) or 'none'} now"
    entries = {reason.rule_id.removeprefix(PREFIX) for reason in given.reasons if reason.rule_id.startswith(PREFIX)}
    if entries != {entry_id for entry_id, _, _ in stored.listed}:
        yield "the list entries among the reasons are not those that were kept as met"
    yield from _other_id(stored, given)


def _other_id(stored: Stored, given: Assessment) -> Iterator[str]:
    edition = stored.edition or stored.by
    if not edition.startswith(stored.by) or given.assessment_id != assessment_id(
        given.operator_id, given.booking_id, given.booking_version, edition
    ):
        yield "the assessment's id is not that of this booking, this version and this policy"


def _band(band: Decision | None) -> Decision:
    assert band is not None
    return band


def _named(rules: Iterator[CompiledRule]) -> str:
    return ", ".join(compiled.rule.id for compiled in rules)


def _words(name: str) -> str:
    return name.replace("_", " ")
