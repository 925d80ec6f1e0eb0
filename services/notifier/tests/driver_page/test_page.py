"""What the page says: short words, nothing personal, nothing that asks a driver to question anybody, few bytes."""

from __future__ import annotations

import itertools
import re
from typing import Any, get_args

import msgspec
import pytest
from alert_cases import raised
from test_wording import reading_grade

from notifier.alerts.alert import Alert, Kind
from notifier.alerts.templates import Texts, all_texts, languages
from notifier.driver_page import page
from notifier.driver_page.answering import Tap
from notifier.driver_page.view import View, dialled, view
from pickup_contracts.assessment import Decision, Pattern
from pickup_contracts.booking import Observation

_PATTERNS: tuple[Pattern, ...] = ("parcel_from_home", "victim_as_passenger", "courier_as_passenger", "none")
_KINDS: tuple[Kind, ...] = ("warning", "recall")
_DECISIONS: tuple[Decision, ...] = ("review", "warn", "hold_recommended")
#: What all of it may weigh, for a phone on a slow line.
LIGHT = 60_000
PUSH_KEY = "B" * 87
_NEVER = (
    *("fraudster", "criminal", "thief", "victim", "accuse", "confront", "suspect", "guilty"),
    *("ask them", "ask him", "ask her", "ask the", "question them", "question the", "search", "photo", "find out"),
)
#: Texts that somebody else wrote, as bad as they come.
HOSTILE = '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e\u2066J{booking}'


def alerts() -> list[Alert]:
    made = [
        msgspec.structs.replace(raised("warn"), decision=decision, kind=kind, pattern=pattern, driver="d-7")
        for decision, kind, pattern in itertools.product(_DECISIONS, _KINDS, _PATTERNS)
    ]
    closed = [
        msgspec.structs.replace(made[0], state="closed", close_reason=reason)
        for reason in ("cleared", "no_longer_matches", "delivered", "cancelled")
    ]
    return made + closed


def shown(alert: Alert, language: str = "en", **more: Any) -> View:
    wanted: dict[str, Any] = {"office_phone": "+441632960100", "pressed": frozenset(), "push": True, **more}
    return view(alert, all_texts()[language], **wanted)


def html(of: View) -> str:
    return str(page.drawn(of, push_key=PUSH_KEY).content)


each = pytest.mark.parametrize(
    "alert", alerts(), ids=lambda one: f"{one.state}-{one.kind}-{one.decision}-{one.pattern}"
)


@each
@pytest.mark.parametrize("language", sorted(languages()))
def test_a_page_in_every_language(alert: Alert, language: str) -> None:
    one = shown(alert, language)
    text = html(one)
    assert text.startswith(f'<!doctype html>\n<html lang="{language}" dir="ltr">')
    assert set(one.taps) == set(get_args(Tap))
    assert set(one.seen) == set(get_args(Observation))
    assert len(one.notice.headline) <= 40, "two lines on a small phone"
    assert 1 <= len(one.notice.steps) <= 4
    assert all(len(step) <= 75 for step in one.notice.steps)
    assert max(map(len, one.taps.values())) <= 26
    assert 'href="tel:+441632960100"' in text
    assert 'href="tel:999"' in text


@each
def test_nobody_is_to_be_questioned_or_accused(alert: Alert) -> None:
    one = shown(alert)
    words = re.sub(r"<script>.*?</script>|<style>.*?</style>|<[^>]*>", " ", html(one), flags=re.S).lower()
    assert not [word for word in _NEVER if word in words]
    assert not [word for word in _NEVER if word in one.notice.spoken.lower()]


@pytest.mark.parametrize(
    ("more", "headline"),
    [
        ({"decision": "hold_recommended"}, "Stop. Do not collect"),
        ({"decision": "warn"}, "Check before you collect"),
        ({"decision": "review"}, "Check before you collect"),
        ({"kind": "recall", "decision": "hold_recommended"}, "Do not hand it over"),
        ({"pattern": "courier_as_passenger", "decision": "hold_recommended"}, "Call the office when you can talk"),
        ({"state": "closed", "close_reason": "cleared"}, "Carry on"),
        ({"state": "closed", "close_reason": "delivered"}, "This job is over"),
        ({"state": "closed", "close_reason": "delivered", "kind": "recall"}, "This job is over"),
    ],
)
def test_the_headline_says_what_to_do(more: dict[str, Any], headline: str) -> None:
    assert shown(msgspec.structs.replace(raised(), **more)).notice.headline == headline


