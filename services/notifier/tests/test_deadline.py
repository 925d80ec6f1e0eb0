"""Attempts are spaced by the time that is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.alerts.deadline import next_attempt

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@given(st.floats(min_value=0.01, max_value=86_400))
def test_a_gap_is_an_eighth_between_one_second_and_thirty(left_s: float) -> None:
    again = next_attempt(NOW, NOW + timedelta(seconds=left_s))
    assert again is not None
    gap = (again - NOW).total_seconds()
    assert 1 <= gap <= 30
    assert abs(gap - min(max(left_s / 8, 1), 30)) < 0.001


def test_after_the_deadline_there_is_none() -> None:
    assert next_attempt(NOW, NOW) is None
    assert next_attempt(NOW, NOW - timedelta(seconds=1)) is None


def test_a_ten_minute_window_has_many_tries() -> None:
    tries, moment = 0, NOW
    while (again := next_attempt(moment, NOW + timedelta(minutes=10))) is not None:
        tries, moment = tries + 1, again
    assert tries >= 20
