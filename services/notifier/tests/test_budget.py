"""The alert budget: a flood is told by score, urgent alerts always, and nothing is hidden."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from alert_cases import NOW, raised
from hypothesis import given
from hypothesis import strategies as st

from notifier.alerts.alert import Change, Step
from notifier.alerts.budget import Bucket, full, has_room, ration, refilled
from pickup_contracts.assessment import Decision

PER_HOUR = 240


def news(decision: Decision = "warn", score: int = 50) -> Change:
    alert = msgspec.structs.replace(raised(decision), score=score)
    return Change(alert, (Step("raised", decision),), "warning" if alert.alerting else None)


def told(bucket: Bucket, change: Change) -> tuple[bool, Bucket]:
    rationed, (left,) = ration(change, [(bucket, PER_HOUR)], now=NOW)
    assert rationed.alert.rationed == (rationed.steps[-1].type == "rationed")
    return not rationed.alert.rationed, left


def test_a_flood_is_told_until_the_bucket_is_low_then_only_the_highest_scores() -> None:
    bucket, heard = full(PER_HOUR, NOW), []
    for number in range(200):
        ok, bucket = told(bucket, news(score=95 if number % 2 else 40))
        heard.append((number % 2 == 1, ok))
    high = sum(ok for is_high, ok in heard if is_high)
    low = sum(ok for is_high, ok in heard if not is_high)
    assert high > low > 0
    assert high + low <= 60, "a quarter of an hour's budget at once"
    assert not heard[-2][1], "the low ones were stopped"


def test_a_likely_scam_is_told_from_an_empty_bucket_and_takes_nothing_from_others() -> None:
    empty = Bucket(0.0, NOW)
    ok, left = told(empty, news("hold_recommended", 1))
    assert (ok, left) == (True, empty)
    brim = full(PER_HOUR, NOW)
    assert told(brim, news("hold_recommended"))[1] == brim


def test_a_recall_is_told_too() -> None:
    recall = Change(msgspec.structs.replace(raised("warn"), kind="recall"), (Step("recalled"),), "recall")
    assert ration(recall, [(Bucket(0.0, NOW), PER_HOUR)], now=NOW)[0].telling == "recall"


def test_an_empty_driver_budget_rations_too_and_a_review_is_marked() -> None:
    change, _ = ration(news(), [(full(PER_HOUR, NOW), PER_HOUR), (Bucket(0.0, NOW), 12)], now=NOW)
    assert (change.alert.rationed, change.telling) == (True, None)
    review, _ = ration(news("review"), [(Bucket(0.0, NOW), PER_HOUR)], now=NOW)
    assert review.alert.rationed


def test_what_is_no_news_is_not_counted() -> None:
    bucket = Bucket(5.0, NOW)
    for change in (Change(raised()), Change(raised(), telling="lowered"), Change(raised(), telling="driver")):
        assert ration(change, [(bucket, PER_HOUR)], now=NOW)[1] == (bucket,)


def test_it_fills_with_time_and_never_over_its_size() -> None:
    assert refilled(Bucket(0.0, NOW), PER_HOUR, NOW + timedelta(minutes=5)).tokens == 20
    assert refilled(Bucket(0.0, NOW), PER_HOUR, NOW + timedelta(days=1)).tokens == 60
    assert refilled(Bucket(60.0, NOW), 8, NOW).tokens == 3, "the operator made it smaller"
    assert refilled(Bucket(7.0, NOW), PER_HOUR, NOW - timedelta(minutes=5)) == Bucket(7.0, NOW), "clocks differ"


@given(st.floats(0, 60), st.integers(0, 100), st.integers(0, 100))
def test_a_higher_score_is_never_worse_off(tokens: float, one: int, other: int) -> None:
    bucket = Bucket(tokens, NOW)
    if has_room(bucket, PER_HOUR, min(one, other)):
        assert has_room(bucket, PER_HOUR, max(one, other))
