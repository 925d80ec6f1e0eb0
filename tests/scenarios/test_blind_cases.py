"""Cases by fourteen authors who had not seen a rule or a phrase: what wording nobody thought of does to the scorer.

They are looked at as a whole, not one by one: a rule bent to please a single case would please nobody else. The first
time they were run, set A reached 76 % of its scams and set B 86 %, with 5 of 86 look-alikes above their limit in
each; set C reached 85 % (100 of 117), with 14 of 116 look-alikes above. Set D was written when the rules had learnt
from those three, and reached 86 % (55 of 64), with 1 of 130 look-alikes above. Set E was run when they had learnt
from D as well, and reached 96 % (70 of 73), with 1 of 126 look-alikes above. Set F was run when nothing had been
changed for E: 96 % (74 of 77), with 9 of 120 look-alikes above. It has since been looked at, by the cause and not by
the case: 77 of 77, with 4 above, of which three are labels that few dispatchers would hold to. Set G reached 90 %
(119 of 132), with 6 of 140 above, and has been looked at in the same way: 131, with 2 above. Left as they are: a
card's token at two firms, which need not mean the same card; a phone to a hotel's back door and rings to a church,
fetched by strangers. Set H reached 93 % (127 of 137), with 7 of 140 above, and has been looked at in the same way:
135, with 2 above. Left as they are: a retirement flat that the operator itself calls a business, a number that was
another home's on a street that may be shops; papers for a court counter far away, and insulin that a guest of a hotel
has fetched. Set I reached 93 % (148 of 159) with none of 148 above when it was first run, and 98 % (156) after the
same: left are things fetched from far away to a guest's own door, the fourth envelope of a victim who has been
coached for weeks, and a home that is dressed up as a firm. Set J reached 90 % (81 of 90) with 5 of 132 above when it
was first run. Set K, of two more authors and written when the points had been set, reached 88 % (113 of 129) with 3
of 138 above, and has been looked at like the others: 127, with the same 3 above: a passport to a train, a ride to a
bank with the car waiting and papers "of the police", which domain knowledge warns about. Left are a forwarder who
shows a code in place of a name, and a second car that is ordered from afar for a man who has just got out of a first.

Then points were set against ordinary fortnights (ADR 0083): of all ten sets some scams fewer are met and half as many
look-alikes are above their limit. What is held here is what they reach since.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest

from pickupctl.evaluate.cases import Totals, read_cases, run_cases, total
from pickupctl.evaluate.engine import engine
from tests.shipped import PROGRAM

_FOLDER = Path(__file__).parents[1] / "fixtures" / "blind"


class Measured(NamedTuple):
    """A set's totals and what it is held to."""

    found: Totals
    met_at_least: float
    above_at_most: int


#: Of each set, the share of scams to be met at least and the look-alikes above their limit at most.
_HOLDS = {
    "a": (0.95, 0),
    "b": (0.95, 0),
    "c": (0.95, 1),
    "d": (0.95, 0),
    "e": (0.95, 0),
    "f": (0.97, 4),
    "g": (0.98, 0),
    "h": (0.98, 1),
    "i": (0.97, 0),
    "j": (0.97, 2),
    "k": (0.98, 3),
}


@pytest.fixture(scope="module", params=sorted(_HOLDS))
def totals(request: pytest.FixtureRequest) -> Measured:
    cases = list(read_cases(sorted(_FOLDER.glob(f"{request.param}_*.jsonl"))))

    async def judge() -> Totals:
        async with engine(PROGRAM) as run:
            return total(cases, [result async for result in run_cases(run, cases)])

    return Measured(asyncio.run(judge()), *_HOLDS[request.param])


def test_most_scams_reach_what_their_case_asks_for(totals: Measured) -> None:
    assert totals.found.scams > 60
    assert totals.found.scams_met / totals.found.scams >= totals.met_at_least


def test_few_look_alikes_are_above_their_limit(totals: Measured) -> None:
    assert totals.found.lookalikes >= 86
    assert totals.found.lookalikes_above_limit <= totals.above_at_most
