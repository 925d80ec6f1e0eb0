"""Rules alone: how many assessments a second one core makes of signals that are already read."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from msgspec import Struct

from pickup_runtime.collector import calm
from risk_scorer.facts import Facts
from risk_scorer.merge import fold
from risk_scorer.policy import shipped
from risk_scorer.policy.compile import reasons
from risk_scorer.signals.catalogue import Reader, evidence_of
from tests.benchmarks.population import Population


class EngineFigures(Struct, frozen=True):
    rules: int
    signals: int
    with_reasons_per_s: float
    with_signals_per_s: float


def measure(bookings: int = 4000) -> EngineFigures:
    """The shipped ruleset over ordinary bookings: rules with reasons, then the same with reading the signals."""
    program = shipped.program()
    now = datetime.now(UTC)
    events = [booked.event for booked in Population(now).draw(bookings)]
    facts = [Facts(fold(None, event), now) for event in events]
    reader = Reader(program.signals)
    read = [reader.read(one) for one in facts]
    calm()
    started = time.perf_counter()
    for one, values in zip(facts, read, strict=True):
        verdict = program.evaluate(values)
        reasons(verdict, {fired.rule.id: evidence_of(fired.signals, one) for fired in verdict.fired})
    rules_s = time.perf_counter() - started
    started = time.perf_counter()
    for event in events:
        one = Facts(fold(None, event), now)
        verdict = program.evaluate(reader.read(one))
        reasons(verdict, {fired.rule.id: evidence_of(fired.signals, one) for fired in verdict.fired})
    whole_s = time.perf_counter() - started
    return EngineFigures(len(program.rules), len(program.signals), len(events) / rules_s, len(events) / whole_s)
