"""What every channel promises, on every channel, against a stand-in of its provider that fails in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from channel_benches import BENCHES, ENDS, MAILBOX, OPERATOR, PHONE, TEXT, Bench, again
from standins.http import RETRY_AFTER_S

from notifier.channels.channel import Attempt, Result

_ALL = sorted(BENCHES)
_CASES = [(name, fault, ends) for name in _ALL for fault, ends in ENDS[name].items()]
_TO_PEOPLE = [name for name in _ALL if name != "webhook"]


@pytest.fixture
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with BENCHES[request.param]() as made:
        yield made


async def ended(bench: Bench, one: object) -> Attempt:
    """An attempt ends by itself: what never does would keep a slot for ever."""
    return await asyncio.wait_for(bench.channel.attempt(one), timeout=30)  # type: ignore[arg-type]


@pytest.mark.parametrize("bench", _ALL, indirect=True)
async def test_what_is_told_arrives_once_in_its_own_words(bench: Bench) -> None:
    one = bench.make()
    attempt = await ended(bench, one)
    assert attempt.result in ("delivered", "sent")
    assert attempt.error is None
    ((key, text),) = bench.arrived()
    assert key == bench.key_of(one)
    assert TEXT in text


@pytest.mark.parametrize(("bench", "fault", "ends"), _CASES, indirect=["bench"])
async def test_a_fault_ends_an_attempt_as_promised(bench: Bench, fault: str, ends: Result) -> None:
    bench.fail(fault)
    attempt = await ended(bench, bench.make())
    assert attempt.result == ends
    said = attempt.error or ""
    assert all(one not in said for one in (PHONE, MAILBOX, OPERATOR, TEXT[:10], "127.0.0.1"))
    if ends in ("try_again", "refused"):
        assert said


@pytest.mark.parametrize(
    ("bench", "fault"),
    [(name, fault) for name, fault, ends in _CASES if ends == "try_again" and (name, fault) != ("voice", "lost")],
    indirect=["bench"],
)
async def test_after_a_fault_the_next_attempt_arrives_under_the_same_key(bench: Bench, fault: str) -> None:
    bench.fail(fault)
    one = bench.make()
    await ended(bench, one)
    attempt = await ended(bench, again(one))
    assert attempt.result in ("delivered", "sent")
    assert {key for key, _ in bench.arrived()} == {bench.key_of(one)}


@pytest.mark.parametrize("bench", ["webhook", "dispatch_note", "sms", "voice", "push"], indirect=True)
async def test_how_long_a_server_asks_to_be_left_alone_is_passed_on(bench: Bench) -> None:
    bench.fail("429")
    assert (await ended(bench, bench.make())).retry_after_s == RETRY_AFTER_S


@pytest.mark.parametrize("bench", _ALL, indirect=True)
async def test_attempts_at_the_same_time_do_not_mix(bench: Bench) -> None:
    many = [bench.make() for _ in range(8)]
    attempts = await asyncio.gather(*(ended(bench, one) for one in many))
    assert all(attempt.result in ("delivered", "sent") for attempt in attempts)
    assert sorted(key for key, _ in bench.arrived()) == sorted(map(bench.key_of, many))


@pytest.mark.parametrize("bench", _TO_PEOPLE, indirect=True)
@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b'{"to": "", "text": "x"}', b"\xff\xfe"])
async def test_a_body_that_is_no_message_is_refused_and_nobody_is_troubled(bench: Bench, body: bytes) -> None:
    attempt = await ended(bench, msgspec.structs.replace(bench.make(), body=body))
    assert attempt.result == "refused"
    assert bench.arrived() == []


@pytest.mark.parametrize("bench", _TO_PEOPLE, indirect=True)
async def test_marks_that_turn_a_text_around_do_not_arrive(bench: Bench) -> None:
    one = bench.make()
    told = msgspec.json.decode(one.body)
    hostile = f"{TEXT} \u202eevil\u2066\u200f\x00\x1b[31m"
    await ended(bench, msgspec.structs.replace(one, body=msgspec.json.encode({**told, "text": hostile})))
    ((_, text),) = bench.arrived()
    assert "evil" in text
    assert not set(text) & set("\u202e\u2066\u200f\x00\x1b")
