"""What is kept for a while only goes when that is over, not a minute before, and everything goes on without it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from pickup_contracts.codec import decode_booking
from pickup_contracts.outcome import Outcome
from pickup_runtime import metrics
from pickup_runtime.clock import ManualClock
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from pickupctl.evidence import scored
from pickupctl.policy.backtest import over_stored
from risk_scorer import forgetting
from risk_scorer.assess import Answer, Assessor, Document
from risk_scorer.due import DueStore
from risk_scorer.entities import Keys
from risk_scorer.facts import WITHOUT_HISTORY
from risk_scorer.forgetting import CONTENT_KEPT_FOR, DECISIONS_KEPT_FOR, Forgetting
from risk_scorer.incoming import Incoming
from risk_scorer.judging import Judging
from risk_scorer.outcomes.reported import reported
from risk_scorer.outcomes.store import OutcomeStore
from risk_scorer.partitions import KEPT_FOR as SIGHTINGS_KEPT_FOR
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.reassess import Reassessor
from risk_scorer.store import Store
from tests.shipped import PROGRAM

from .events import Json, raw, scam

KEYS = Keys(hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest())
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Bench:
    """A scorer whose sweep has a clock of its own, over one database. What is written now is due by that clock."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.outcomes = OutcomeStore(pool, KEYS)
        self.judging = Judging(Store(pool), PROGRAM, KEYS, opted_in=lambda _: False, outcomes=self.outcomes)
        self.assessor = Assessor(self.judging)
        self.due = DueStore(pool)
        self.reassessor = Reassessor(self.judging, self.due)
        self.clock = ManualClock(datetime.now(UTC))
        self.forgetting = Forgetting(pool, self.outcomes, self.clock)
        self._seq = 0

    def incoming(self, event: Json) -> Incoming:
        body = raw({**event, "operator_id": "op-1"})
        self._seq += 1
        read = decode_booking(body)
        return Incoming("op-1", read.booking_id, read, body, self._seq, datetime.now(UTC), 3)

    async def take(self, *events: Json) -> list[Answer]:
        return await self.assessor.assess([self.incoming(event) for event in events])

    async def find(self, booking_id: str, finding: Any, by: Any = "dispatcher", *, action: Any = None) -> None:
        outcome = Outcome(
            operator_id="op-1", booking_id=booking_id, at=datetime.now(UTC), reported_by=by, finding=finding,
            action=action,
        )  # fmt: skip
        await self.outcomes.add([reported(outcome, datetime.now(UTC))])

    async def sweep(self, at: datetime) -> None:
        self.clock.set(at)
        await self.forgetting.sweep()

    async def written(self, booking_id: str) -> datetime:
        at: datetime = await self.pool.fetchval("select updated_at from bookings where booking_id = $1", booking_id)
        return at

    async def holds(self) -> dict[str, bool]:
        """Of each booking, whether what was booked is there; wholly or not at all."""
        rows = await self.pool.fetch(
            "select booking_id, b.state is not null as state, bool_or(s.event is not null) as any,"
            " bool_and(s.event is not null) as all from bookings as b join steps as s using (operator_id, booking_id)"
            " group by booking_id, b.state"
        )
        assert all(row["state"] == row["any"] == row["all"] for row in rows)
        return {row["booking_id"]: row["state"] for row in rows}

    async def state(self, booking_id: str) -> Document:
        return msgspec.json.decode(
            await self.pool.fetchval("select state from bookings where booking_id = $1", booking_id), type=Document
        )

    async def left(self) -> dict[str, set[str]]:
        """Which bookings each table still knows."""
        tables = ("bookings", "steps", "reassessments", "outcomes")
        return {
            table: {row[0] for row in await self.pool.fetch(f"select distinct booking_id from {table}")}
            for table in tables
        }

    async def reached(self, what: str) -> datetime:
        at: datetime = await self.pool.fetchval("select reached from forgetting where what = $1", what)
        return at


