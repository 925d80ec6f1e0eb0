"""A driver's link opens one alert, for one driver, for a while; whatever else is in its place opens nothing."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from alert_cases import NOW, raised
from hypothesis import given
from hypothesis import strategies as st

from notifier.alerts.alert import Alert
from notifier.channels.links import Links, Ticket
from notifier.driver_page.links import GOOD_FOR, DriverLinks, Refused
from notifier.driver_page.links import Ticket as DriverTicket

LINKS = DriverLinks(b"k" * 32, "https://guard.example/")


def alert(**more: object) -> Alert:
    return msgspec.structs.replace(raised(), driver="d-7", **more)


def token(of: Alert, links: DriverLinks = LINKS) -> str:
    link = links.link_for(of, "driver")
    assert link is not None
    return link.rpartition("/")[2]


def opened(of: str, links: DriverLinks = LINKS) -> DriverTicket:
    found = links.verify(of, NOW)
    assert isinstance(found, DriverTicket)
    return found


def test_it_opens_its_alert_for_its_driver_and_fits_a_text() -> None:
    one = alert()
    link = LINKS.link_for(one, "driver", "driver")
    assert link == f"https://guard.example/d/{token(one)}"
    assert len(token(one)) == 59
    found = opened(token(one))
    assert found.alert_id == one.alert_id
    assert LINKS.is_for(found, one)
    assert not LINKS.is_for(found, msgspec.structs.replace(one, driver="d-8"))
    assert not LINKS.is_for(found, msgspec.structs.replace(one, operator_id="another"))
    assert not LINKS.is_for(found, msgspec.structs.replace(one, driver=None))


def test_nobody_but_the_driver_gets_one() -> None:
    assert LINKS.link_for(alert(), "dispatcher", "dispatcher-1") is None
    assert LINKS.link_for(alert(), "duty_manager", "duty_manager-1") is None
    assert LINKS.link_for(raised(), "driver", "driver") is None


def test_it_ends_after_a_shift() -> None:
    one = alert()
    ends = one.deadline + GOOD_FOR
    assert isinstance(LINKS.verify(token(one), ends - timedelta(seconds=1)), DriverTicket)
    assert LINKS.verify(token(one), ends) == Refused("expired")
    late = alert(deadline=NOW - timedelta(days=1))
    assert isinstance(LINKS.verify(token(late), NOW), DriverTicket), "counted from when it was told, if that is later"


def test_it_holds_no_ones_id() -> None:
    one = alert()
    assert "d-7" not in token(one)
    assert one.operator_id not in token(one)
    assert token(one) != token(msgspec.structs.replace(one, driver="d-8"))
    assert token(one) != token(msgspec.structs.replace(one, alert_id=uuid4()))


@given(place=st.integers(0, 58), letter=st.sampled_from("ABYZabyz0189-_=+/. é"))
def test_one_letter_changed_opens_nothing(place: int, letter: str) -> None:
    whole = token(alert())
    changed = whole[:place] + letter + whole[place + 1 :]
    if changed != whole:
        assert isinstance(LINKS.verify(changed, NOW), Refused)


@pytest.mark.parametrize("text", ["", "a", "A" * 58, "A" * 59, "A" * 60, "é" * 59, "\x00" * 59, "../" * 20])
def test_anything_else_opens_nothing(text: str) -> None:
    assert isinstance(LINKS.verify(text, NOW), Refused)


def test_a_key_that_was_changed_still_opens_what_it_signed() -> None:
    one = alert()
    renewed = DriverLinks(b"n" * 32, "https://guard.example", previous=b"k" * 32)
    assert renewed.is_for(opened(token(one), renewed), one)
    assert LINKS.verify(token(one, renewed), NOW) == Refused("altered")


def test_a_link_of_another_kind_opens_nothing() -> None:
    ticket = Ticket("acknowledge", "op", "b", "x", int(NOW.timestamp()) + 600)
    assert isinstance(LINKS.verify(Links(b"k" * 32).sign(ticket), NOW), Refused)
