"""Every assessment of the labelled cases comes out again from its stored signals, and these from its stored events."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pickup_contracts.codec import decode_booking, encode
from pickupctl.evaluate.cases import Case, read_cases
from pickupctl.evaluate.engine import Engine, engine
from risk_scorer.explain.explained import Held, explain, read_stored
from risk_scorer.explain_store import ExplainStore
from tests.shipped import PROGRAM

CASES = Path(__file__).parents[1] / "fixtures" / "cases"


async def run(engine: Engine, case: Case) -> set[tuple[str, str]]:
    """Assess a whole case; its bookings."""
    await engine.forget()
    scorer = engine.scorer(opted_in=lambda _: True)
    bookings = set()
    for raw in (*case.history, *case.events):
        event = decode_booking(encode(raw))
        operator = str(event.operator_id)
        await scorer.assess([engine.incoming(event, operator)])
        await scorer.again()
        bookings.add((operator, event.booking_id))
    return bookings


async def test_every_assessment_of_every_labelled_case_comes_out_again() -> None:
    wrong: list[str] = []
    seen: Counter[str] = Counter()
    async with engine(PROGRAM) as judged:
        store = ExplainStore(judged.pool)
        for case in read_cases(sorted(CASES.glob("*.jsonl"))):
            for booking in await run(judged, case):
                for row in await store.assessments(*booking):
                    made = await store.made(row)
                    found = explain(made, read_stored(row.signals), Held(PROGRAM))
                    seen[found.assessment.cause] += 1
                    if not found.again.same:
                        wrong.append(f"{case.case_id} version {row.version}: {found.again}")
                    if found.otherwise != []:
                        wrong.append(f"{case.case_id} version {row.version} reads otherwise: {found.otherwise}")
                    assert found.steps[-1].score == found.assessment.score
    assert wrong == []
    assert seen["booking_changed"] > 200
