"""A ladder is laid into the time that is left, reaches who is there, and moves with the deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from alert_cases import NOW, raised
from alert_world import CHANNELS, profile
from hypothesis import given
from hypothesis import strategies as st

from notifier.alerts.duty import on_duty, within
from notifier.alerts.ladder import EXPIRED, RECALL, WARNING, People, Planned, people_of, plan, rungs_for
from pickup_contracts.dispatch import DispatchNote
from pickup_contracts.office import Hours, Ladders, OfficeContact, Rung
from pickup_contracts.operator import profile_faults

LONDON = ZoneInfo("Europe/London")
WINDOW = timedelta(minutes=15)
DRIVER = {"sms": "+447700900111", "voice": "+447700900111", "dispatch_note": "b"}


def people(**driver_to: str) -> People:
    return people_of(profile(), driver_to=driver_to, channels=CHANNELS)


def laid(rungs: tuple[Rung, ...], who: People, *, urgent: bool = False) -> tuple[Planned, ...]:
    return plan(rungs, who, begins=NOW, deadline=NOW + WINDOW, urgent=urgent)


def when(planned: tuple[Planned, ...]) -> list[tuple[str, str, float]]:
    return [(one.recipient, one.channel, round((one.due_at - NOW) / timedelta(minutes=1), 1)) for one in planned]


def test_the_products_own_ladder() -> None:
    assert when(laid(WARNING, people(**DRIVER))) == [
        ("system", "webhook", 0.0),
        ("driver", "dispatch_note", 0.0),
        ("driver", "sms", 0.0),
        ("dispatcher-1", "sms", 5.0),
        ("dispatcher-2", "sms", 5.0),
        ("dispatcher-1", "voice", 5.0),
        ("duty_manager-3", "sms", 9.9),
    ]


def test_a_driver_without_a_phone_goes_straight_to_the_office() -> None:
    assert when(laid(WARNING, people()))[:4] == [
        ("system", "webhook", 0.0),
        ("dispatcher-1", "sms", 0.0),
        ("dispatcher-2", "sms", 0.0),
        ("dispatcher-1", "voice", 0.0),
    ]


def test_a_channel_is_given_up_when_the_next_to_the_same_person_opens() -> None:
    rungs = (
        Rung(who="driver", by="sms"),
        Rung(who="driver", by="voice", after_share=0.2),
        Rung(who="dispatcher", by="webhook"),
        Rung(who="dispatcher", by="sms", after_s=300),
    )
    shares = {(one.audience, one.channel): (one.opens, round(one.closes, 2)) for one in laid(rungs, people(**DRIVER))}
    assert shares == {
        ("driver", "sms"): (0.0, 0.2),
        ("driver", "voice"): (0.2, 1.0),
        ("dispatcher", "webhook"): (0.0, 1.0),
        ("dispatcher", "sms"): (None, 1.0),
    }


def test_recalls_and_what_expired_press_at_once() -> None:
    assert {one.channel for one in laid(RECALL, people(**DRIVER), urgent=True) if one.due_at == NOW} == {
        "webhook",
        "dispatch_note",
        "sms",
        "voice",
    }
    assert when(laid(EXPIRED, people(), urgent=True)) == [
        ("system", "webhook", 0.0),
        ("duty_manager-3", "sms", 0.0),
        ("duty_manager-3", "email", 0.0),
    ]


def test_after_the_fact_only_who_was_told_is_told() -> None:
    closed = msgspec.structs.replace(raised(), state="closed", close_reason="cleared")
    assert [rung.who for rung in rungs_for(profile(), "closed", closed)] == ["dispatcher"]
    reached = msgspec.structs.replace(closed, reach="attempted")
    assert "driver" in [rung.who for rung in rungs_for(profile(), "closed", reached)]
    cancelled = msgspec.structs.replace(reached, close_reason="cancelled")
    assert [rung.who for rung in rungs_for(profile(), "closed", cancelled)] == ["dispatcher"]


def test_a_new_driver_is_told_and_so_is_the_system_where_it_is_told_of_alerts() -> None:
    new = rungs_for(profile(), "driver", raised())
    assert [(rung.who, rung.by) for rung in new][:2] == [("driver", "webhook"), ("driver", "dispatch_note")]
    assert {rung.who for rung in new} == {"driver"}
    by_phone = Ladders(warning=[Rung(who="driver", by="sms"), Rung(who="dispatcher", by="voice")])
    assert [rung.by for rung in rungs_for(profile(ladders=by_phone), "driver", raised())] == ["sms"]


_rungs = st.lists(
    st.one_of(
        st.builds(Rung, who=st.just("driver"), by=st.sampled_from(["sms", "voice"]), after_share=st.floats(0, 1)),
        st.builds(
            Rung,
            who=st.sampled_from(["dispatcher", "duty_manager"]),
            by=st.sampled_from(["webhook", "sms", "voice", "email"]),
            after_s=st.integers(0, 7200),
        ),
    ),
    max_size=12,
)


@given(_rungs, st.integers(-60, 7200), st.booleans())
def test_a_plan_stays_in_its_window_and_tells_nobody_twice(rungs: list[Rung], window_s: int, known: bool) -> None:
    ends = NOW + timedelta(seconds=max(window_s, 1))
    who = people(**(DRIVER if known else {}))
    planned = plan(rungs, who, begins=NOW, deadline=NOW + timedelta(seconds=window_s), urgent=False)
    for one in planned:
        assert NOW <= one.due_at <= one.give_up_at <= ends
    recipients = [(one.channel, one.recipient) for one in planned]
    assert len(recipients) == len(set(recipients))
    assert [one.due_at for one in planned] == sorted(one.due_at for one in planned)


def contact(**more: object) -> OfficeContact:
    return msgspec.structs.replace(OfficeContact(role="dispatcher", name="Desk", sms="+447700900001"), **more)


NIGHT = Hours(from_="22:00", to="06:00", days=["sat"])


@pytest.mark.parametrize(
    ("at", "there"),
    [
        ("2026-10-24T20:59:00Z", False),
        ("2026-10-24T21:00:00Z", True),  # 22:00 on Saturday, summer time
        ("2026-10-25T00:30:00Z", True),  # 01:30, the first time
        ("2026-10-25T01:30:00Z", True),  # 01:30, the second time
        ("2026-10-25T05:59:00Z", True),  # 05:59, winter time: the night has nine hours
        ("2026-10-25T06:00:00Z", False),
        ("2026-10-25T22:30:00Z", False),  # Sunday's night is somebody else's
    ],
)
def test_a_rota_keeps_the_wall_clock_when_summer_time_ends(at: str, there: bool) -> None:
    assert within([NIGHT], datetime.fromisoformat(at), LONDON) is there


def test_a_rota_keeps_the_wall_clock_when_summer_time_begins() -> None:
    small_hours = [Hours(from_="00:30", to="02:30")]
    moments = [datetime(2026, 3, 29, 0, 0, tzinfo=UTC) + timedelta(minutes=15 * step) for step in range(12)]
    on = [f"{moment.astimezone(LONDON):%H:%M}" for moment in moments if within(small_hours, moment, LONDON)]
    assert on == ["00:30", "00:45", "02:00", "02:15"], "the hour from one to two is left out"


def test_the_rota_says_who_and_an_empty_one_says_everybody() -> None:
    day, night = Hours(from_="06:00", to="18:00"), Hours(from_="18:00", to="06:00")
    staff = [contact(rota=[day]), contact(rota=[night]), contact(role="duty_manager", rota=[night])]

    def there(at: datetime, role: str = "dispatcher", *, urgent: bool = False) -> list[int]:
        return [index for index, _ in on_duty(staff, role, "sms", at=at, zone=LONDON, urgent=urgent)]

    noon, midnight = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 0, tzinfo=UTC)
    assert (there(noon), there(midnight)) == ([0], [1])
    assert there(noon, "duty_manager") == [2], "better somebody who is off than nobody"
    assert on_duty(staff, "dispatcher", "email", at=noon, zone=LONDON, urgent=True) == []


def test_quiet_hours_are_kept_unless_it_is_urgent() -> None:
    staff = [contact(quiet_hours=[Hours(from_="22:00", to="07:00")])]
    late = datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert on_duty(staff, "dispatcher", "sms", at=late, zone=LONDON, urgent=False) == []
    assert len(on_duty(staff, "dispatcher", "sms", at=late, zone=LONDON, urgent=True)) == 1


def test_a_note_is_no_rung_where_no_dispatch_system_is_set_up() -> None:
    without = msgspec.structs.replace(profile(), dispatch_note=None)
    assert "dispatch_note" in people_of(profile(), driver_to={}, channels=CHANNELS).channels
    assert "dispatch_note" not in people_of(without, driver_to={}, channels=CHANNELS).channels
    asked = msgspec.structs.replace(
        without, ladders=Ladders(warning=[Rung(who="dispatcher", by="page"), Rung(who="driver", by="dispatch_note")])
    )
    assert [fault.path for fault in profile_faults(asked)] == [("ladders", "warning", 1)]


def test_a_note_that_bookers_could_read_is_a_fault_of_the_profile() -> None:
    note = DispatchNote(url="https://x.example/{booking_id}", visible_to="driver", body={"customer_note": "{text}"})
    faults = list(profile_faults(msgspec.structs.replace(profile(), dispatch_note=note)))
    assert [fault.path for fault in faults] == [("dispatch_note", "body")]
