"""Running a backtest: over the bookings that are stored, or over files, with both rulesets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from pickup_contracts.assessment import Decision
from pickup_contracts.policy import OperatorOverrides
from pickup_runtime.postgres import Pool
from pickupctl.evaluate.cases import Result, Totals, read_cases, run_cases, total
from pickupctl.evaluate.engine import engine
from pickupctl.evaluate.traffic import Rates, read_events, run_traffic
from risk_scorer.errors import RulesetFault
from risk_scorer.past import ReadingAgain, pasts
from risk_scorer.policy import shipped
from risk_scorer.policy.backtest import Backtest, Report
from risk_scorer.policy.checked import HISTORY, checked
from risk_scorer.policy.compile import Program
from risk_scorer.policy_store import PolicyStore
from risk_scorer.signals.catalogue import TYPES

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
#: Of the rulesets that were published, how many are looked at for what they read.
_LOOKED_BACK = 50
#: Told how much of how much is done.
Progress = Callable[[int, int], None]


class CaseFlip(Struct):
    """A labelled case that the other ruleset decides otherwise."""

    case_id: str
    title: str
    label: str
    before: Decision
    after: Decision
    met_before: bool
    meets_after: bool


class CasesReport(Struct):
    """Labelled cases under both rulesets."""

    before: Totals
    after: Totals
    flips: list[CaseFlip]


async def over_stored(
    pool: Pool,
    before: Program,
    after: Program,
    overrides: Mapping[str, OperatorOverrides],
    *,
    since: datetime,
    operator_id: str | None,
    progress: Progress,
) -> tuple[Report, list[str]]:
    """Judge stored assessments by both rulesets; also the signals that were not kept and can't be read again.

    What was in the history then is as it was then: a booking that the other ruleset would have warned about is not
    among the warned-about links of later ones.
    """
    store = PolicyStore(pool)
    backtest = Backtest(before, after, TYPES, overrides)
    wanted = list(dict.fromkeys((*before.signals, *after.signals)))
    again = ReadingAgain(wanted, await _asked(store, after.ruleset.name), kept_not=HISTORY)
    steps = await store.count_assessed(since, operator_id)
    done = 0
    async for together in store.assessed(since, operator_id):
        for past in pasts(together, again):
            backtest.take(past)
        done += len(together)
        progress(done, steps)
    return backtest.report(), sorted(again.lost)


async def _asked(store: PolicyStore, name: str) -> dict[str, Collection[str]]:
    """Which signals each ruleset reads that workers may have used, by the beginning of its fingerprint."""
    programs = [shipped.program()]
    texts = {document.fingerprint: document.text for document in await store.history(name, most=_LOOKED_BACK)}
    for text in texts.values():
        try:
            programs.append(checked(text))
        except RulesetFault:
            # Of another version of Pickup Guard: what it read is read anew.
            continue
    return {program.ruleset.fingerprint[:12]: program.signals for program in programs}


async def over_traffic(
    before: Program, after: Program, overrides: Mapping[str, OperatorOverrides], path: Path, progress: Progress
) -> Report:
    """Run a file of events through the scorer with each ruleset in turn, each with an empty history at first: links to
    bookings that were warned about are those of its own warnings."""
    backtest = Backtest(before, after, TYPES, overrides)
    size = path.stat().st_size
    for number, program in enumerate((before, after)):
        async with engine(program) as run:
            scorer = run.scorer(opted_in=lambda _: False)
            async for done in run_traffic(scorer, read_events(run, path), Rates()):
                progress(number * size + done, 2 * size)
            async for together in PolicyStore(run.pool).assessed(_EVER, None):
                for past in pasts(together):
                    backtest.judge_by(number, past)
    return backtest.report()


async def over_cases(before: Program, after: Program, files: Sequence[Path], progress: Progress) -> CasesReport:
    """Run labelled cases with each ruleset."""
    cases = list(read_cases(files))
    results: list[list[Result]] = []
    for number, program in enumerate((before, after)):
        judged: list[Result] = []
        async with engine(program) as run:
            async for result in run_cases(run, cases):
                judged.append(result)
                progress(number * len(cases) + len(judged), 2 * len(cases))
        results.append(judged)
    was, now = results
    return CasesReport(
        total(cases, was),
        total(cases, now),
        [
            CaseFlip(one.case_id, one.title, one.label, one.decision, other.decision, one.meets, other.meets)
            for one, other in zip(was, now, strict=True)
            if one.decision != other.decision or one.meets != other.meets
        ],
    )
