"""Groups are called different only when there are enough bookings to say so."""

from __future__ import annotations

from collections import Counter

from pickupctl.evaluate.fairness import group_rates


def row(bookings: int, review: int = 0, warn: int = 0, hold: int = 0) -> Counter[str]:
    return Counter(bookings=bookings, review=review, warn=warn, hold_recommended=hold)


def test_a_group_with_many_more_alerts_is_named_and_small_ones_are_not() -> None:
    groups = {
        one.label: one
        for one in group_rates(
            {
                "SG": row(5000, review=20, warn=5, hold=1),
                "NN": row(1000, review=12, warn=20, hold=20),
                "CB": row(1000, review=60, warn=2),
                "IV": row(20, warn=20),
            }
        )
    }
    assert groups["NN"].notes == ("more alerts",)
    assert (groups["NN"].alerts, groups["NN"].alert_rate.share) == (40, 0.04)
    assert groups["CB"].notes == ("fewer alerts", "more reviews")
    assert groups["IV"].notes == ()
    assert not groups["IV"].enough


def test_groups_that_may_be_alike_are_not_called_different() -> None:
    groups = group_rates({"phone": row(3000, review=24, warn=6), "app": row(1500, review=8, warn=5)})
    assert [one.notes for one in groups] == [(), ()]


def test_one_group_alone_has_nothing_to_differ_from() -> None:
    (only,) = group_rates({"op-1": row(1000, warn=500)})
    assert not only.enough
    assert only.notes == ()