@pytest.fixture
async def bench(database: MakePool) -> Bench:
    return Bench(await database("risk_scorer", "scorer"))


def ended(booking_id: str, word: str = "delivered", event_id: str = "end", **more: Any) -> Json:
    now = datetime.now(UTC).isoformat()
    return {
        "event_id": f"{booking_id}-{event_id}", "booking_id": booking_id, "occurred_at": now, "status": word, **more,
    }  # fmt: skip


async def seed(bench: Bench, count: int) -> None:
    """As many bookings that are over, written a second apart, as rows."""
    await bench.pool.execute(
        "insert into bookings (operator_id, booking_id, version, state, by_revision, revision, occurred_at, seq,"
        " updated_at) select 'op-1', 'B-' || n, 1, '{}', false, 0, now(), n, now() + make_interval(secs => n)"
        " from generate_series(1, $1::int) as n",
        count,
    )
    await bench.pool.execute(
        "insert into steps (operator_id, booking_id, event_id, seq, event, version, assessed_at)"
        " select operator_id, booking_id, booking_id || k, seq, '{}', 1, updated_at"
        " from bookings cross join generate_series(1, 2) as k"
    )


async def test_what_was_booked_goes_48_hours_after_the_end_and_what_was_decided_stays(bench: Bench) -> None:
    await bench.take(scam("B-1"), ended("B-1"))
    decided = await bench.pool.fetch("select event_id, seq, version, assessment, signals from steps order by seq")
    at = await bench.written("B-1")
    await bench.sweep(at + CONTENT_KEPT_FOR - MINUTE)
    assert await bench.holds() == {"B-1": True}
    await bench.sweep(at + CONTENT_KEPT_FOR)
    assert await bench.holds() == {"B-1": False}
    assert decided == await bench.pool.fetch(
        "select event_id, seq, version, assessment, signals from steps order by seq"
    )
    for table in ("bookings", "steps", "reassessments", "outcomes", "open_bookings"):
        rows = await bench.pool.fetch(f"select convert_to(t::text, 'UTF8') as row from {table} as t")
        assert not any(word in row["row"] for row in rows for word in (b"Meadow", b"Stranger", b"900101"))
    assert metrics.forgetting_behind.labels("content")._value.get() == 0


async def test_what_is_open_or_scheduled_is_left_alone_until_it_is_given_up(bench: Bench) -> None:
    pickup = datetime.now(UTC) + timedelta(days=30)
    await bench.take(scam("later", pickup_at=pickup.isoformat()), scam("over"), ended("over", "cancelled"))
    await bench.sweep(pickup + CONTENT_KEPT_FOR - MINUTE)
    assert await bench.holds() == {"later": True, "over": False}
    await bench.sweep(pickup + CONTENT_KEPT_FOR + MINUTE)
    assert await bench.holds() == {"later": False, "over": False}
    assert await bench.pool.fetchval("select count(*) from open_bookings") == 0
    over_at = await bench.written("later")
    await bench.sweep(over_at + DECISIONS_KEPT_FOR - MINUTE)
    assert (await bench.left())["bookings"] == {"later"}, "its twelve months begin when it is over"
    await bench.sweep(over_at + DECISIONS_KEPT_FOR)
    assert (await bench.left())["bookings"] == set()


async def test_one_that_is_given_up_and_was_heard_of_since_is_emptied_48_hours_after_that(bench: Bench) -> None:
    pickup = datetime.now(UTC) - timedelta(days=3)
    await bench.take(scam("slow", pickup_at=pickup.isoformat()), ended("slow", "en_route_to_dropoff"))
    at = await bench.written("slow")
    await bench.sweep(datetime.now(UTC))
    assert await bench.pool.fetchval("select count(*) from open_bookings") == 0
    assert await bench.holds() == {"slow": True}
    await bench.sweep(at + CONTENT_KEPT_FOR - MINUTE)
    assert await bench.holds() == {"slow": True}
    await bench.sweep(at + CONTENT_KEPT_FOR)
    assert await bench.holds() == {"slow": False}


