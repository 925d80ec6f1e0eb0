"""A scorecard: points for rules, fitted on what was found, scored beside the ruleset and never in its place. Pure.

It is loaded to be watched (`PICKUP_SCORECARD_FILE`): its score is stored and counted in shadow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from pickup_contracts.assessment import Decision
from risk_scorer.errors import RulesetFault
from risk_scorer.policy.compile import Verdict
from risk_scorer.policy.ruleset import Points, RuleId, band, read_document


class CardBands(Struct, frozen=True, forbid_unknown_fields=True):
    """The lowest score of each band. A card's scores are sums of points and not held between 0 and 100."""

    review: int
    warn: int
    hold_recommended: int


class CardScore(Struct, frozen=True):
    """What a scorecard makes of one assessment."""

    version: str
    score: int
    decision: Decision


class Scorecard(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Points by rule. `ruleset` is the one whose rules it was fitted on; `report` is for people and not read here."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
    version: Annotated[str, Meta(min_length=1, max_length=64)]
    ruleset: Annotated[str, Meta(min_length=1, max_length=64)]
    bands: CardBands
    points: dict[RuleId, Points]
    report: dict[str, Any] = {}

    def score(self, verdict: Verdict) -> CardScore:
        """The score of the rules that fired, those in shadow too. The verdict stays as it is."""
        return self.score_of(compiled.rule.id for compiled in (*verdict.fired, *verdict.shadow))

    def score_of(self, rules: Iterable[str]) -> CardScore:
        """The score of rules that fired; one without points here counts nothing."""
        score = sum(self.points.get(rule, 0) for rule in rules)
        return CardScore(self.version, score, band(score, self.bands))


def read_scorecard(text: str, *, source: str = "scorecard") -> Scorecard:
    """The scorecard in a YAML document.

    Raises:
        RulesetFault: with the line and column of the fault.
    """
    card, positions = read_document(text, Scorecard, source=source)
    bands = card.bands
    if not bands.review < bands.warn < bands.hold_recommended:
        raise RulesetFault(source, [positions.fault(("bands",), "must rise: review < warn < hold_recommended")])
    return card
