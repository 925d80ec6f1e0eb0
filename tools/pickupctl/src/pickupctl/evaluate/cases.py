"""Labelled cases: each in an empty history, judged by the highest decision that its booking reached in time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from pickup_contracts.assessment import DECISIONS, Assessment, Decision, rank
from pickup_contracts.booking import AFTER_COLLECTION, BookingEvent
from pickup_contracts.codec import decode_booking
from pickup_contracts.errors import ContractError
from pickupctl.errors import InputFault
from pickupctl.evaluate.engine import Engine


class Expect(Struct, frozen=True):
    """`None` asks for nothing. `by_event` counts the case's events from 1."""

    at_least: Decision | None = None
    at_most: Decision | None = None
    by_event: int | None = None


class Case(Struct, frozen=True):
    """One line of a labelled file; keys that are not named here are ignored."""

    case_id: str
    label: str
    pattern: str
    judge: str
    expect: Expect
    events: list[dict[str, Any]]
    history: list[dict[str, Any]] = []
    title: str = ""
    family: str = ""
    undetectable_at_booking: bool = False


class Result(Struct, frozen=True):
    """What a case came to. `reasons` are the rules of the assessment that reached `decision` first."""

    case_id: str
    label: str
    decision: Decision
    score: int
    pattern: str
    reasons: list[str]
    meets: bool
    expected: str
    family: str
    title: str


def read_cases(paths: Sequence[Path]) -> Iterator[Case]:
    """Cases from files.

    Raises:
        InputFault: naming file, line and field.
    """
    for path in paths:
        try:
            # Not `splitlines`: a text may hold what Unicode calls a line separator.
            lines = path.read_bytes().split(b"\n")
        except OSError as error:
            raise InputFault(f"{path}: {error.strerror}") from None
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield msgspec.json.decode(line, type=Case)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    raise InputFault(f"{path}, line {number}: not a labelled case: {error}") from None


async def run_cases(engine: Engine, cases: Sequence[Case]) -> AsyncIterator[Result]:
    """Judge cases one after the other."""
    for case in cases:
        await engine.forget()
        yield await _run(engine, case)


async def _run(engine: Engine, case: Case) -> Result:
    # The firms of one case have opted in to links with each other.
    scorer = engine.scorer(opted_in=lambda _: True)
    best: Assessment | None = None
    last = _last_judged(case)
    for index, raw in enumerate([*case.history, *case.events]):
        number = index - len(case.history) + 1
        event = _event(case, raw, number)
        operator = event.operator_id
        if operator is UNSET:
            raise InputFault(f"{case.case_id}: event {number}: operator_id: is required in a case")
        (answer,) = await scorer.assess([engine.incoming(event, operator)])
        made = [answer.result, *await scorer.again()]
        for one in made if 1 <= number <= last else ():
            if one is None or f"{one.operator_id}/{one.booking_id}" != case.judge:
                continue
            if best is None or one.score > best.score:
                best = one
    return _result(case, best)


def _last_judged(case: Case) -> int:
    """The number of the last event that counts."""
    if case.expect.by_event is not None:
        return case.expect.by_event
    for number, raw in enumerate(case.events, 1):
        if f"{raw.get('operator_id')}/{raw.get('booking_id')}" == case.judge and raw.get("status") in AFTER_COLLECTION:
            return number - 1
    return len(case.events)


def _event(case: Case, raw: dict[str, Any], number: int) -> BookingEvent:
    try:
        return decode_booking(json.dumps(raw).encode())
    except ContractError as error:
        raise InputFault(f"{case.case_id}: event {number}: {error}") from None


def _result(case: Case, best: Assessment | None) -> Result:
    decision: Decision = best.decision if best is not None else DECISIONS[0]
    expect = case.expect
    low = expect.at_least is None or rank(decision) >= rank(expect.at_least)
    high = expect.at_most is None or rank(decision) <= rank(expect.at_most)
    wanted = [f"at least {expect.at_least}"] if expect.at_least else []
    wanted += [f"at most {expect.at_most}"] if expect.at_most else []
    return Result(
        case_id=case.case_id,
        label=case.label,
        decision=decision,
        score=best.score if best is not None else 0,
        pattern=best.pattern if best is not None else "none",
        reasons=[reason.rule_id for reason in best.reasons] if best is not None else [],
        meets=low and high,
        expected=", ".join(wanted) or "nothing visible",
        family=case.family,
        title=case.title,
    )


class PatternTotal(Struct):
    """Scams of one shape: how many were asked for at each band, and how many reached it."""

    cases: int = 0
    review: int = 0
    warn: int = 0
    undetectable: int = 0


class Totals(Struct):
    """The sum of a run. Recall counts the scams that something visible distinguishes."""

    cases: int
    short: int
    scams: int
    scams_met: int
    recall_review: float
    recall_warn: float
    lookalikes: int
    lookalikes_above_limit: int
    patterns: dict[str, PatternTotal]


def total(cases: Sequence[Case], results: Sequence[Result]) -> Totals:
    """Recall per pattern at `review` and at `warn`, and look-alikes above their limit."""
    patterns: dict[str, PatternTotal] = {}
    for case, result in zip(cases, results, strict=True):
        if case.label != "scam":
            continue
        row = patterns.setdefault(case.pattern, PatternTotal())
        if case.expect.at_least is None:
            row.undetectable += 1
            continue
        row.cases += 1
        row.review += rank(result.decision) >= rank("review")
        row.warn += rank(result.decision) >= rank("warn")
    visible = sum(row.cases for row in patterns.values())
    legitimate = [result for result in results if result.label != "scam"]
    asked = [
        result for case, result in zip(cases, results, strict=True) if case.label == "scam" and case.expect.at_least
    ]
    return Totals(
        cases=len(results),
        short=sum(not result.meets for result in results),
        scams=visible,
        scams_met=sum(result.meets for result in asked),
        recall_review=sum(row.review for row in patterns.values()) / visible if visible else 1.0,
        recall_warn=sum(row.warn for row in patterns.values()) / visible if visible else 1.0,
        lookalikes=len(legitimate),
        lookalikes_above_limit=sum(not result.meets for result in legitimate),
        patterns=patterns,
    )
