"""What the driver's page shows of an alert, in the driver's language. Pure.

No customer's name, phone or address, no reason, nothing that asks a driver to question anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from notifier.alerts.alert import Alert
from notifier.alerts.page_texts import DriverPage, Labels, Lines
from notifier.alerts.templates import Texts, filled, plain
from notifier.alerts.wording import driver_words
from notifier.watch import UNNAMED

#: `stop` when something must not be done, `check` when somebody is to be called first, `go` when nothing is left.
Tone = Literal["stop", "check", "go"]
_TONES: dict[str, Tone] = {"hold": "stop", "recall": "stop", "carry_on": "go", "over": "go"}
_GOES_ON = frozenset({"cleared", "no_longer_matches"})
#: Languages that are written from right to left.
_LEFTWARD = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_PHONE = re.compile(r"[+(]?[0-9][0-9 ().-]{2,30}")


class Notice(Struct, frozen=True):
    """A headline, steps, and the text that is read out."""

    tone: Tone
    headline: str
    steps: tuple[str, ...]
    spoken: str


class View(Struct, frozen=True):
    """The page. `aboard` is what follows at once from "I have it already", signal or none; `None` where nothing does.
    `tel` is the office's number for a link, `None` when it is not known. `state` changes when the page has to be drawn
    anew. `pressed` are taps that the office has. `can_push` when a phone can ask to be warned."""

    language: str
    direction: Literal["ltr", "rtl"]
    job: str
    notice: Notice
    aboard: Notice | None
    labels: Labels
    taps: Mapping[str, str]
    seen: Mapping[str, str]
    tel: str | None
    phone: str | None
    state: str
    pressed: frozenset[str]
    can_push: bool


def view(alert: Alert, texts: Texts, *, office_phone: str | None, pressed: frozenset[str], push: bool) -> View:
    """The page of an alert as it stands. A driver who has said that the goods are on board reads what to do with them,
    also where the office was never alerted and nothing is recalled."""
    page = texts.driver_page
    situation = _situation(alert)
    shown, aboard = _notice(_told(alert), situation, texts, office_phone), None
    if alert.kind == "warning" and alert.state != "closed":
        recalled = msgspec.structs.replace(_told(alert), kind="recall")
        aboard = _notice(recalled, _situation(recalled), texts, office_phone)
        if "have_it" in pressed:
            situation, shown, aboard = _situation(recalled), aboard, None
    return View(
        language=texts.language,
        direction="rtl" if texts.language in _LEFTWARD else "ltr",
        job=filled(page.labels.job, {"booking": plain(alert.booking_id)}),
        notice=shown,
        aboard=aboard,
        labels=page.labels,
        taps=msgspec.structs.asdict(page.taps_ride if alert.ride else page.taps),
        seen=msgspec.structs.asdict(page.seen),
        tel=dialled(office_phone),
        phone=plain(office_phone) if office_phone else None,
        state=f"{situation}.{texts.language}",
        pressed=pressed,
        can_push=push and alert.driver not in (None, UNNAMED),
    )


def dialled(phone: str | None) -> str | None:
    """A number as a `tel:` link wants it; `None` for what is no number."""
    if phone is None or _PHONE.fullmatch(phone.strip()) is None:
        return None
    return re.sub(r"[^+0-9]", "", phone)


def _notice(alert: Alert, situation: str, texts: Texts, office_phone: str | None) -> Notice:
    page: DriverPage = texts.driver_page
    lines: Lines = getattr(page, situation)
    if situation == "over":
        spoken = ". ".join((lines.headline, *lines.steps))
    else:
        spoken = driver_words(alert, texts, office_phone=office_phone, carry_on=situation == "carry_on").spoken
    return Notice(_TONES.get(situation, "check"), lines.headline, lines.steps, spoken)


def _situation(alert: Alert) -> str:
    if alert.state == "closed":
        return "carry_on" if alert.close_reason in _GOES_ON else "over"
    rides = alert.ride
    if alert.kind == "recall":
        return "recall_ride" if rides else "recall"
    if rides:
        return "runner" if alert.pattern == "courier_as_passenger" else "ride"
    return "hold" if alert.decision == "hold_recommended" else "parcel"


def _told(alert: Alert) -> Alert:
    """The alert as the driver was told of it: one that was lowered to a review keeps the word until somebody of the
    office says otherwise."""
    return alert if alert.alerting else msgspec.structs.replace(alert, decision="warn")
