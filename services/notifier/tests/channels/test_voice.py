"""Calls: what is read out, what a key does, and never two at the same time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pytest
from channel_benches import PHONE, again, calls, told
from hypothesis import given
from hypothesis import strategies as st
from standins.twilio_api import TwilioApi

from notifier.channels.message import Message
from notifier.channels.voice import VoiceChannel, twiml, voice_of

ACTION = "https://guard.example/callbacks/twilio/voice/1?a=b&c=d"


@pytest.fixture
async def voice(api: TwilioApi) -> AsyncIterator[VoiceChannel]:
    made = calls(api)
    yield made
    await made.close()


async def test_the_call_reads_the_warning_and_asks_for_a_key(api: TwilioApi, voice: VoiceChannel) -> None:
    one = told("voice", PHONE, "Do not collect job 7.", language="cy", hint="Pwyswch 1.")
    attempt = await voice.attempt(one)
    form = api.made[0]["form"]
    assert (attempt.result, attempt.provider_id) == ("sent", api.made[0]["shown"]["sid"])
    assert form["StatusCallback"] == form["AsyncAmdStatusCallback"]
    assert form["StatusCallback"] == f"https://guard.example/callbacks/twilio/status/{one.delivery_id}"
    (gather, hangup) = ElementTree.fromstring(form["Twiml"])
    assert (gather.tag, gather.attrib["numDigits"], hangup.tag) == ("Gather", "1", "Hangup")
    assert gather.attrib["action"] == f"https://guard.example/callbacks/twilio/voice/{one.delivery_id}"
    (say,) = gather
    assert (say.attrib["language"], say.text) == ("cy-GB", "Do not collect job 7. Pwyswch 1.")


async def test_while_a_call_is_going_on_no_other_is_begun(api: TwilioApi, voice: VoiceChannel) -> None:
    api.faults = ["lost"]
    one = told("voice", PHONE)
    assert (await voice.attempt(one)).result == "try_again"
    for status in ("queued", "ringing", "in-progress"):
        api.made[0]["shown"]["status"] = status
        attempt = await voice.attempt(again(one))
        assert (attempt.result, attempt.retry_after_s) == ("try_again", 10.0)
    assert len(api.made) == 1
    api.made[0]["shown"]["status"] = "no-answer"
    assert (await voice.attempt(again(one))).result == "sent"
    assert len(api.made) == 2


@pytest.mark.parametrize(
    "hostile",
    [
        "</Say></Gather><Dial>+447700900666</Dial>",
        "<Redirect>https://evil.example</Redirect>",
        "]]><Hangup/>",
        "&lt;Dial&gt; &amp; \"quotes\" 'too'",
        "\x00\x1b[0m\u202e<!-- -->",
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    ],
)
def test_hostile_text_is_read_out_and_nothing_more(hostile: str) -> None:
    found = ElementTree.fromstring(twiml(Message(PHONE, hostile, language='en" x="', hint=hostile), ACTION))
    assert [one.tag for one in found.iter()] == ["Response", "Gather", "Say", "Hangup"]
    assert found[0].attrib["action"] == ACTION
    assert found[0][0].attrib == {"language": "en-GB", "loop": "2"}


@given(st.text(max_size=6_000), st.text(max_size=300))
def test_any_text_makes_a_document_that_the_provider_takes(text: str, hint: str) -> None:
    document = twiml(Message(PHONE, text, hint=hint), ACTION)
    assert len(document) <= 4_000
    found = ElementTree.fromstring(document)
    assert [one.tag for one in found.iter()] == ["Response", "Gather", "Say", "Hangup"]


@given(st.text(st.sampled_from("<&> word"), max_size=6_000))
def test_a_text_that_only_grows_when_escaped_still_fits(text: str) -> None:
    assert len(twiml(Message(PHONE, text), ACTION)) <= 4_000


def test_a_language_without_a_voice_is_read_in_english() -> None:
    assert (voice_of("cy"), voice_of("xx")) == ("cy-GB", "en-GB")
