"""Labels: what was found of a booking, how much it weighs, and how much one operator may say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from pickup_contracts.assessment import Decision
from risk_scorer.outcomes.reported import Found

#: A suspicion, and what only a driver says, is worth half of what an office has looked into.
SUSPECTED_WEIGHT = 0.5
#: The largest part of the confirmed labels, and of the cleared ones, that one operator may make up.
MAX_SHARE = 0.25


class Label(Struct, frozen=True):
    """`scam` or not, and the weight before operators are held to their share."""

    scam: bool
    weight: float


def label_of(found: Found) -> Label | None:
    """The label that a finding is; `None` when nothing was found: no answer says nothing."""
    if found.finding == "confirmed_scam":
        return Label(True, 1.0)
    if found.finding == "suspected_scam":
        return Label(True, SUSPECTED_WEIGHT)
    if found.finding == "cleared":
        return Label(False, 1.0 if found.by_office else SUSPECTED_WEIGHT)
    return None


class Case(Struct, frozen=True):
    """One labelled booking: the rules that fired on it before anything was found, those of its highest assessment
    (`peak`), and the decision then."""

    operator_id: str
    rules: frozenset[str]
    peak: frozenset[str]
    decision: Decision
    label: Label


class Weighed(Struct, frozen=True):
    """Cases with what each weighs. `held` are operators whose labels were scaled down, and `bounded` says whether no
    operator weighs more than the share that was asked for: with too few operators none can weigh so little."""

    cases: Sequence[Case]
    weights: Sequence[float]
    held: Sequence[str]
    bounded: bool


def weigh(cases: Sequence[Case], max_share: float = MAX_SHARE) -> Weighed:
    """Weigh cases so that no operator makes up more than `max_share` of the scam labels, nor of the cleared ones.

    Both are bounded, not only their sum: scams are few, and whoever reports all of them would say what one is. With
    too few operators for that share, each weighs as much as the one that weighs least.
    """
    factors: dict[tuple[str, bool], float] = {}
    bounded = True
    for scam in (True, False):
        totals: dict[str, float] = {}
        for case in cases:
            if case.label.scam is scam:
                totals[case.operator_id] = totals.get(case.operator_id, 0.0) + case.label.weight
        bounded = bounded and (not totals or len(totals) * max_share >= 1 - 1e-9)
        limit = most_each(totals, max_share)
        factors.update({(operator, scam): min(1.0, limit / total) for operator, total in totals.items()})
    weights = [case.label.weight * factors[case.operator_id, case.label.scam] for case in cases]
    held = sorted({operator for (operator, _), factor in factors.items() if factor < 1.0})
    return Weighed(cases, weights, held, bounded)


def most_each(totals: Mapping[str, float], max_share: float) -> float:
    """The most that one operator may weigh so that none makes up more than `max_share` of all, once those above it
    are held to it. With too few operators for that, what the least of them weighs."""
    ordered = sorted(totals.values(), reverse=True)
    if len(ordered) * max_share <= 1:
        return min(ordered, default=0.0)
    rest = sum(ordered)
    for held, largest in enumerate(ordered):
        # With `held` of them at the limit: limit = max_share * (held * limit + rest).
        limit = max_share * rest / (1 - held * max_share)
        if largest <= limit:
            return limit
        rest -= largest
    raise AssertionError("more operators than shares always leave one below the limit")


def operators(cases: Iterable[Case]) -> set[str]:
    """Who labelled."""
    return {case.operator_id for case in cases}
