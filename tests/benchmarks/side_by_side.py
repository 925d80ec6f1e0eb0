"""Rule engines side by side: the same fifty rules on the same bookings, one core, the answers compared first."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import yaml
from msgspec import Struct

from pickup_runtime.collector import calm
from risk_scorer.facts import Facts
from risk_scorer.merge import fold
from risk_scorer.policy import shipped
from risk_scorer.policy.compile import Program, Value, load
from risk_scorer.signals.catalogue import TYPES, Reader
from tests.benchmarks.engines import Ask, Engine, Signals, ours, rivals
from tests.benchmarks.population import Population

RULES = 50
#: Values that no booking has are compared too, so that every rule fires somewhere.
_MADE_UP = 3000


class Timed(Struct, frozen=True):
    """An engine's figures; none when it was left out, and then why."""

    name: str
    how: str
    per_s: list[float]
    left_out: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.per_s)


class SideBySide(Struct, frozen=True):
    """`agreed` bookings on which all engines gave the same; `fired` of the rules fired on some of them."""

    rules: int
    signals: int
    bookings: int
    agreed: int
    fired: int
    engines: list[Timed]


def measure(bookings: int, rounds: int) -> SideBySide:
    """Assessments a second by each engine, in turns on one core; one booking in five is scam-shaped.

    Raises:
        RuntimeError: an engine's answer differs on some booking; it names the rules.
    """
    program = fifty()
    now = datetime.now(UTC)
    facts = [Facts(fold(None, booked.event), now) for booked in Population(now).draw(bookings, scam_every=5)]
    reader = Reader(program.signals)
    asked: list[tuple[Signals, Facts]] = [(reader.read(one), one) for one in facts]
    engines = [*ours(program), *rivals(program.rules)]
    ready = [(engine, engine.ask) for engine in engines if engine.ask is not None]
    compared = [*asked, *made_up(program, facts[0])]
    fired = agree(ready, compared)
    per_s: dict[str, list[float]] = {engine.how: [] for engine in engines}
    calm()
    with one_core():
        for _ in range(rounds):
            for engine, ask in ready:
                started = time.perf_counter()
                for signals, one in asked:
                    ask(signals, one)
                per_s[engine.how].append(len(asked) / (time.perf_counter() - started))
    timed = [Timed(one.name, one.how, per_s[one.how], one.left_out) for one in engines]
    return SideBySide(len(program.rules), len(program.signals), len(asked), len(compared), len(fired), timed)


def fifty() -> Program:
    """Fifty of the shipped rules, from its whole length: those over yes or no and over counts, which every engine can
    express."""
    document = yaml.safe_load(shipped.text())
    whole = shipped.program()
    plain = {
        one.rule.id
        for one in whole.rules
        if not one.rule.shadow and all(TYPES[name] in (bool, int) for name in one.signals)
    }
    # With its terms put in: the other engines have none, and most would be left without a rule that speaks of them.
    conditions = {one.rule.id: one.condition for one in whole.rules}
    rules = [{**rule, "when": conditions[rule["id"]]} for rule in document["rules"] if rule["id"] in plain]
    chosen = [rules[index * len(rules) // RULES] for index in range(RULES)]
    # An example may speak of signals that no chosen rule reads any more; the answers are compared instead.
    document["rules"] = [{name: value for name, value in rule.items() if name != "examples"} for rule in chosen]
    del document["terms"]
    return load(yaml.safe_dump(document, sort_keys=False), TYPES, source="fifty rules")


def made_up(program: Program, facts: Facts) -> list[tuple[Signals, Facts]]:
    """Signals by chance: from all unknown to nearly all there."""
    rng = random.Random(3)
    made: list[tuple[Signals, Facts]] = []
    for _ in range(_MADE_UP):
        share = rng.random()
        values: dict[str, Value] = {
            name: (rng.random() < share) if TYPES[name] is bool else rng.choice((0, 0, 1, 2, 3, 4, 14, 40))
            for name in program.signals
        }
        made.append((values, facts))
    return made


def agree(engines: Sequence[tuple[Engine, Ask]], asked: Sequence[tuple[Signals, Facts]]) -> set[str]:
    """The ids of the rules that fired, once every engine has given the same ones with the same titles and points.

    Raises:
        RuntimeError: one has not.
    """
    seen: set[str] = set()
    for signals, facts in asked:
        first, *others = [(engine, set(ask(signals, facts))) for engine, ask in engines]
        for engine, answer in others:
            if answer != first[1]:
                differ = sorted({rule for rule, *_ in answer ^ first[1]})
                raise RuntimeError(f"{engine.name} and {first[0].name} differ on {', '.join(differ)}")
        seen |= {rule for rule, *_ in first[1]}
    return seen


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, with its threads, to one core where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