def test_what_follows_when_the_goods_are_on_board_needs_no_signal() -> None:
    warned = shown(raised("hold_recommended"))
    assert warned.aboard is not None
    assert warned.aboard.headline == "Do not hand it over"
    assert "nearest police" in warned.aboard.spoken or "next police station" in warned.aboard.spoken
    assert shown(msgspec.structs.replace(raised("warn"), kind="recall")).aboard is None
    assert shown(msgspec.structs.replace(raised("warn"), state="closed", close_reason="cancelled")).aboard is None


def test_who_has_it_already_is_told_what_to_do_also_where_nothing_is_recalled() -> None:
    lowered = msgspec.structs.replace(raised("warn"), decision="review")
    one = shown(lowered, pressed=frozenset({"have_it", "help"}))
    assert (one.notice.headline, one.aboard) == ("Do not hand it over", None)
    assert one.state != shown(lowered).state
    over = msgspec.structs.replace(lowered, state="closed", close_reason="delivered")
    assert shown(over, pressed=frozenset({"have_it"})).notice.headline == "This job is over"


def test_the_words_are_plain() -> None:
    page_texts = all_texts()["en"].driver_page
    for name in ("parcel", "hold", "ride", "runner", "recall", "recall_ride", "carry_on", "over"):
        lines = getattr(page_texts, name)
        assert reading_grade(". ".join((lines.headline, *lines.steps))) <= 5, name


def test_the_whole_of_it_is_light() -> None:
    heaviest = max(len(html(shown(alert, language)).encode()) for alert in alerts() for language in languages())
    assert heaviest + len(page.WORKER.encode()) < LIGHT
    assert heaviest > 10_000, "style and script are counted"


def test_nothing_of_it_is_anybody_elses() -> None:
    text = html(shown(raised("warn")))
    assert not re.findall(r"https?://", text.replace("http://www.w3.org", ""))
    assert not re.findall(r'<link(?! rel="icon" href="data:,")|<script src|<img|<iframe|@import|url\(', text)
    assert not re.findall(r'\son\w+="|style="|javascript:', text)
    policy = page.HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_hostile_text_is_only_text() -> None:
    one = shown(msgspec.structs.replace(raised("warn"), booking_id=HOSTILE), office_phone="javascript:alert(1)")
    assert one.tel is None
    text = html(one)
    assert text.count("<script>") == 1
    assert "<img" not in text
    assert "\u202e" not in text
    assert not re.findall(r'href="(?!tel:|data:)', text)
    assert "<bdi>" in text


def test_a_language_from_right_to_left() -> None:
    arabic = msgspec.structs.replace(all_texts()["en"], language="ar")
    assert isinstance(arabic, Texts)
    one = view(raised("warn"), arabic, office_phone=None, pressed=frozenset(), push=False)
    assert '<html lang="ar" dir="rtl">' in html(one)


@pytest.mark.parametrize(
    ("phone", "to"),
    [
        ("+44 1632 960100", "+441632960100"),
        ("01632 960 100", "01632960100"),
        ("(01632) 960100", "01632960100"),
        ("ask for Ines", None),
        ("+44;ext=1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_office_is_called_only_by_what_is_a_number(phone: str | None, to: str | None) -> None:
    assert dialled(phone) == to


def test_a_driver_without_an_id_is_not_offered_warnings_by_push() -> None:
    assert shown(msgspec.structs.replace(raised("warn"), driver="d-7")).can_push
    assert not shown(msgspec.structs.replace(raised("warn"), driver="unnamed")).can_push
    assert not shown(msgspec.structs.replace(raised("warn"), driver="d-7"), push=False).can_push


def test_a_link_that_opens_nothing_says_nothing() -> None:
    pages = {status: page.closed_door(status) for status in (404, 410)}
    assert pages[404].content == pages[410].content
    assert "data-state" not in str(pages[404].content)
    assert "<script>" not in str(pages[404].content)
