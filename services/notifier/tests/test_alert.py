"""An alert is raised once, follows what is known, and is closed once, in whatever order things come."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from alert_cases import LEAD, NOW, after, assessed, raised
from hypothesis import given
from hypothesis import strategies as st

from notifier.alerts.alert import Alert, Progress
from notifier.alerts.changes import on_progress
from notifier.alerts.people import acknowledge
from pickup_contracts.assessment import (
    DECISIONS,
    rank,
)


def test_allow_raises_nothing_and_review_waits_quietly() -> None:
    assert after(None, assessed("allow")) is None
    quiet = after(None, assessed("review"))
    assert quiet is not None
    assert (quiet.alert.state, quiet.tell) == ("open", False)


def test_a_warning_is_told_with_its_deadline() -> None:
    change = after(None, assessed("warn", eta=12))
    assert change is not None
    assert change.tell
    assert change.alert.deadline == NOW + timedelta(minutes=12)
    assert [step.type for step in change.steps] == ["raised"]
    assert raised().deadline == NOW + LEAD


def test_the_same_assessment_again_changes_nothing() -> None:
    alert = raised()
    assert after(alert, assessed("warn")) is None
    assert after(msgspec.structs.replace(alert, booking_version=5), assessed("hold_recommended", 4)) is None


def test_rising_is_told_anew_and_opens_what_was_acknowledged() -> None:
    taken = acknowledge(raised(), "desk", now=NOW)
    assert taken is not None
    change = after(taken.alert, assessed("hold_recommended", 2))
    assert change is not None
    assert (change.alert.state, change.tell, change.alert.change) == ("open", True, 2)


def test_lowering_is_told_and_falling_below_review_closes() -> None:
    lower = after(raised("hold_recommended"), assessed("review", 2))
    assert lower is not None
    assert (lower.alert.decision, lower.tell) == ("review", True)
    gone = after(raised(), assessed("allow", 2))
    assert gone is not None
    assert (gone.alert.state, gone.alert.close_reason) == ("closed", "no_longer_matches")
    assert gone.alert.decision == "warn", "the record shows what was warned about"
    back = after(gone.alert, assessed("warn", 3))
    assert back is not None
    assert (back.alert.state, back.tell) == ("open", True)


def test_collection_turns_a_warning_into_a_recall() -> None:
    change = on_progress(raised(), Progress(status="collected", collected=True), now=NOW)
    assert change is not None
    assert (change.alert.kind, change.tell) == ("recall", True)
    assert [step.type for step in change.steps] == ["recalled"]
    assert on_progress(change.alert, Progress(status="en_route_to_dropoff", collected=True), now=NOW) is None
    late = after(None, assessed("warn", too_late=True))
    assert late is not None
    assert late.alert.kind == "recall"
    assert late.alert.deadline > NOW


def test_cancelling_closes_and_what_ended_stays_closed() -> None:
    change = on_progress(raised(), Progress(status="cancelled", ended=True), now=NOW)
    assert change is not None
    assert (change.alert.state, change.alert.close_reason) == ("closed", "cancelled")
    assert after(change.alert, assessed("hold_recommended", 2)) is None
    ended = Progress(status="cancelled", ended=True)
    late = after(None, assessed("warn"), ended)
    assert late is not None
    assert (late.alert.state, late.tell) == ("closed", False)
    assert [step.type for step in late.steps] == ["raised", "closed"]


def test_that_nobody_has_the_job_is_kept_and_is_no_news() -> None:
    with_driver = on_progress(raised(), Progress(driver="d-1"), now=NOW)
    assert with_driver is not None
    assert (with_driver.alert.driver, with_driver.telling) == ("d-1", "driver")
    heard = msgspec.structs.replace(with_driver.alert, driver_acknowledged_at=NOW)
    assert on_progress(heard, Progress(), now=NOW) is None, "nobody said anything of the driver"
    freed = on_progress(heard, Progress(unassigned=True), now=NOW)
    assert freed is not None
    assert (freed.alert.driver, freed.alert.driver_acknowledged_at, freed.telling) == (None, None, None)
    back = on_progress(freed.alert, Progress(driver="d-1"), now=NOW)
    assert back is not None
    assert (back.alert.driver, back.telling) == ("d-1", "driver"), "whoever gets it again is told again"


def test_the_deadline_follows_the_driver() -> None:
    change = on_progress(raised(eta=20), Progress(act_before=NOW + timedelta(minutes=5)), now=NOW)
    assert change is not None
    assert change.alert.deadline == NOW + timedelta(minutes=5)
    assert not change.tell


def test_acknowledging_twice_keeps_the_first() -> None:
    taken = acknowledge(raised(), "first", now=NOW)
    assert taken is not None
    assert acknowledge(taken.alert, "second", now=NOW) is None


_happening = st.one_of(
    st.tuples(st.just("assessed"), st.sampled_from(DECISIONS), st.integers(1, 12), st.booleans()),
    st.tuples(st.just("progress"), st.sampled_from(["accepted", "collected", "delivered", "cancelled"])),
    st.tuples(st.just("acknowledge")),
)


@given(st.lists(_happening, max_size=25))
def test_any_interleaving_keeps_the_promises(happenings: list[tuple]) -> None:  # type: ignore[type-arg]
    alert: Alert | None = None
    progress = Progress()
    raised_once = told = 0
    for happening in happenings:
        if happening[0] == "assessed":
            change = after(alert, assessed(happening[1], happening[2], too_late=happening[3]), progress)
        elif happening[0] == "progress":
            status = happening[1]
            progress = Progress(
                status=status,
                ended=status in ("delivered", "cancelled"),
                collected=status in ("collected", "delivered"),
            )
            change = on_progress(alert, progress, now=NOW) if alert is not None else None
        else:
            change = acknowledge(alert, "desk", now=NOW) if alert is not None else None
        if change is None:
            continue
        before, alert = alert, change.alert
        raised_once += any(step.type == "raised" and (before is None) for step in change.steps)
        told += change.tell
        assert alert.change >= (before.change if before is not None else 1)
        assert (alert.state == "closed") == (alert.closed_at is not None)
        assert (alert.state == "acknowledged") == (alert.acknowledged_at is not None and alert.state != "closed")
        assert rank(alert.decision) >= rank("review")
        if before is not None:
            assert alert.alert_id == before.alert_id
            assert not (before.kind == "recall" and alert.kind == "warning" and before.state != "closed")
            if change.tell:
                assert alert.change > before.change, "what is told has an id of its own"
    assert raised_once == (alert is not None)
