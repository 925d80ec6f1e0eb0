"""Measure side by side on this machine, print the tables, and write `docs/benchmarks.md`."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import durable, engine, latency, warning, warning_report

_DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def main() -> None:
    """`--quick` takes a tenth of the load, to see that it runs; nothing is written then."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the load; writes nothing")
    quick = parser.parse_args().quick
    say("rules alone …")
    alone = engine.measure(500 if quick else 4000)
    say("durable path, faust and plain loop in turns …")
    path = durable.measure(2000 if quick else 20_000, rounds=1 if quick else 2)
    say("the whole line at 500 bookings/s …")
    line = latency.measure(50 if quick else 500, 8 if quick else 30)
    text = document(alone, path, line)
    say("the notifier alone: 20 alerts/s, 10,000 at once, a channel that hangs …")
    text += warning_report.section(warning.measure(warning.QUICK if quick else None))
    sys.stdout.write(text)
    if not quick:
        _DOCUMENT.write_text(text)
        say(f"written to {_DOCUMENT.relative_to(Path.cwd()) if _DOCUMENT.is_relative_to(Path.cwd()) else _DOCUMENT}")


def say(text: str) -> None:
    sys.stderr.write(f"· {text}\n")


def document(alone: engine.EngineFigures, path: durable.DurableFigures, line: latency.LatencyFigures) -> str:
    """The figures as a page."""
    faust, plain = statistics.median(path.faust_per_s), statistics.median(path.plain_per_s)
    taken = line.answers.get(202, 0)
    refused = sum(count for status, count in line.answers.items() if status != 202)
    return f"""# Benchmarks

Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {machine()}. Broker, database, services and the load
generator share the machine. Figures of another machine differ; ratios differ less.

## Rules alone, one core
| what | assessments/s |
|---|---:|
| {alone.rules} rules over {alone.signals} signals, with reasons | {alone.with_reasons_per_s:,.0f} |
| the same, with merging, text, premises and signals of a new booking | {alone.with_signals_per_s:,.0f} |

## Durable path, one worker
{path.bookings:,} new bookings from Kafka through merge, sightings, history, signals, {alone.rules} rules and assessment
to Kafka, committed; each run on a broker and a database of its own, in turns. Median of {len(path.faust_per_s)}.

| loop | bookings/s | runs | to plain |
|---|---:|---|---:|
| (a) faust worker | {faust:,.0f} | {", ".join(f"{rate:,.0f}" for rate in path.faust_per_s)} | {path.ratio:.2f} |
| (b) plain aiokafka loop | {plain:,.0f} | {", ".join(f"{rate:,.0f}" for rate in path.plain_per_s)} | 1.00 |

## The whole line at {line.asked_per_s} bookings/s
{taken:,} bookings accepted at {line.per_s:,.0f}/s ({refused} refused), one in a hundred scam-shaped.

| from → to | n | p50 | p99 | worst |
|---|---:|---:|---:|---:|
| accepted → assessment committed and published | {row(line.assessed)} |
| assessment → the alert's first attempt | {row(line.attempted)} |
"""


def row(values: list[float]) -> str:
    if len(values) < 2:
        return f"{len(values)} | – | – | –"
    p50, p99 = latency.percentile(values, 0.5), latency.percentile(values, 0.99)
    return f"{len(values):,} | {p50:,.0f} ms | {p99:,.0f} ms | {max(values):,.0f} ms"


def machine() -> str:
    """The machine in a line."""
    model = "unknown processor"
    for text in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if text.startswith("model name"):
            model = text.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores of {model}, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
