"""The figures as a page."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from tests.benchmarks.durable import Case
from tests.benchmarks.engine import EngineFigures
from tests.benchmarks.latency import WARM_S, LatencyFigures, percentile
from tests.benchmarks.side_by_side import SideBySide, Timed

_LOOPS = {"faust": "faust worker", "plain": "plain aiokafka loop", "quix": "Quix Streams"}


class Figures(Struct, frozen=True):
    """All that a run of `make bench` found. `small` and `large` are stores, in sightings; `seeded_s` how long the
    large one took to fill; `left_out` loops and why."""

    small: int
    large: int
    seeded_s: float
    bookings: int
    alone: EngineFigures
    engines: SideBySide
    cases: list[Case]
    left_out: dict[str, str]
    line: LatencyFigures


def document(found: Figures) -> str:
    """The page, whole."""
    line, alone, engines = found.line, found.alone, found.engines
    cases = {(case.loop, case.sightings): case for case in found.cases}
    few, many = cases[("faust", found.small)], cases[("faust", found.large)]
    refused = sum(count for status, count in line.answers.items() if status != 202)
    return f"""# Benchmarks

Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}. Broker, database, services and the load
generator share the machine. {_how()}
Figures of another machine differ; ratios differ less. `make bench ARGS=--quick` sees in two minutes that it runs;
`ARGS=--full` takes five rounds in place of two.

## Rules alone, one core
The same {engines.rules} rules of the shipped ruleset, over {engines.signals} signals that are already read, in every
engine: which of them fire on a booking, with title and points. Before timing, all engines gave the same answers on
{engines.bookings:,} bookings, one in five of them scam-shaped, and on {engines.agreed - engines.bookings:,} made-up
combinations of signals; {engines.fired} of the rules fired on some of them. In turns, pinned to one core; median of
{max(len(one.per_s) for one in engines.engines)} runs.

| engine | how | assessments/s |
|---|---|---:|
{_lines(_engine(one) for one in engines.engines)}

The other two give rules alone; Pickup Guard's figures hold the decision and the words of evidence too. CEL is
type-checked when a ruleset is loaded and can only compute; an ezrules rule is Python with all that Python may do.

All {alone.rules} rules over {alone.signals} signals, with reasons, on ordinary bookings:
{alone.with_reasons_per_s:,.0f}/s; with merging, text, premises and signals of a new booking:
{alone.with_signals_per_s:,.0f}/s.

## Durable path, one worker
{found.bookings:,} new bookings from Kafka through merge, sightings, history, all signals, {alone.rules} rules and
assessment to Kafka, committed. What is stored before: sightings of the last 30 days (the large store filled in
{found.seeded_s:,.0f} s by COPY), and the marks, words on places, bookings and steps that belong to them. The scorer's
own code makes them of made-up bookings of the same 100,000 homes and 3,000 firms; they are then multiplied, so that a
home is met as rarely in either store, and a firm or a busy street more often as the store grows. Each run has a broker
and a copy of the store of its own, in turns. Before it the copy's indexes are read once, as a server has them in memory
that has run for some hours; the first 15 % of bookings are not counted. Cost is the time from one booking to the next;
beside it stands the processor time that worker and database took of it.

| loop | stored sightings | bookings/s | cost a booking | of worker | of database | runs |
|---|---:|---:|---:|---:|---:|---|
{_lines([*map(_case, found.cases), *(_left_out(loop, why) for loop, why in found.left_out.items())])}

From {found.small:,} to {found.large:,} sightings a booking costs the faust worker × {many.cost_us / few.cost_us:.2f};
in processor time, × {(many.worker_us + many.database_us) / max(1.0, few.worker_us + few.database_us):.2f}.

The loops run the same batch path (`BatchProcessor`) with the same store, engine and producer, and acknowledge a
booking once its assessment is committed and published: faust, with four batches of 250 in flight, at its commit every
second; the plain loop after each batch of 500, in two halves side by side; Quix Streams likewise, at its checkpoint.
Quix hands over one message at a time, so the path stands in a sink (`tests/benchmarks/quix_worker.py`). The faust
worker also follows operators and outcomes and serves its metrics, as the product does.

## The whole line at {line.asked_per_s} bookings/s
{line.answers.get(202, 0):,} bookings accepted at {line.per_s:,.0f}/s ({refused} refused), one in a hundred scam-shaped,
by all three services, with {found.large:,} sightings stored. The first {WARM_S} seconds are not counted:
the processes have just begun then, and of the copy of the store only the indexes are in memory.

| from → to | n | p50 | p99 | worst |
|---|---:|---:|---:|---:|
| accepted → assessment committed and published | {_spread(line.assessed)} |
| assessment → the alert's first attempt | {_spread(line.attempted)} |
"""


def _engine(one: Timed) -> str:
    figure = f"{one.median:,.0f}" if one.per_s else f"left out: {one.left_out}"
    return f"| {one.name} | {one.how} | {figure} |"


def _case(case: Case) -> str:
    runs = ", ".join(f"{run.per_s:,.0f}" for run in case.runs)
    return (
        f"| {_LOOPS[case.loop]} | {case.sightings:,} | {case.per_s:,.0f} | {case.cost_us:,.0f} µs "
        f"| {case.worker_us:,.0f} µs | {case.database_us:,.0f} µs | {runs} |"
    )


def _left_out(loop: str, why: str) -> str:
    return f"| {_LOOPS[loop]} | – | left out: {why} | – | – | – | – |"


def _spread(values: Sequence[float]) -> str:
    if len(values) < 2:
        return f"{len(values)} | – | – | –"
    p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
    return f"{len(values):,} | {p50:,.0f} ms | {p99:,.0f} ms | {max(values):,.0f} ms"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _how() -> str:
    """How the scorer runs here."""
    found = find_spec("risk_scorer.judging")
    if found is not None and found.origin is not None and not found.origin.endswith(".py"):
        return "The scorer is compiled, as in its image (ADR 0074)."
    return "The scorer is plain Python here: no C compiler was found, which its image has."


def _machine() -> str:
    """The machine in a line."""
    model = "unknown processor"
    for text in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if text.startswith("model name"):
            model = text.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores of {model}, {platform.system()}, Python {platform.python_version()}"
