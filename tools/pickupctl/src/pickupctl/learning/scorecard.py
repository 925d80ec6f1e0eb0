"""A scorecard fitted on what was found: whole points a rule, each in the direction that its rule is meant to have."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import yaml
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]

from pickup_contracts.assessment import DECISIONS, Decision, rank
from pickupctl.errors import CommandFault
from pickupctl.intervals import Share, wilson
from pickupctl.learning.labels import Case, Weighed, operators
from pickupctl.learning.rules import direction
from pickupctl.learning.signed import Floats, PointsCard
from risk_scorer.policy.ruleset import Ruleset
from risk_scorer.scorecard import read_scorecard

#: Below these, nothing is fitted: an interval of a share of so few spans a third of the scale.
MIN_SCAMS, MIN_CLEARED = 40, 100
#: A rule that fired on fewer labelled bookings gets no points.
MIN_FIRED = 10
_FOLDS = 5
_EDGES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)

_HEAD = """\
# A suggestion of `pickupctl learn scorecard`. It changes nothing: point PICKUP_SCORECARD_FILE at it to have it scored
# in shadow beside the ruleset. Probabilities are those among bookings that somebody looked into, not among all.
"""


class Bin(Struct, frozen=True):
    """One line of the reliability table: labelled bookings whose calibrated chance lay between `low` and `high`, what
    was said of them on average, and what share of them were scams."""

    low: float
    high: float
    bookings: int
    said: float
    found: Share


class Comparison(Struct, frozen=True):
    """Labelled bookings at `warn` and above, by the ruleset as it decided and by the card, held to as many alerts in
    all. The card's scores are those of cards that had not seen the booking."""

    scams_ruleset: int
    scams_card: int
    cleared_ruleset: int
    cleared_card: int


class Suggestion(Struct, frozen=True):
    """A card and how far to believe it. `brier` is the mean squared error of the calibrated chance on bookings that the
    card had not seen, `brier_base` that of saying the same of all; `chance` is what a band's lowest score means."""

    points: dict[str, int]
    bands: dict[str, int]
    chance: dict[str, float]
    without_points: list[str]
    too_few: list[str]
    scams: int
    cleared: int
    operators: int
    brier: float
    brier_base: float
    reliability: list[Bin]
    comparison: Comparison


def suggest(
    ruleset: Ruleset,
    weighed: Weighed,
    peaks: Mapping[tuple[frozenset[str], Decision], int],
    *,
    min_fired: int = MIN_FIRED,
    max_share: float,
) -> Suggestion:
    """Fit a card. `peaks` counts all bookings of the period by the rules that fired and the decision; its bands are
    set so that the card alerts as often as the ruleset did.

    Raises:
        CommandFault: there are too few labels, operators, or rules that fired often enough; the sentence says which.
    """
    cases = weighed.cases
    _check(cases, weighed.bounded, max_share)
    fired = Counter(rule_id for case in cases for rule_id in case.peak)
    rules = {rule.id: rule for rule in ruleset.rules}
    chosen = [rule_id for rule_id in rules if fired[rule_id] >= min_fired]
    if not chosen:
        raise CommandFault(f"no rule fired on {min_fired} labelled bookings or more: nothing can be fitted")
    signs = tuple(1 if direction(rules[rule_id]) == "raises" else -1 for rule_id in chosen)
    hits = np.array([[rule_id in case.peak for rule_id in chosen] for case in cases], dtype=float)
    scam = np.array([case.label.scam for case in cases])
    weights = np.array(weighed.weights)

    chances, scores = _unseen(hits, scam, weights, signs)
    model = _calibrated(signs)
    model.fit(hits, scam, sample_weight=weights)
    calibrated = model.calibrated_classifiers_[0]
    card: PointsCard = calibrated.estimator
    points = {rule_id: int(value) for rule_id, value in zip(chosen, card.points_, strict=True) if value}
    bands = _bands(points, peaks)
    (sigmoid,) = calibrated.calibrators
    base = float(np.average(scam, weights=weights))
    return Suggestion(
        points=dict(sorted(points.items(), key=lambda item: (-abs(item[1]), item[0]))),
        bands=bands,
        chance={name: float(sigmoid.predict(np.array([float(score)]))[0]) for name, score in bands.items()},
        without_points=[rule_id for rule_id in chosen if rule_id not in points],
        too_few=[rule_id for rule_id in rules if 0 < fired[rule_id] < min_fired],
        scams=int(scam.sum()),
        cleared=int((~scam).sum()),
        operators=len(operators(cases)),
        brier=float(np.average((chances - scam) ** 2, weights=weights)),
        brier_base=float(np.average((base - scam) ** 2, weights=weights)),
        reliability=list(_reliability(chances, scam)),
        comparison=_compare(cases, scores, bands["warn"]),
    )


