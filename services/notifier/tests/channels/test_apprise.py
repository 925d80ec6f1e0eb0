"""Everything else: threads that hang keep nobody waiting, and no address leads inside or to this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from channel_benches import TIMEOUT_S, Known, told
from standins.chat_service import ChatService

from notifier.channels.apprise import AppriseChannel


@pytest.fixture
async def service() -> AsyncIterator[ChatService]:
    async with ChatService().running() as made:
        yield made


def channel_to(url: str, *, at_once: int = 8, allow_private: bool = True) -> AppriseChannel:
    return AppriseChannel(Known(duty=url).get, timeout_s=TIMEOUT_S, at_once=at_once, allow_private=allow_private)


def json_url(service: ChatService, host: str = "127.0.0.1") -> str:
    return f"json://{host}:{service.port}/notify"


async def test_a_text_arrives_with_its_subject_and_link(service: ChatService) -> None:
    channel = channel_to(json_url(service))
    one = told("apprise", "duty", "Check <b>job 7</b>.\nRing.", subject="Check job 7", link="https://guard.example/a")
    assert (await channel.attempt(one)).result == "delivered"
    (got,) = service.got
    assert (got["title"], got["type"]) == ("Check job 7", "warning")
    assert got["message"] == "Check <b>job 7</b>.\nRing.\nhttps://guard.example/a"
    await channel.close()


async def test_a_thread_that_hangs_is_not_waited_for_and_not_given_away(service: ChatService) -> None:
    channel = channel_to(json_url(service), at_once=2)
    service.faults = ["slow_body", "slow_body"]
    stuck = await asyncio.gather(*(channel.attempt(told("apprise", "duty")) for _ in range(2)))
    assert [one.error for one in stuck] == ["timed out"] * 2
    third = await channel.attempt(told("apprise", "duty"))
    assert (third.result, third.error) == ("try_again", "all threads are waiting for a service")
    service.end()
    for _ in range(100):
        attempt = await channel.attempt(told("apprise", "duty"))
        if attempt.result == "delivered":
            break
        await asyncio.sleep(0.02)
    assert attempt.result == "delivered", "threads that came back are used again"
    await channel.close()


async def test_redirects_are_not_followed(service: ChatService) -> None:
    channel = channel_to(json_url(service))
    service.faults = ["redirect"]
    assert (await channel.attempt(told("apprise", "duty"))).result == "try_again"
    assert service.followed == 0
    await channel.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"])
async def test_it_does_not_lead_inside(service: ChatService, host: str) -> None:
    channel = channel_to(json_url(service, host), allow_private=False)
    assert (await channel.attempt(told("apprise", "duty"))).result == "refused"
    assert service.requests == 0
    await channel.close()


@pytest.mark.parametrize("url", ["syslog://", "dbus://", "windows://", "macosx://", "nothing://x", "", "json://", "x"])
async def test_what_reaches_nobody_elsewhere_is_refused(url: str) -> None:
    channel = channel_to(url)
    assert (await channel.attempt(told("apprise", "duty"))).result == "refused"
    await channel.close()


async def test_a_failure_says_nothing_of_where_it_went(
    service: ChatService, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = channel_to(json_url(service).replace("json://", "json://user:t0ken@"))
    service.faults = ["500"]
    attempt = await channel.attempt(told("apprise", "duty"))
    assert attempt.error == "the service did not take it"
    printed = capsys.readouterr()
    assert "t0ken" not in caplog.text + printed.out + printed.err
    await channel.close()


async def test_without_its_secret_it_is_tried_again() -> None:
    channel = channel_to("json://x")
    assert (await channel.attempt(told("apprise", "other"))).result == "try_again"
    await channel.close()
