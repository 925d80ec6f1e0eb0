"""Words are short, begin with what to do, accuse nobody, and hold nothing personal."""

from __future__ import annotations

import itertools
import re

import msgspec
import pytest
from alert_cases import NOW, raised

from notifier.alerts.alert import Alert, Kind
from notifier.alerts.wording import wording
from notifier.messages import webhook
from pickup_contracts.assessment import Decision, Pattern

_PATTERNS: tuple[Pattern, ...] = ("parcel_from_home", "victim_as_passenger", "courier_as_passenger", "none")
_KINDS: tuple[Kind, ...] = ("warning", "recall")
_DECISIONS: tuple[Decision, ...] = ("warn", "hold_recommended")


def alerts() -> list[Alert]:
    return [
        msgspec.structs.replace(raised(), decision=decision, kind=kind, pattern=pattern)
        for decision, kind, pattern in itertools.product(_DECISIONS, _KINDS, _PATTERNS)
    ]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: f"{alert.kind}-{alert.decision}-{alert.pattern}")
def test_a_drivers_text(alert: Alert) -> None:
    text = wording(alert).driver
    assert len(text) <= 240, "two text messages at most"
    assert re.match(r"[A-Z'. ]{8,}", text), "what to do comes first, in capitals"
    assert "999" in text
    for word in ("fraudster", "criminal", "victim", "accuse", "confront", "open the", "ask them"):
        assert word not in text.lower()
    sentences = [sentence for sentence in re.split(r"[.!?:]", text) if sentence.strip()]
    words = re.findall(r"[A-Za-z']+", text)
    assert len(words) / len(sentences) <= 10, "short sentences"
    assert sum(len(word) for word in words) / len(words) <= 5, "short words"


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: f"{alert.kind}-{alert.decision}-{alert.pattern}")
def test_an_offices_steps(alert: Alert) -> None:
    told = wording(alert)
    assert 2 <= len(told.office) <= 6
    assert len(told.headline) <= 70
    assert "nothing but that there is a delay" in told.office[-1]


def test_a_review_asks_nothing_of_the_driver() -> None:
    assert wording(msgspec.structs.replace(raised(), decision="review")).driver == ""


def test_the_webhook_of_a_change_is_always_the_same() -> None:
    alert = raised()
    assert webhook(alert, NOW) == webhook(alert, NOW)
    assert webhook(alert, NOW).delivery_id != webhook(msgspec.structs.replace(alert, change=2), NOW).delivery_id
