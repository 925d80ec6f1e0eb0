"""What people do about an alert: each action is kept with who did it, and can be taken back for a while."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from alert_cases import NOW, after, assessed, raised

from notifier.alerts.alert import Alert, Change, Progress, Refusal, closed
from notifier.alerts.changes import expire, on_board, on_message, on_progress
from notifier.alerts.people import (
    KEPT_FOR,
    RELEASED_KEPT_FOR,
    acknowledge,
    ask_for_call,
    clear,
    confirm_scam,
    goes_at,
    keep_record,
    refer,
    release_record,
    undo,
)  # fmt: skip

UNDER_WAY = Progress(status="driver_assigned", driver="d-1")
OVER = Progress(status="delivered", ended=True, collected=True)


def done(change: Change | Refusal | None) -> Alert:
    assert isinstance(change, Change)
    return change.alert


def test_a_driver_cannot_silence_the_office() -> None:
    change = acknowledge(raised(), "d-1", now=NOW, role="driver")
    assert done(change).state == "open"
    assert acknowledge(done(change), "d-1", now=NOW, role="driver") is None
    assert expire(done(change), now=NOW + timedelta(hours=1)) is not None


def test_what_was_cleared_comes_back_only_when_it_looks_worse() -> None:
    cleared = done(clear(raised(), "N17", "Ines", now=NOW))
    assert (cleared.state, cleared.close_reason, cleared.clear_reason) == ("closed", "cleared", "N17")
    assert after(cleared, assessed("warn", 2)) is None
    worse = after(cleared, assessed("hold_recommended", 3))
    assert (done(worse).state, done(worse).finding) == ("open", None)
    assert clear(cleared, "N17", "Ines", now=NOW) == Refusal("closed")


def test_a_confirmed_scam_outranks_a_milder_judgement() -> None:
    confirmed = done(confirm_scam(raised(), "Ines", progress=UNDER_WAY, now=NOW))
    assert (confirmed.state, confirmed.acknowledged_by) == ("acknowledged", "Ines")
    milder = after(confirmed, assessed("allow", 2))
    assert (done(milder).state, done(milder).decision) == ("acknowledged", "warn")
    assert confirm_scam(confirmed, "Ines", progress=UNDER_WAY, now=NOW) == Refusal("already")


def over() -> Alert:
    """Told, and the booking has been delivered."""
    return done(on_progress(raised(), Progress(status="delivered", ended=True), now=NOW))


def test_a_scam_that_is_found_out_the_day_after_is_kept_and_nobody_is_told() -> None:
    found = confirm_scam(over(), "Ines", progress=OVER, now=NOW + timedelta(days=1))
    assert isinstance(found, Change)
    assert (found.alert.state, found.alert.close_reason, found.alert.finding) == (
        "closed",
        "delivered",
        "confirmed_scam",
    )
    assert (found.telling, [step.type for step in found.steps]) == (None, ["reported"])
    back = done(undo(found.alert, "Ines", progress=UNDER_WAY, now=NOW + timedelta(days=1, minutes=9)))
    assert (back.state, back.finding) == ("closed", None)
    assert undo(found.alert, "Ines", progress=UNDER_WAY, now=NOW + timedelta(days=1, minutes=11)) == Refusal(
        "nothing_to_undo"
    )


def test_a_scam_that_was_cleared_while_it_goes_on_comes_back_and_is_told_anew() -> None:
    cleared = done(clear(done(acknowledge(raised(), "Ines", now=NOW)), "N17", "Ines", now=NOW))
    late = NOW + timedelta(minutes=20)
    now = Progress(status="driver_assigned", driver="d-2", act_before=late - timedelta(minutes=1))
    found = confirm_scam(msgspec.structs.replace(cleared, rationed=True), "Ada", progress=now, now=late)
    assert isinstance(found, Change)
    assert (found.alert.state, found.alert.finding, found.alert.clear_reason) == ("open", "confirmed_scam", None)
    assert (found.alert.driver, found.alert.rationed) == ("d-2", False)
    assert (found.telling, found.alert.deadline) == ("warning", late + timedelta(minutes=1))


def test_what_is_on_board_by_then_comes_back_as_a_recall() -> None:
    cleared = done(clear(raised(), "N17", "Ines", now=NOW))
    on_the_road = Progress(status="collected", collected=True, driver="d-1")
    for back in (
        confirm_scam(cleared, "Ada", progress=on_the_road, now=NOW),
        undo(cleared, "Ada", progress=on_the_road, now=NOW),
    ):
        assert isinstance(back, Change)
        assert (back.alert.kind, back.telling, back.alert.driver) == ("recall", "recall", "d-1")


def test_a_review_comes_back_to_the_page_and_nobody_is_told() -> None:
    harmless = done(after(raised("review"), assessed("allow", 2)))
    back = confirm_scam(harmless, "Ada", progress=UNDER_WAY, now=NOW)
    assert isinstance(back, Change)
    assert (back.alert.state, back.telling) == ("open", None)


def test_what_a_person_found_out_stays_when_the_booking_looks_worse_again() -> None:
    harmless = done(after(raised(), assessed("allow", 2)))
    found = done(confirm_scam(harmless, "Ines", progress=OVER, now=NOW))
    let_go = done(release_record(found, "Ada", progress=OVER, now=NOW))
    again = done(after(let_go, assessed("hold_recommended", 3)))
    assert (again.state, again.finding, again.found_at) == ("open", "confirmed_scam", NOW)
    assert again.record_released_at is None


def test_the_record_of_a_scam_is_released_once_it_is_over_and_that_changes_nothing_else() -> None:
    assert release_record(over(), "Ada", progress=OVER, now=NOW) == Refusal("not_a_scam")
    under_way = done(confirm_scam(raised(), "Ines", progress=UNDER_WAY, now=NOW))
    assert isinstance(release_record(under_way, "Ada", progress=None, now=NOW), Change), "nobody told its end"
    assert release_record(under_way, "Ada", progress=UNDER_WAY, now=NOW) == Refusal("not_over")
    found = done(confirm_scam(over(), "Ines", progress=OVER, now=NOW))
    later = NOW + timedelta(days=90)
    released = done(release_record(found, "Ada", progress=OVER, now=later))
    assert (released.finding, released.record_released_at, released.updated_at) == ("confirmed_scam", later, NOW)
    assert release_record(released, "Ada", progress=OVER, now=later) == Refusal("already")
    assert done(keep_record(released, "Ada")) == found
    assert keep_record(found, "Ada") == Refusal("already")
    assert goes_at(released, later) == NOW + KEPT_FOR
    years_later = NOW + 3 * KEPT_FOR
    assert goes_at(found, years_later) == years_later + RELEASED_KEPT_FOR


def test_undo_takes_back_the_newest_within_ten_minutes() -> None:
    taken = done(acknowledge(raised(), "Ines", now=NOW))
    assert done(undo(taken, "Ines", progress=UNDER_WAY, now=NOW)).state == "open"
    assert undo(taken, "Ines", progress=UNDER_WAY, now=NOW + timedelta(minutes=11)) == Refusal("too_late")
    cleared = done(clear(taken, "N17", "Ines", now=NOW))
    back = undo(cleared, "Ines", progress=UNDER_WAY, now=NOW)
    assert isinstance(back, Change)
    assert (back.alert.state, back.telling, back.alert.clear_reason) == ("open", "warning", None)
    assert undo(raised(), "Ines", progress=UNDER_WAY, now=NOW) == Refusal("nothing_to_undo")
    ended = done(on_progress(raised(), Progress(status="cancelled", ended=True), now=NOW))
    assert undo(ended, "Ines", progress=OVER, now=NOW) == Refusal("nothing_to_undo")


def test_a_clearing_that_is_taken_back_when_the_booking_is_over_rings_nobody() -> None:
    cleared = done(clear(raised(), "N17", "Ines", now=NOW))
    back = undo(cleared, "Ines", progress=OVER, now=NOW)
    assert isinstance(back, Change)
    assert (back.alert.state, back.alert.close_reason, back.alert.finding) == ("closed", "delivered", None)
    assert (back.telling, back.alert.clear_reason) == (None, None)


def test_a_finding_that_is_taken_back_leaves_the_clearing_that_stood_before_it() -> None:
    cleared = done(clear(raised(), "N17", "Ines", now=NOW))
    found = done(confirm_scam(cleared, "Ines", progress=OVER, now=NOW))
    back = done(undo(found, "Ines", progress=OVER, now=NOW))
    assert (back.state, back.finding, back.clear_reason) == ("closed", "cleared", "N17")


def test_what_was_called_a_scam_afterwards_can_be_called_harmless_at_any_time() -> None:
    found = done(confirm_scam(over(), "Ines", progress=OVER, now=NOW))
    released = done(release_record(found, "Ada", progress=OVER, now=NOW))
    later = NOW + timedelta(days=30)
    harmless = done(clear(released, "N17", "Ines", now=later))
    assert (harmless.state, harmless.close_reason, harmless.finding) == ("closed", "delivered", "cleared")
    assert (harmless.record_released_at, harmless.clear_reason) == (None, "N17")
    assert clear(harmless, "N17", "Ines", now=later) == Refusal("closed")


def test_an_expired_alert_that_nobody_is_on_any_more_expires_again() -> None:
    late = raised().deadline
    expired = done(expire(raised(), now=late))
    taken = done(acknowledge(expired, "Ines", now=late))
    back = done(undo(taken, "Ines", progress=UNDER_WAY, now=late))
    assert (back.state, back.expired_at) == ("open", None)
    again = expire(back, now=late)
    assert (done(again).state, again.telling if again else None) == ("expired", "expired")


def test_the_polices_reference_is_kept_and_not_published() -> None:
    change = refer(raised(), "CAD 1234", "Ines", now=NOW)
    assert done(change).police_reference == "CAD 1234"
    assert isinstance(change, Change)
    assert "1234" not in str(change.steps)


def test_how_far_the_news_has_got() -> None:
    alert = raised()
    tried = done(on_message(alert, "attempted", "driver", sent_at=NOW, now=NOW))
    assert tried.reach == "attempted"
    heard = done(on_message(tried, "delivered", "driver", sent_at=NOW, now=NOW))
    assert heard.reach == "delivered"
    assert on_message(heard, "attempted", "driver", sent_at=NOW, now=NOW) is None
    up = on_message(heard, "attempted", "duty_manager", sent_at=NOW, now=NOW)
    assert [step.type for step in up.steps] == ["escalated"] if up is not None else False
    again = done(after(heard, assessed("hold_recommended", 2)))
    assert (again.reach, again.escalated_to) == ("untold", None)
    old = on_message(again, "delivered", "driver", sent_at=NOW - timedelta(minutes=1), now=NOW)
    assert old is None, "a message of before says nothing of what is told now"


def test_another_driver_is_told_too() -> None:
    change = on_progress(raised(), Progress(status="driver_assigned", driver="d-2"), now=NOW)
    assert change is not None
    assert (change.alert.driver, change.telling) == ("d-2", "driver")
    assert on_progress(change.alert, Progress(status="driver_assigned", driver="d-2"), now=NOW) is None


def test_a_deadline_that_has_passed_leaves_a_minute_to_act() -> None:
    assert raised(eta=-3).deadline == NOW + timedelta(minutes=1)


def test_what_a_driver_has_on_board_is_recalled_and_told_to_the_driver_again() -> None:
    heard = acknowledge(raised("warn"), "driver", now=NOW, role="driver")
    assert heard is not None
    change = on_board(heard.alert, now=NOW)
    assert change is not None
    assert (change.alert.kind, change.telling, change.alert.driver_acknowledged_at) == ("recall", "recall", None)
    assert on_board(change.alert, now=NOW) is None
    assert on_board(raised("review"), now=NOW) is None


def test_asking_for_a_call_is_kept_and_leaves_the_alert_with_the_office() -> None:
    asked = ask_for_call(raised("warn"), "driver", now=NOW)
    assert isinstance(asked, Change)
    assert (asked.alert.state, asked.alert.call_wanted_at, asked.alert.driver_acknowledged_at) == ("open", NOW, None)
    assert [(step.type, step.detail) for step in asked.steps] == [("reported", "asks_for_call")]
    assert ask_for_call(asked.alert, "driver", now=NOW + timedelta(seconds=59)) is None
    again = ask_for_call(asked.alert, "driver", now=NOW + timedelta(minutes=5))
    assert isinstance(again, Change)
    assert [step.type for step in again.steps] == ["reported"]
    ended = closed(raised("warn"), "cancelled", now=NOW).alert
    assert ask_for_call(ended, "driver", now=NOW) == Refusal("closed")
