"""The circuit breaker, over any order of attempts, endings and pauses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.breaker import CLOSED, Breaker, Policy, admit, failed, given_up, succeeded

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
POLICY = Policy(failures=3, pause=timedelta(seconds=5), longest=timedelta(seconds=40))


def opened() -> Breaker:
    breaker = CLOSED
    for _ in range(POLICY.failures):
        breaker = failed(breaker, POLICY, NOW)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = CLOSED
    for _ in range(POLICY.failures - 1):
        breaker = failed(breaker, POLICY, NOW)
        assert admit(breaker, NOW) == breaker
    assert admit(failed(breaker, POLICY, NOW), NOW) == POLICY.pause


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = CLOSED
    for _ in range(10):
        breaker = succeeded(failed(failed(breaker, POLICY, NOW), POLICY, NOW))
    assert breaker == CLOSED


def test_after_the_pause_one_attempt_probes() -> None:
    later = NOW + POLICY.pause
    probing = admit(opened(), later)
    assert isinstance(probing, Breaker)
    assert isinstance(admit(probing, later), timedelta)
    assert isinstance(admit(given_up(probing), later), Breaker)
    assert succeeded(probing) == CLOSED


def test_every_probe_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    breaker, now, pauses = opened(), NOW, []
    for _ in range(6):
        assert breaker.until is not None
        pauses.append((breaker.until - now).total_seconds())
        now = breaker.until
        probing = admit(breaker, now)
        assert isinstance(probing, Breaker)
        breaker = failed(probing, POLICY, now)
    assert pauses == [5, 10, 20, 40, 40, 40]


@given(st.lists(st.sampled_from(["admit", "fail", "succeed", "cancel", "second", "minute"]), max_size=200))
def test_in_any_order_it_never_lets_through_too_much_and_never_stays_shut(happens: list[str]) -> None:
    breaker, now, since_success, probes = CLOSED, NOW, 0, 0
    for what in happens:
        if what in ("second", "minute"):
            now += timedelta(seconds=1 if what == "second" else 60)
            continue
        if what == "admit":
            before = breaker
            answer = admit(breaker, now)
            if isinstance(answer, timedelta):
                assert timedelta(0) < answer <= POLICY.longest
                assert before.until is not None
                continue
            breaker = answer
            if before.until is not None:
                assert now >= before.until
                assert probes == 0, "two probes at the same time"
                probes = 1
        elif what == "fail":
            breaker, since_success, probes = failed(breaker, POLICY, now), since_success + 1, 0
        elif what == "succeed":
            breaker, since_success, probes = succeeded(breaker), 0, 0
            assert breaker == CLOSED
        else:
            breaker, probes = given_up(breaker), 0
        assert (breaker.until is not None) == (since_success >= POLICY.failures)
    end = given_up(breaker)
    assert isinstance(admit(end, now + POLICY.longest), Breaker), "it would stay shut for longer than the longest pause"