async def test_a_worker_that_is_behind_writes_nothing_that_has_been_passed(bench: Bench) -> None:
    """An event of a week ago, or of a clock that is a month ahead, is kept for 48 hours from when it is written."""
    await bench.sweep(datetime.now(UTC))
    for name, moment in (("late", -timedelta(days=7)), ("ahead", timedelta(days=30))):
        then = datetime.now(UTC) + moment
        one = bench.incoming({**scam(name, status="cancelled"), "occurred_at": then.isoformat()})
        await bench.assessor.assess([msgspec.structs.replace(one, received_at=min(then, datetime.now(UTC)))])
    assert await bench.holds() == {"late": True, "ahead": True}
    await bench.sweep(datetime.now(UTC) + CONTENT_KEPT_FOR)
    assert await bench.holds() == {"late": False, "ahead": False}


_CONFIRMED, _CLEARED, _SAID_NOTHING = ("confirmed_scam", "dispatcher"), ("cleared", "duty_manager"), None


@pytest.mark.parametrize(
    ("findings", "stays"),
    [
        ((), False),
        ((_CONFIRMED,), True),
        ((_CLEARED,), False),
        ((("confirmed_scam", "driver"),), False),
        ((_CLEARED, _CONFIRMED), True),
        ((_CONFIRMED, ("cleared", "driver")), True),
        ((_CONFIRMED, _CLEARED), False),
        ((_CONFIRMED, _CLEARED, _CONFIRMED), True),
        ((_CONFIRMED, ("unknown", "dispatcher")), False),
    ],
)
async def test_decisions_go_after_twelve_months_but_those_of_confirmed_scams(
    bench: Bench, findings: Sequence[tuple[str, str]], stays: bool
) -> None:
    await bench.take(scam("B-1"), ended("B-1"))
    for finding, by in findings:
        await bench.find("B-1", finding, by)
    await bench.pool.execute(
        "insert into reassessments select operator_id, booking_id, 9, 'linked_booking', assessment_id, assessment,"
        " signals, assessed_at, 3, true from steps where assessment is not null limit 1"
    )
    at = datetime.now(UTC)
    before = await bench.left()
    await bench.sweep(await bench.written("B-1") + DECISIONS_KEPT_FOR - MINUTE)
    assert await bench.left() == before
    marks = await bench.pool.fetchval("select count(*) from marks")
    assert marks
    await bench.sweep(at + DECISIONS_KEPT_FOR)
    await bench.sweep(at + DECISIONS_KEPT_FOR + timedelta(days=1))
    assert await bench.left() == (before if stays else {table: set() for table in before})
    assert await bench.pool.fetchval("select count(*) from marks") == (marks if stays else 0)
    assert await bench.holds() == ({"B-1": False} if stays else {}), "what was booked is not kept for any finding"


async def test_a_confirmed_scam_goes_once_an_office_has_taken_that_back(bench: Bench) -> None:
    await bench.take(scam("B-1"), ended("B-1"))
    await bench.find("B-1", "confirmed_scam")
    later = datetime.now(UTC) + 2 * DECISIONS_KEPT_FOR
    await bench.sweep(later)
    assert (await bench.left())["steps"] == {"B-1"}
    await bench.find("B-1", "cleared")
    await bench.sweep(later)
    assert await bench.left() == {"bookings": set(), "steps": set(), "reassessments": set(), "outcomes": set()}


async def test_outcomes_of_what_was_never_booked_go_as_well(bench: Bench) -> None:
    await bench.find("strange", "cleared")
    await bench.find("confirmed", "confirmed_scam")
    at = datetime.now(UTC)
    await bench.sweep(at + DECISIONS_KEPT_FOR - MINUTE)
    assert (await bench.left())["outcomes"] == {"strange", "confirmed"}
    await bench.sweep(at + DECISIONS_KEPT_FOR)
    assert (await bench.left())["outcomes"] == {"confirmed"}


