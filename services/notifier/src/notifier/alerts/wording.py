"""What people are told: action first, no accusation, what to do next. No name, phone or address in any of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from notifier.alerts.alert import Alert, Telling
from notifier.alerts.templates import ENGLISH, Brief, Note, Page, Texts, all_texts, filled, plain
from pickup_contracts.alert import Audience

#: How a channel is read: at a glance, aloud, or at a desk.
ChannelClass = Literal["short", "spoken", "long"]
CHANNEL_CLASS: dict[str, ChannelClass] = {"voice": "spoken", "email": "long"}
#: Of a ride, the person at the pickup is the passenger: one is asked where they were told to go, the other nothing.
_REVIEWS = {"victim_as_passenger": "review_ride", "courier_as_passenger": "review_runner"}
_ASKED_FOR = {"hold": "a hold", "release": "a release", "recall": "a recall"}


class Wording(Struct, frozen=True):
    """`headline` for the office, `driver` for the driver (read at a glance), `office` as steps in order."""

    headline: str
    driver: str
    office: tuple[str, ...]


class Worded(Struct, frozen=True):
    """One message's text; `subject` where the channel has one. `language` is that of the text. `hint` says how to
    answer on the channel, where it takes answers."""

    text: str
    language: str
    subject: str | None = None
    hint: str | None = None


def wording(
    alert: Alert, *, texts: Texts | None = None, office_phone: str | None = None, collected: bool = False
) -> Wording:
    """What to tell of an alert. A `review` has no text for the driver: only the office looks. `texts` is the driver's
    language, English when none is given; the office's words are English. `collected` when the booking has got that
    far, which no recall tells of a review."""
    page = _page(alert, collected=collected)
    driver = driver_words(alert, texts or all_texts()[ENGLISH], office_phone=office_phone) if alert.alerting else None
    return Wording(page.headline, driver.short if driver is not None else "", page.steps)


def driver_words(alert: Alert, texts: Texts, *, office_phone: str | None, carry_on: bool = False) -> Brief:
    """A driver's texts, filled. `carry_on` when the alert was closed and the job goes on."""
    brief: Brief = texts.driver.carry_on if carry_on else getattr(texts.driver, _situation(alert))
    values = {"booking": plain(alert.booking_id), "call": _call(texts, office_phone)}
    return Brief(filled(brief.short, values), filled(brief.spoken, values))


def question(alert: Alert, texts: Texts) -> str:
    """What a driver is asked when the booking is over and nobody has said how it ended."""
    return filled(texts.driver_page.labels.asked, {"booking": plain(alert.booking_id)})


def message(
    alert: Alert,
    telling: Telling,
    audience: Audience,
    channel: str,
    *,
    texts: Texts,
    office_phone: str | None,
    zone: ZoneInfo,
) -> Worded:
    """One message to one audience on one channel. `texts` is the driver's language; the office is told what the
    driver is told in the words that the driver gets."""
    how = CHANNEL_CLASS.get(channel, "short")
    if audience == "driver":
        brief = driver_words(alert, texts, office_phone=office_phone, carry_on=telling == "closed")
        text = brief.spoken if how == "spoken" else brief.short
        return Worded(text, texts.language, texts.phrases.subject_driver, _answer(alert, telling, channel, texts))
    note = _note(alert, telling, audience)
    page = _page(alert)
    values = {
        "booking": plain(alert.booking_id),
        "by": _clock(alert.deadline, zone),
        "headline": page.headline,
        "steps": "\n".join(f"- {step}" for step in page.steps),
        "driver_text": driver_words(alert, texts, office_phone=office_phone).short if alert.alerting else "nothing yet",
        "command": _ASKED_FOR[alert.command or "hold"],
    }
    text = {"short": note.short, "spoken": note.spoken, "long": note.long}[how]
    hint = all_texts()[ENGLISH].phrases.press if channel == "voice" else None
    return Worded(filled(text, values), ENGLISH, filled(note.subject, values), hint)


def _answer(alert: Alert, telling: Telling, channel: str, texts: Texts) -> str | None:
    """How a driver answers. That a job goes on is no question."""
    phrases = texts.phrases
    if channel == "voice":
        return phrases.keys_ride if alert.ride else phrases.keys
    if channel != "sms" or telling == "closed":
        return None
    return phrases.reply_ride if alert.ride else phrases.reply


def _note(alert: Alert, telling: Telling, audience: Audience) -> Note:
    english = all_texts()[ENGLISH]
    kind: Note
    if audience == "dispatcher":
        assert english.dispatcher is not None
        kind = english.dispatcher.recall if alert.kind == "recall" else english.dispatcher.warning
        return kind
    assert english.duty_manager is not None
    if telling == "expired":
        return english.duty_manager.expired
    if telling == "unconfirmed":
        return english.duty_manager.unconfirmed
    return english.duty_manager.recall if alert.kind == "recall" else english.duty_manager.warning


def _page(alert: Alert, *, collected: bool = False) -> Page:
    english = all_texts()[ENGLISH]
    assert english.page is not None
    situation = _situation(alert)
    if situation == "review" and (collected or alert.kind == "recall"):
        situation = "review_collected"
    page: Page = getattr(english.page, situation)
    return page


def _situation(alert: Alert) -> str:
    if not alert.alerting:
        return _REVIEWS.get(alert.pattern, "review")
    if alert.kind == "recall":
        return "recall_ride" if alert.ride else "recall"
    if alert.pattern == "courier_as_passenger":
        return "runner"
    if alert.pattern == "victim_as_passenger":
        return "ride"
    return "hold" if alert.decision == "hold_recommended" else "parcel"


def _call(texts: Texts, office_phone: str | None) -> str:
    if not office_phone:
        return texts.phrases.call
    return filled(texts.phrases.call_on, {"office_phone": plain(office_phone)})


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%H:%M")
