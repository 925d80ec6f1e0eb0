"""Labelled bookings through the real scorer: scams are seen, look-alikes are left in peace."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pickupctl.evaluate.cases import Case, Result, Totals, read_cases, run_cases, total
from pickupctl.evaluate.engine import engine
from tests.shipped import PROGRAM

_FILES = sorted((Path(__file__).parents[1] / "fixtures" / "cases").glob("*.jsonl"))


def _families() -> dict[str, str]:
    """Families of legitimate look-alikes, each by its number and the title of its first case."""
    named: dict[str, str] = {}
    for case in read_cases(_FILES):
        if case.label == "legitimate":
            named.setdefault(case.family, f"{case.family} {case.title}")
    return named


_FAMILIES = _families()


@pytest.fixture(scope="module")
def judged() -> tuple[list[Case], list[Result], Totals]:

    async def judge() -> list[Result]:
        async with engine(PROGRAM) as run:
            return [result async for result in run_cases(run, cases)]

    cases = list(read_cases(_FILES))
    results = asyncio.run(judge())
    return cases, results, total(cases, results)


def test_no_look_alike_is_above_its_limit(judged: tuple[list[Case], list[Result], Totals]) -> None:
    _, results, _ = judged
    above = [result.case_id for result in results if result.label == "legitimate" and not result.meets]
    assert above == []


def test_every_family_of_look_alikes_has_a_booking() -> None:
    """All that are known but one: a courier sent for evidence (N43) is warned about, whoever sends it."""
    assert {f"N{number:02}" for number in range(1, 45)} - {"N43"} <= set(_FAMILIES)


@pytest.mark.parametrize("family", _FAMILIES, ids=_FAMILIES.values())
def test_look_alike_stays_quiet(judged: tuple[list[Case], list[Result], Totals], family: str) -> None:
    """Every booking of the family stays at or below what its case allows: below an alert, and mostly below review."""
    cases, results, _ = judged
    mine = [
        (case, result)
        for case, result in zip(cases, results, strict=True)
        if case.family == family and case.label == "legitimate"
    ]
    assert mine
    for case, result in mine:
        assert case.expect.at_most in ("allow", "review"), "a look-alike that may alert is none"
        assert result.meets, f"{case.case_id}: {result.decision}, allowed: {result.expected}; {result.reasons}"


def test_scams_reach_what_their_case_asks_for(judged: tuple[list[Case], list[Result], Totals]) -> None:
    _, results, totals = judged
    short = [result.case_id for result in results if result.label == "scam" and not result.meets]
    assert totals.scams_met / totals.scams >= 0.9, short


def test_every_decision_names_its_reasons(judged: tuple[list[Case], list[Result], Totals]) -> None:
    _, results, _ = judged
    for result in results:
        assert result.decision == "allow" or result.reasons, result.case_id
