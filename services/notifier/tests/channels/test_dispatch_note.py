"""Notes in the operator's dispatch system: where they go, what they can't become, and who must not read them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from channel_benches import OPERATOR, TIMEOUT_S, Known, again, directory, note_to, told
from hypothesis import given
from hypothesis import strategies as st
from standins.operator_system import OperatorSystem

from notifier.channels.dispatch_note import DispatchNoteChannel, HttpDispatch, filled
from pickup_contracts.dispatch import DispatchNote, dispatch_faults
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.clock import SystemClock


@pytest.fixture
async def system() -> AsyncIterator[OperatorSystem]:
    async with OperatorSystem([]).running() as made:
        yield made


def channel_to(note: DispatchNote | None, *, allow_private: bool = True, **secrets: str) -> DispatchNoteChannel:
    known = Known(**(secrets or {"dispatch": "Bearer t0p"}))
    adapter = HttpDispatch(known.get, SystemClock(), timeout_s=TIMEOUT_S, allow_private=allow_private)
    return DispatchNoteChannel(directory(dispatch_note=note), adapter)


async def test_the_request_is_what_the_profile_describes(system: OperatorSystem) -> None:
    one = told("dispatch_note", "b/17 ä", "Do not collect.", link="https://guard.example/d/1")
    channel = channel_to(note_to(system.url))
    assert (await channel.attempt(one)).result == "delivered"
    ((key, booking, body),) = system.notes
    assert (key, booking) == (str(one.delivery_id), "b/17 ä")
    assert body == {
        "note": {"kind": "driver", "text": "Do not collect.\nhttps://guard.example/d/1"},
        "ref": str(one.delivery_id),
    }
    await channel.close()


async def test_a_note_whose_answer_was_lost_is_there_once(system: OperatorSystem) -> None:
    system.faults = ["lost"]
    channel, one = channel_to(note_to(system.url)), told("dispatch_note", "b-17")
    assert (await channel.attempt(one)).result == "try_again"
    assert (await channel.attempt(again(one))).result == "delivered"
    assert len(system.notes) == 1
    await channel.close()


@pytest.mark.parametrize("booking", [".", "..", "../../admin", "a?b=c", "a#b", "%2e%2e", "x\r\nHost: evil", "a/../b"])
async def test_no_bookings_id_leaves_its_place_in_the_address(system: OperatorSystem, booking: str) -> None:
    channel = channel_to(note_to(system.url))
    attempt = await channel.attempt(told("dispatch_note", booking))
    if attempt.result == "refused":
        assert system.requests == 0
    else:
        assert [found for _, found, _ in system.notes] == [booking]
    await channel.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_it_does_not_lead_inside(system: OperatorSystem, host: str) -> None:
    channel = channel_to(note_to(f"http://{host}:{system.port}"), allow_private=False)
    assert (await channel.attempt(told("dispatch_note", "b-17"))).result == "refused"
    assert system.requests == 0
    await channel.close()


async def test_without_its_secret_nothing_is_sent(system: OperatorSystem) -> None:
    channel = channel_to(note_to(system.url), other="x")
    assert (await channel.attempt(told("dispatch_note", "b-17"))).result == "try_again"
    assert system.requests == 0
    await channel.close()


async def test_an_operator_without_one_is_refused_at_once(system: OperatorSystem) -> None:
    channel = channel_to(None)
    assert (await channel.attempt(told("dispatch_note", "b-17"))).result == "refused"
    await channel.close()


@pytest.mark.parametrize(
    "more",
    [
        {"body": {"customer_note": "{text}"}},
        {"body": {"notes": [{"passengerMessage": "{text}"}]}},
        {"body": {"job": {"tracking": {"text": "{text}"}}}},
        {"url": "https://dispatch.example/public/jobs/{booking_id}"},
        {"url": "https://{booking_id}.dispatch.example/notes"},
        {"body": {"note": "no place for it"}},
        {"body": {"note": "{text}"}, "url": "https://dispatch.example/notes"},
    ],
)
async def test_a_note_that_a_booker_could_see_or_that_can_not_work_is_refused(
    system: OperatorSystem, more: dict[str, Any]
) -> None:
    note = msgspec.structs.replace(note_to(system.url), **more)
    assert list(dispatch_faults(note))
    channel = channel_to(note)
    attempt = await channel.attempt(told("dispatch_note", "b-17"))
    assert (attempt.result, system.requests) == ("refused", 0)
    assert (attempt.error or "").startswith("dispatch_note.")
    await channel.close()


def test_a_profile_is_read_with_its_note() -> None:
    raw = {"operator_id": OPERATOR, "name": "X", "dispatch_note": msgspec.to_builtins(note_to("https://d.example"))}
    assert msgspec.convert(raw, OperatorProfile).dispatch_note == note_to("https://d.example")
    for wrong in ({"visible_to": "customer"}, {"url": "ftp://d.example"}, {"secret_header": "a\r\nb"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(raw | {"dispatch_note": raw["dispatch_note"] | wrong}, OperatorProfile)


@given(st.text(max_size=200), st.text(max_size=60))
def test_whatever_a_text_holds_it_stays_one_string(text: str, booking: str) -> None:
    template = {"a": ["{text}", {"b": "[{booking_id}] {text}"}], "n": 1, "t": True}
    made = filled(template, {"{text}": text, "{booking_id}": booking})
    assert made == {"a": [text, {"b": f"[{booking}] {text}"}], "n": 1, "t": True}
    assert msgspec.json.decode(msgspec.json.encode(made)) == made


def test_a_text_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    assert filled("{text}", {"{text}": "{booking_id}", "{booking_id}": "secret"}) == "{booking_id}"
