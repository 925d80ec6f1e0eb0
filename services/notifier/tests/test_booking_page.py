"""The words of one booking's page."""

from __future__ import annotations

from typing import get_args

from notifier.alerts.alert import Why
from notifier.console.booking_page import REFUSED


def test_every_reason_for_a_refusal_has_a_sentence() -> None:
    assert set(REFUSED) == set(get_args(Why))
    assert all(sentence.endswith(".") for sentence in REFUSED.values())
