"""Cases by three authors who had not seen a rule or a phrase: what wording nobody thought of does to the scorer.

They are looked at as a whole, not one by one: a rule bent to please a single case would please nobody else. The first
time they were run, set A reached 76 % of its scams and set B 86 %, with 5 of 86 look-alikes above their limit in each;
set C, which came last, reached 85 % (100 of 117), with 14 of 116 look-alikes above.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pickupctl.evaluate.cases import Totals, read_cases, run_cases, total
from pickupctl.evaluate.engine import engine
from risk_scorer.policy import shipped

_FOLDER = Path(__file__).parents[1] / "fixtures" / "blind"


@pytest.fixture(scope="module", params=["a", "b", "c"])
def totals(request: pytest.FixtureRequest) -> Totals:
    cases = list(read_cases(sorted(_FOLDER.glob(f"{request.param}_*.jsonl"))))

    async def judge() -> Totals:
        async with engine(shipped.program()) as run:
            return total(cases, [result async for result in run_cases(run, cases)])

    return asyncio.run(judge())


def test_most_scams_reach_what_their_case_asks_for(totals: Totals) -> None:
    assert totals.scams > 70
    assert totals.scams_met / totals.scams >= 0.95


def test_few_look_alikes_are_above_their_limit(totals: Totals) -> None:
    assert totals.lookalikes >= 86
    assert totals.lookalikes_above_limit <= 3