def document(suggestion: Suggestion, ruleset: Ruleset, now: datetime) -> str:
    """The suggestion as the YAML that the scorer reads, its report within."""
    whole: dict[str, Any] = msgspec.to_builtins(suggestion)
    points, bands = whole.pop("points"), whole.pop("bands")
    print_ = hashlib.sha256(repr((points, bands)).encode()).hexdigest()[:8]
    made = {
        "name": "suggested",
        "version": f"{now:%Y-%m-%d}-{print_}",
        "ruleset": f"{ruleset.name} {ruleset.version}",
        "bands": bands,
        "points": points,
        "report": _rounded(whole),
    }
    text = _HEAD + yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120)
    # What the scorer would refuse is not handed out.
    read_scorecard(text, source="suggested scorecard")
    return text


def _check(cases: Sequence[Case], bounded: bool, max_share: float) -> None:
    scams = sum(case.label.scam for case in cases)
    cleared = len(cases) - scams
    if scams < MIN_SCAMS or cleared < MIN_CLEARED:
        raise CommandFault(
            f"{scams} bookings found to be scams and {cleared} cleared: at least {MIN_SCAMS} and {MIN_CLEARED} are "
            "needed for a scorecard. `pickupctl learn report` shows what they say so far"
        )
    if not bounded:
        raise CommandFault(
            f"with labels of {len(operators(cases))} operators in all, scams and cleared bookings don't both come from "
            f"enough of them to hold each to {max_share:.0%}. A larger --max-share lets each say more: 1 for a single "
            "firm that learns for itself alone"
        )


def _calibrated(signs: tuple[int, ...]) -> CalibratedClassifierCV:
    """A card with a sigmoid from score to chance, fitted on scores of bookings that the card had not seen."""
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    return CalibratedClassifierCV(PointsCard(signs), method="sigmoid", cv=folds, ensemble=False)


def _unseen(hits: Floats, scam: NDArray[np.bool_], weights: Floats, signs: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Chance and score of every booking by a card, and a calibration, that were fitted without it."""
    chances, scores = np.zeros(len(scam)), np.zeros(len(scam))
    for learnt, unseen in StratifiedKFold(_FOLDS, shuffle=True, random_state=1).split(hits, scam):
        model = _calibrated(signs)
        model.fit(hits[learnt], scam[learnt], sample_weight=weights[learnt])
        chances[unseen] = model.predict_proba(hits[unseen])[:, 1]
        scores[unseen] = model.calibrated_classifiers_[0].estimator.decision_function(hits[unseen])
    return chances, scores


def _reliability(chances: Floats, scam: NDArray[np.bool_]) -> Iterable[Bin]:
    for low, high in pairwise(_EDGES):
        here = (chances >= low) & ((chances < high) | (high == _EDGES[-1]))
        if count := int(here.sum()):
            yield Bin(low, high, count, float(chances[here].mean()), wilson(int(scam[here].sum()), count))


def _bands(points: Mapping[str, int], peaks: Mapping[tuple[frozenset[str], Decision], int]) -> dict[str, int]:
    """The lowest score of each band: the card alerts at most as often as the ruleset did. A booking of which no rule
    speaks is never in one."""
    by_score: Counter[int] = Counter()
    by_decision: Counter[Decision] = Counter()
    for (rules, decision), count in peaks.items():
        by_score[sum(points.get(rule_id, 0) for rule_id in rules)] += count
        by_decision[decision] += count
    bands: dict[str, int] = {}
    below = 0
    for band in DECISIONS[1:]:
        allowed = sum(count for decision, count in by_decision.items() if rank(decision) >= rank(band))
        lowest = max(by_score, default=0) + 1
        taken = 0
        for score in sorted(by_score, reverse=True):
            taken += by_score[score]
            if taken > allowed:
                break
            lowest = score
        bands[band] = below = max(lowest, below + 1)
    return bands


def _compare(cases: Sequence[Case], scores: Floats, warn: int) -> Comparison:
    # By ruleset, by card, and whether it was one.
    seen = [
        (rank(case.decision) >= rank("warn"), bool(score >= warn), case.label.scam)
        for case, score in zip(cases, scores, strict=True)
    ]
    return Comparison(
        scams_ruleset=sum(ruleset and scam for ruleset, _, scam in seen),
        scams_card=sum(card and scam for _, card, scam in seen),
        cleared_ruleset=sum(ruleset and not scam for ruleset, _, scam in seen),
        cleared_card=sum(card and not scam for _, card, scam in seen),
    )


def _rounded(node: Any) -> Any:
    """Three digits: more would claim more than was measured."""
    if isinstance(node, dict):
        return {name: _rounded(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_rounded(value) for value in node]
    return round(node, 3) if isinstance(node, float) else node
