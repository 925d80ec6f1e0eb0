"""Attempts are spaced by the time that is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.alerts.deadline import next_attempt

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@given(st.floats(min_value=0.01, max_value=86_400), st.integers(1, 50))
def test_a_gap_is_between_one_second_and_thirty(left_s: float, attempts: int) -> None:
    again = next_attempt(NOW, NOW + timedelta(seconds=left_s), attempts=attempts)
    assert again is not None
    gap = (again - NOW).total_seconds()
    assert 1 <= gap <= min(30, max(1, left_s / 8 + 0.001))


def test_the_first_tries_come_soon() -> None:
    late = NOW + timedelta(minutes=15)
    gaps = [(next_attempt(NOW, late, attempts=tried) or NOW) - NOW for tried in (1, 2, 3, 4, 5, 6)]
    assert [gap.total_seconds() for gap in gaps] == [1, 2, 4, 8, 16, 30]


def test_after_the_deadline_there_is_none() -> None:
    assert next_attempt(NOW, NOW, attempts=1) is None
    assert next_attempt(NOW, NOW - timedelta(seconds=1), attempts=1) is None


def test_a_ten_minute_window_has_many_tries() -> None:
    tries, moment = 1, NOW
    while (again := next_attempt(moment, NOW + timedelta(minutes=10), attempts=tries)) is not None:
        tries, moment = tries + 1, again
    assert tries >= 25