async def test_many_go_in_pieces_whoever_sweeps(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written over eleven minutes: more than one stretch, each of more than one piece."""
    monkeypatch.setattr(forgetting, "_MOST", 100)
    await seed(bench, 660)
    at = await bench.pool.fetchval("select max(updated_at) from bookings")
    bench.clock.set(at + CONTENT_KEPT_FOR - timedelta(minutes=5))
    await asyncio.gather(*(Forgetting(bench.pool, bench.outcomes, bench.clock).sweep() for _ in range(3)))
    assert sum((await bench.holds()).values()) == 300
    await bench.sweep(at + CONTENT_KEPT_FOR)
    assert not any((await bench.holds()).values())
    bench.clock.set(at + DECISIONS_KEPT_FOR - timedelta(minutes=5))
    await asyncio.gather(*(Forgetting(bench.pool, bench.outcomes, bench.clock).sweep() for _ in range(3)))
    assert [len(names) for names in (await bench.left()).values()] == [300, 300, 0, 0]
    assert await bench.reached("decisions") == at - timedelta(minutes=5)


async def test_a_year_without_any_is_passed_quickly_and_what_comes_after_it_in_pieces(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_MOST", 20)
    monkeypatch.setattr(forgetting, "_AT_ONCE", 50)
    await seed(bench, 120)
    await bench.pool.execute("update forgetting set reached = now() - interval '1 year'")
    async with asyncio.timeout(10):
        await bench.sweep(datetime.now(UTC) + CONTENT_KEPT_FOR + timedelta(minutes=3))
    assert not any((await bench.holds()).values())


async def test_what_a_batch_holds_is_left_for_the_next_time_and_nobody_waits(bench: Bench) -> None:
    await bench.take(scam("held"), ended("held"), scam("free"), ended("free"))
    at = datetime.now(UTC) + CONTENT_KEPT_FOR
    async with bench.pool.acquire() as batch:
        transaction = batch.transaction()
        await transaction.start()
        await batch.execute("update bookings set version = 9 where booking_id = 'held'")
        async with asyncio.timeout(5):
            await bench.sweep(at)
        assert await bench.holds() == {"held": True, "free": False}
        assert await bench.reached("content") < await bench.written("held"), "what is left is not passed"
        await transaction.rollback()
    await bench.sweep(at)
    assert await bench.holds() == {"held": False, "free": False}


async def test_sightings_go_once_a_day_when_they_are_thirty_days_old_before_their_partition_can(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "_PAGES", 1)
    now = datetime.now(UTC)
    expired = now - SIGHTINGS_KEPT_FOR
    await bench.pool.execute("select ensure_sighting_partitions($1)", [expired - timedelta(days=1), now])
    # Several pages, in no order of time, none within an hour of what is to go.
    await bench.pool.execute(
        "insert into sightings select n, $1::timestamptz + (n % 40 - 20) * interval '1 hour' + interval '30 minutes',"
        " 1, 1, 1::smallint, 1, 1, 1, 1 from generate_series(1, 1000) as n",
        expired,
    )
    counts = "select count(*) filter (where at < $1), count(*) filter (where at >= $1) from sightings"
    older, newer = await bench.pool.fetchrow(counts, expired)
    assert (older, newer) == (500, 500)
    # A worker whose clock is a week ahead.
    await bench.sweep(now + timedelta(days=7))
    assert tuple(await bench.pool.fetchrow(counts, expired)) == (0, newer)
    await bench.pool.execute("update sightings set at = at - interval '31 minutes' where at < $1", expired + HOUR)
    await bench.sweep(now)
    assert (await bench.pool.fetchrow(counts, expired))[0] > 0, "once a day"
    await bench.pool.execute("update forgetting set reached = reached - interval '25 hours' where what = 'sightings'")
    await bench.sweep(now)
    assert (await bench.pool.fetchrow(counts, expired))[0] == 0


async def test_taking_a_finding_back_leaves_nothing_of_a_booking_whose_time_is_over(bench: Bench) -> None:
    """What is told of a record that somebody has let go, after its twelve months."""
    await bench.take(scam("B-1"), ended("B-1"))
    for booking in ("B-1", "never-booked"):
        await bench.find(booking, "confirmed_scam")
    later = datetime.now(UTC) + DECISIONS_KEPT_FOR + timedelta(days=2)
    await bench.sweep(later)
    for booking in ("B-1", "never-booked"):
        said = Outcome(operator_id="op-1", booking_id=booking, at=later, reported_by="duty_manager")
        await bench.outcomes.add([reported(said, later)])
    assert await bench.pool.fetchval("select count(*) from marks where at = $1", later) == 2
    await bench.sweep(later + MINUTE)
    assert set().union(*(await bench.left()).values()) == set()
    assert await bench.pool.fetchval("select count(*) from marks") == 0


@pytest.mark.parametrize("statements", range(1, 6))
async def test_a_sweep_that_ends_in_between_is_taken_up_by_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, statements: int
) -> None:
    monkeypatch.setattr(forgetting, "_MOST", 10)
    await seed(bench, 45)
    await bench.take(scam("given-up"))
    left = statements
    rested = forgetting._rested

    async def killed(statement: Awaitable[Any]) -> Any:
        nonlocal left
        left -= 1
        answer = await rested(statement)
        if left == 0:
            raise asyncio.CancelledError
        return answer

    monkeypatch.setattr(forgetting, "_rested", killed)
    at = datetime.now(UTC) + CONTENT_KEPT_FOR + timedelta(minutes=5)
    with pytest.raises(asyncio.CancelledError):
        await bench.sweep(at)
    monkeypatch.setattr(forgetting, "_rested", rested)
    await bench.sweep(at)
    assert not any((await bench.holds()).values())


async def test_what_can_not_be_forgotten_is_logged_and_the_rest_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.take(scam("B-1"), ended("B-1"))
    broken = "select 1 / 0 where $1::timestamptz < $2::timestamptz + $3::int * interval '1 century'"
    monkeypatch.setitem(bench.forgetting._sql, "give_up", broken)
    await bench.sweep(datetime.now(UTC) + CONTENT_KEPT_FOR)
    assert await bench.holds() == {"B-1": False}


async def forgotten(bench: Bench, *events: Json) -> None:
    """Take these events, the last one ends the booking, and forget them."""
    await bench.take(*events)
    await bench.sweep(datetime.now(UTC) + CONTENT_KEPT_FOR)
    assert not any((await bench.holds()).values())


async def test_a_late_event_begins_the_booking_anew_and_says_so(bench: Bench) -> None:
    first = scam("B-1")
    await forgotten(bench, first, ended("B-1"))
    heard = await bench.pool.fetchval("select min(assessed_at) from steps")
    (answer,) = await bench.take(ended("B-1", "returned", "late", change_reason="nobody in"))
    assert answer.result is not None
    assert answer.result.booking_version == 3
    assert answer.result.degraded == [WITHOUT_HISTORY]
    assert answer.result.reasons == []
    after = (await bench.state("B-1")).state
    assert (after.lifecycle.first_at, after.lifecycle.begun_anew) == (heard, True)
    assert await bench.pool.fetchval("select count(*) from reassessments_due") == 0, "it is not asked for for ever"
    row = await bench.pool.fetchrow("select version, state is not null from bookings")
    assert tuple(row) == (3, True)
    await bench.sweep(datetime.now(UTC) + CONTENT_KEPT_FOR + MINUTE)
    assert await bench.holds() == {"B-1": False}


async def test_events_that_are_read_again_give_the_stored_answers(bench: Bench) -> None:
    events = [bench.incoming(one) for one in (scam("B-1"), ended("B-1"))]
    before = [answer.assessment for answer in await bench.assessor.assess(events)]
    await bench.sweep(datetime.now(UTC) + CONTENT_KEPT_FOR)
    assert [answer.assessment for answer in await bench.assessor.assess(events)] == before
    late = bench.incoming(ended("B-1", "returned", "late"))
    new = await bench.assessor.assess([late])
    again = await bench.assessor.assess([*events, late])
    assert [answer.assessment for answer in again] == [*before, new[0].assessment]
    assert await bench.pool.fetchval("select max(version) from bookings") == 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
async def test_late_events_make_the_same_booking_in_any_order(
    bench: Bench, order: Sequence[int], together: bool
) -> None:
    await forgotten(bench, scam("B-1"), ended("B-1", "cancelled"))
    at = datetime.now(UTC)
    late: list[Json] = [
        ended("B-1", "accepted", "late-1", booker={"name": "A Rider"}),
        ended("B-1", "collected", "late-2", dropoff={"address": {"line1": "9 High Street", "town": "Watford"}}),
        ended("B-1", "delivered", "late-3", dropoff={"address": {"line1": "1 Low Street", "town": "Watford"}}),
    ]
    for number, event in enumerate(late):
        event["occurred_at"] = (at + number * MINUTE).isoformat()
    given = [late[index] for index in order]
    answers = await bench.take(*given) if together else [answer for one in given for answer in await bench.take(one)]
    told = [answer.result for answer in answers if answer.result is not None]
    assert all(one.degraded == [WITHOUT_HISTORY] for one in told)
    assert [one.booking_version for one in told] == list(range(3, 3 + len(told)))
    state = (await bench.state("B-1")).state
    assert state.booking.status == "delivered"
    assert state.lifecycle.dropoff_changes == 1
    assert state.lifecycle.begun_anew
    assert state.lifecycle.first_at == await bench.pool.fetchval("select min(assessed_at) from steps")


async def test_an_outcome_of_what_is_forgotten_is_kept_and_nothing_is_judged_by_it(bench: Bench) -> None:
    await bench.take(scam("B-1"), ended("B-1"))
    key, booking = ("op-1", "B-1"), bench.judging.booking(("op-1", "B-1"))
    await bench.due.ask(key, booking, "outcome_reported", datetime.now(UTC))
    await bench.sweep(datetime.now(UTC) + CONTENT_KEPT_FOR)
    assert await bench.pool.fetchval("select count(*) from reassessments_due") == 0
    await bench.find("B-1", "confirmed_scam")
    await bench.due.ask(key, booking, "outcome_reported", datetime.now(UTC))
    assert (await bench.reassessor.run()).judged == 0
    (answer,) = await bench.take(ended("B-1", "returned", "late"))
    assert answer.result is not None
    assert "found-to-be-a-scam" in {reason.rule_id for reason in answer.result.reasons}, (
        "what was found of it still counts"
    )


async def test_a_backtest_goes_on_and_says_what_nobody_can_tell_any_more(bench: Bench) -> None:
    await forgotten(bench, scam("B-1", distance_m=61_000), ended("B-1"))
    since = datetime.now(UTC) - timedelta(days=1)
    assert "rte1_distance_m" not in PROGRAM.signals
    more = checked(
        shipped.text().partition("\nexamples:")[0]
        + "\n  - {id: any-distance, title: Far or not at all, when: rte1_distance_m > 1.0, points: 100, "
        "owner: x, review_by: 2027-01-01}\n"
    )
    report, lost = await over_stored(
        bench.pool, PROGRAM, more, {}, since=since, operator_id=None, progress=lambda done, whole: None
    )
    assert (report.bookings, report.flips) == (1, []), "by what was stored of it"
    assert lost == ["rte1_distance_m"]


async def test_evidence_of_what_is_forgotten_names_the_ruleset_alone(
    bench: Bench, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    await forgotten(bench, scam("B-1"), ended("B-1"))
    name = await bench.pool.fetchval("select current_database()")
    monkeypatch.setenv("PICKUP_SCORER_DSN", postgres.dsn(name, "pickup_scorer"))
    monkeypatch.setenv("PICKUP_ENTITY_KEY", "00")
    found = await scored("op-1", "B-1")
    assert found.ruleset is not None
    assert (found.entities, found.forgotten) == ((), True)
