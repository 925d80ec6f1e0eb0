"""By whom and where decisions fall: counted in few, bounded groups, never by anything that names a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from pickup_contracts.assessment import Decision
from pickup_contracts.drills import OPERATOR as DRILLS
from pickup_runtime import metrics
from risk_scorer.facts import Facts
from risk_scorer.known import address, known
from risk_scorer.premises.address_key import area
from risk_scorer.premises.areas import CENTROIDS

#: Operators beyond so many share one series.
MOST_OPERATORS = 200


class Group(Struct, frozen=True, gc=False):
    """What is watched of a booking. `area` is the letters of the pickup's postcode, `other` where there is no such
    area in the United Kingdom; what is not known is `unknown`."""

    service: str
    channel: str
    premises: str
    area: str


def group_of(facts: Facts) -> Group:
    """The group of a booking. Every part is one of a fixed list."""
    letters = area(address(facts.booking.pickup))
    return Group(
        known(facts.booking.service) or "unknown",
        known(facts.booking.channel) or "unknown",
        facts.pickup.kind,
        "unknown" if not letters else letters.upper() if letters in CENTROIDS else "other",
    )


class DecisionCounts:
    """Counts decisions into metrics, a batch at a time."""

    def __init__(self) -> None:
        self._operators: set[str] = set()

    def count(self, decided: Iterable[tuple[str, Group, Decision]]) -> None:
        """Count (operator, group, decision) of a batch's assessments; drills are nobody's bookings."""
        for (operator, group, decision), number in Counter(decided).items():
            if operator == DRILLS:
                continue
            metrics.decisions.labels(group.service, group.channel, group.premises, decision).inc(number)
            metrics.decisions_by_area.labels(group.area, decision).inc(number)
            metrics.decisions_by_operator.labels(self._named(operator), decision).inc(number)

    def _named(self, operator: str) -> str:
        if operator not in self._operators:
            if len(self._operators) >= MOST_OPERATORS:
                return "other"
            self._operators.add(operator)
        return operator
