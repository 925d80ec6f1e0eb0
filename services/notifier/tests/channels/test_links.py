"""Signed links: good for one thing, until one moment, in one spelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.links import Links, Reason, Refusal, Ticket, derived

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LINKS = Links(derived(b"k" * 32, "links"))
TICKET = Ticket("acknowledge", "op-1", "b-17", "d-1", int(NOW.timestamp()) + 60)


def refused(token: str, purpose: str = "acknowledge", now: datetime = NOW) -> Reason | None:
    found = LINKS.verify(token, purpose, now)
    return found.reason if isinstance(found, Refusal) else None


def test_a_link_holds_what_was_signed() -> None:
    token = LINKS.sign(TICKET)
    assert LINKS.verify(token, "acknowledge", NOW) == TICKET
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_it_expires_to_the_second() -> None:
    token = LINKS.sign(TICKET)
    assert refused(token, now=NOW + timedelta(seconds=59)) is None
    assert refused(token, now=NOW + timedelta(seconds=60)) == "expired"


def test_it_opens_nothing_else() -> None:
    assert refused(LINKS.sign(TICKET), purpose="driver") == "another_purpose"


def test_a_key_that_was_changed_is_believed_while_it_is_the_previous_one() -> None:
    old, new, newer = b"o" * 32, b"n" * 32, b"r" * 32
    token = Links(old).sign(TICKET)
    assert Links(new, previous=old).verify(token, "acknowledge", NOW) == TICKET
    assert Links(newer, previous=new).verify(token, "acknowledge", NOW) == Refusal("altered")


def test_keys_for_different_uses_differ() -> None:
    assert derived(b"s" * 32, "links") != derived(b"s" * 32, "sessions")


@pytest.mark.parametrize(
    ("token", "reason"),
    [("", "malformed"), (".", "altered"), ("a.b.c", "malformed"), ("é.é", "malformed"), ("A" * 5_000, "malformed")],
)
def test_what_is_no_link_is_malformed(token: str, reason: Reason) -> None:
    assert refused(token) == reason


@given(st.data())
def test_any_change_of_a_character_is_refused(data: st.DataObject) -> None:
    token = LINKS.sign(TICKET)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABab01-_.=+/ \n"))
    changed = token[:at] + other + token[at + 1 :]
    assert (refused(changed) is None) == (changed == token)


@given(st.text(max_size=300))
def test_no_other_text_is_a_link(text: str) -> None:
    assert refused(text) is not None


@given(
    st.builds(
        Ticket,
        st.sampled_from(["acknowledge", "driver"]),
        st.text(max_size=30),
        st.text(max_size=128),
        st.uuids().map(str),
        st.integers(0, 2**40),
    ),
    st.integers(0, 2**40),
)
def test_a_ticket_comes_back_whole_or_not_at_all(ticket: Ticket, now: int) -> None:
    found = LINKS.verify(LINKS.sign(ticket), "acknowledge", datetime.fromtimestamp(now % 2**33, UTC))
    good = ticket.purpose == "acknowledge" and now % 2**33 < ticket.expires
    if len(LINKS.sign(ticket)) <= 1024:
        assert (found == ticket) == good


def test_a_content_that_is_signed_and_no_ticket_is_malformed() -> None:
    # Nobody but us can sign it; an older or newer version of ours may.
    class Other(msgspec.Struct, array_like=True):
        purpose: str = "acknowledge"

    assert refused(LINKS.sign(Other())) == "malformed"  # type: ignore[arg-type]
