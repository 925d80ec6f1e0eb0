"""The notifier's figures as a section of docs/benchmarks.md."""

from __future__ import annotations

import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.warning import Steady, WarningFigures

_DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_TITLE = "## The warning"
_NAMES = {"webhook": "the operator's system", "dispatch_note": "the driver, by note", "sms": "the driver, by text"}


def section(figures: WarningFigures) -> str:
    """The section, with its title."""
    steady, drain = figures.steady, figures.drain
    rows = "\n".join(f"| {_NAMES[name]} | {_row(times)} |" for name, times in steady.each.items())
    others = "\n".join(
        f"| {_NAMES[name]} | {_ms(well)} | {_ms(hung)} | {(hung / well - 1) * 100:+.0f} % | {runs} |"
        for name, well, hung, runs in _others(figures)
    )
    late = drain.alerts - drain.in_time
    half, most, last = _at(drain.first, 0.5), _at(drain.first, 0.99), max(drain.first, default=0.0)
    return f"""
{_TITLE}
The notifier alone: decisions put on the topic as the scorer would, five operators with the product's own ladder
(webhook, note and text at once, the dispatcher by text after a third of the time), receivers on loopback. Measured from
the decision to the request at the receiver.

**{steady.per_s} alerts/s with {steady.open_before:,} open** ({steady.decided:,} alerts):

| decision → first attempt | n | p50 | p99 | worst |
|---|---:|---:|---:|---:|
| on any channel | {_row(steady.any_channel)} |
{rows}

**{drain.alerts:,} alerts at once, all due {drain.window_s:.0f} s later**: {drain.in_time:,} were attempted before their
deadline ({drain.in_time / drain.alerts:.2%}; {late:,} were not). Half of them had been after {half:.1f} s, 99 % after
{most:.1f} s, the last after {last:.1f} s. {drain.messages:,} messages had been sent when the time was over.

**Texts hang, and what that does to the others** at {steady.per_s} alerts/s, {len(figures.well)} rounds each in turns:

| p99 of | all well | texts hanging | change | each round |
|---|---:|---:|---:|---|
{others}
"""


def write(text: str) -> None:
    """Put the section in its place in the document, or at its end."""
    page = _DOCUMENT.read_text()
    kept = re.sub(rf"\n{_TITLE}\n.*?(?=\n## |\Z)", "", page, flags=re.DOTALL)
    _DOCUMENT.write_text(kept.rstrip("\n") + "\n" + text)


def _others(figures: WarningFigures) -> list[tuple[str, float, float, str]]:
    """Channels that did not hang: p99 over all rounds of both kinds, and of each round."""
    found = []
    for name in ("webhook", "dispatch_note"):
        well, hung = _all(figures.well, name), _all(figures.hanging, name)
        pairs = zip(figures.well, figures.hanging, strict=True)
        runs = ", ".join(f"{_at(one.each[name], 0.99):.0f}/{_at(two.each[name], 0.99):.0f}" for one, two in pairs)
        found.append((name, _at(well, 0.99), _at(hung, 0.99), runs))
    return found


def _all(rounds: list[Steady], name: str) -> list[float]:
    return [time for one in rounds for time in one.each[name]]


def _row(times: list[float]) -> str:
    return f"{len(times):,} | {_ms(_at(times, 0.5))} | {_ms(_at(times, 0.99))} | {_ms(max(times, default=0.0))}"


def _ms(value: float) -> str:
    return f"{value:,.0f} ms"


def _at(values: list[float], share: float) -> float:
    """The value below which `share` of them lie; 0 of too few."""
    if len(values) < 2:
        return 0.0
    return statistics.quantiles(values, n=1000, method="inclusive")[min(998, int(share * 1000) - 1)]
