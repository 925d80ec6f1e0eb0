"""What is learnt from labels: honest intervals, bounded operators, points in the direction that rules have."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.assessment import Decision
from pickupctl.errors import CommandFault
from pickupctl.intervals import effective, wilson
from pickupctl.learning.labels import Case, Label, label_of, weigh
from pickupctl.learning.rules import RuleReport, rule_reports
from pickupctl.learning.scorecard import MIN_CLEARED, MIN_SCAMS, Suggestion, document, suggest
from pickupctl.learning.signed import PointsCard
from risk_scorer.outcomes.reported import Found
from risk_scorer.policy.ruleset import Rule, Ruleset
from risk_scorer.scorecard import read_scorecard

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


# --- Intervals ----------------------------------------------------------------------------------------------------


def test_wilson_is_what_the_tables_say() -> None:
    share = wilson(8, 10)
    assert (share.share, round(share.low or 0, 3), round(share.high or 0, 3)) == (0.8, 0.490, 0.943)
    nothing = wilson(0, 20)
    assert (nothing.low, round(nothing.high or 0, 3)) == (0.0, 0.161)
    assert wilson(0, 0).share is None


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_share_and_stays_within_bounds(part: int, more: int) -> None:
    share = wilson(part, part + more)
    assert share.share is not None
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= share.share <= share.high <= 1


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.1, 3))
def test_equal_weights_are_counts(part: int, rest: int, weight: float) -> None:
    weighted, counted = effective([weight] * part, [weight] * rest), wilson(part, part + rest)
    for one, other in ((weighted.share, counted.share), (weighted.low, counted.low), (weighted.high, counted.high)):
        assert one == pytest.approx(other, abs=1e-6)


def test_uneven_weights_say_less_than_as_many_even_ones() -> None:
    even, uneven = effective([1.0] * 5, [1.0] * 5), effective([4.6, 0.1, 0.1, 0.1, 0.1], [1.0] * 5)
    assert uneven.share == pytest.approx(even.share)
    assert (uneven.high or 0) - (uneven.low or 0) > (even.high or 0) - (even.low or 0)


# --- Labels -------------------------------------------------------------------------------------------------------


def test_no_answer_is_no_label() -> None:
    assert label_of(Found()) is None
    assert label_of(Found(refused=True, observations=frozenset({"sender_confused"}))) is None
    assert label_of(Found("cleared", by_office=True)) == Label(False, 1.0)
    confirmed, suspected = label_of(Found("confirmed_scam", by_office=True)), label_of(Found("suspected_scam"))
    assert confirmed is not None
    assert suspected is not None
    assert (confirmed.scam, suspected.scam) == (True, True)
    assert suspected.weight < confirmed.weight


def case(operator: str, *rules: str, scam: bool, weight: float = 1.0, decision: Decision = "warn") -> Case:
    fired = frozenset(rules)
    return Case(operator, fired, fired, decision, Label(scam, weight))


_LABELS = st.dictionaries(
    st.sampled_from([f"op-{number}" for number in range(9)]),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    min_size=1,
)


@given(_LABELS, st.sampled_from([0.15, 0.25, 0.34, 0.5, 1.0]))
def test_no_operator_weighs_more_than_its_share_of_scams_or_of_cleared(
    labels: dict[str, tuple[int, int]], max_share: float
) -> None:
    cases = [
        case(operator, scam=scam)
        for operator, counts in labels.items()
        for scam, count in zip((True, False), counts, strict=True)
        for _ in range(count)
    ]
    weighed = weigh(cases, max_share)
    assert weighed.bounded is (len(labels) * max_share >= 1 - 1e-9)
    assert all(0 < weight <= 1.0 for weight in weighed.weights)
    largest = max(max_share, 1 / len(labels))
    for scam in (True, False):
        by: Counter[str] = Counter()
        for one, weight in zip(cases, weighed.weights, strict=True):
            if one.label.scam is scam:
                by[one.operator_id] += weight  # type: ignore[assignment]
        assert max(by.values()) <= largest * sum(by.values()) * (1 + 1e-9)


def test_small_operators_keep_their_whole_say() -> None:
    cases = [case(f"op-{number}", scam=True) for number in range(9) for _ in range(1000 if number == 0 else 10)]
    weighed = weigh(cases)
    assert weighed.held == ["op-0"]
    own = dict(zip([one.operator_id for one in cases], weighed.weights, strict=True))
    assert own["op-5"] == 1.0
    assert sum(weighed.weights[:1000]) == pytest.approx(80 / 3), "a quarter of all, beside 80 others"


# --- Rules --------------------------------------------------------------------------------------------------------


def rule(identity: str, points: int = 10, **more: object) -> Rule:
    return Rule(id=identity, title="A title", when="true", points=points, owner="x", review_by=date(2030, 1, 1), **more)  # type: ignore[arg-type]


def reports(rules: Sequence[Rule], cases: Sequence[Case], **unlabelled: int) -> dict[str, RuleReport]:
    return {one.rule_id: one for one in rule_reports(rules, weigh(cases, 1.0), unlabelled)}


def test_a_report_counts_what_was_found_and_flags_what_to_look_at() -> None:
    rules = [rule("good"), rule("bad"), rule("rare"), rule("never"), rule("trusting", -20), rule("floor", 0)]
    cases = [
        *(case(f"op-{number % 3}", "good", scam=True) for number in range(12)),
        *(case("op-1", "good", "trusting", scam=True, weight=0.5) for _ in range(2)),
        *(case(f"op-{number % 3}", "bad", "good", scam=False) for number in range(6)),
        *(case("op-2", "bad", scam=False) for _ in range(14)),
        *(case("op-2", "lone", "rare", scam=False) for _ in range(3)),
    ]
    found = reports(rules, cases, good=7, gone=2)
    good = found["good"]
    assert (good.confirmed, good.suspected, good.cleared, good.unlabelled) == (12, 2, 6, 7)
    assert good.precision.share == pytest.approx(13 / 19)
    assert good.recall.share == 1.0
    assert good.flags == ()
    assert found["bad"].flags == ("fires only on cleared",)
    assert found["rare"].flags == ("too few to say",)
    assert found["never"].flags == ("never fired",)
    assert found["never"].precision.share is None
    assert found["trusting"].flags == ("too few to say", "lowers scams")
    assert found["trusting"].direction == "lowers"
    assert found["gone"].flags == ("not in the ruleset", "too few to say")
    assert found["bad"].recall.share == 0.0


def test_a_rule_that_one_operator_alone_speaks_of_is_flagged() -> None:
    one = reports([rule("one")], [case("op-1", "one", scam=True) for _ in range(10)])
    assert one["one"].flags == ("labels of one operator only",)


# --- Scorecard ----------------------------------------------------------------------------------------------------

_RULES = [rule("strong"), rule("weak"), rule("backwards"), rule("calm", -10), rule("seldom")]
_RULESET = Ruleset(name="test", version="7", owner="x", rules=tuple(_RULES))
_CHANCES = {"strong": (0.9, 0.05), "weak": (0.5, 0.3), "backwards": (0.1, 0.6), "calm": (0.1, 0.5)}


def labelled(seed: int, scams: int, cleared: int, *, operators: int = 6) -> list[Case]:
    """Bookings on which rules fire by chance: `strong` and `weak` on scams, `calm` and `backwards` on cleared ones."""
    rng = random.Random(seed)
    made = []
    for number in range(scams + cleared):
        scam = number < scams
        fired = [name for name, (yes, no) in _CHANCES.items() if rng.random() < (yes if scam else no)]
        fired += ["seldom"] if number % 120 == 0 else []
        made.append(
            case(f"op-{number % operators}", *fired, scam=scam, decision="warn" if "strong" in fired else "allow")
        )
    return made


def card(cases: Sequence[Case], max_share: float = 0.25) -> Suggestion:
    peaks = Counter((one.peak, one.decision) for one in cases)
    return suggest(_RULESET, weigh(cases, max_share), peaks, max_share=max_share)


def test_points_have_the_sign_of_their_rule_and_the_size_of_what_it_says() -> None:
    made = card(labelled(1, 120, 300))
    assert made.points["strong"] > made.points["weak"] > 0
    assert made.points["calm"] < 0
    assert "backwards" in made.without_points, "a raising rule that fires on the harmless gets nothing, not less"
    assert made.too_few == ["seldom"]
    assert made.points["strong"] == pytest.approx(10 / np.log(2) * np.log(0.9 / 0.1 * 0.95 / 0.05), rel=0.35)


def test_the_chance_is_calibrated_and_better_than_saying_the_same_of_all() -> None:
    made = card(labelled(2, 300, 700))
    assert made.brier < 0.5 * made.brier_base
    assert sum(one.bookings for one in made.reliability) == 1000
    for one in made.reliability:
        if one.bookings >= 50:
            assert one.found.low is not None
            assert one.found.high is not None
            assert one.found.low - 0.08 <= one.said <= one.found.high + 0.08


def test_labels_without_meaning_teach_nothing() -> None:
    rng = random.Random(3)
    cases = labelled(3, 200, 400)
    labels = [one.label for one in cases]
    rng.shuffle(labels)
    made = card([Case(one.operator_id, one.rules, one.peak, one.decision, label)
                 for one, label in zip(cases, labels, strict=True)])  # fmt: skip
    assert made.brier > 0.95 * made.brier_base
    assert all(abs(points) <= 10 for points in made.points.values())


def test_the_card_alerts_no_more_often_than_the_ruleset_did() -> None:
    cases = labelled(4, 120, 500)
    made = card(cases)
    by_score = [sum(made.points.get(name, 0) for name in one.peak) for one in cases]
    for band, decisions in (("warn", {"warn"}), ("review", {"review", "warn"})):
        assert sum(score >= made.bands[band] for score in by_score) <= sum(one.decision in decisions for one in cases)
    assert made.bands["review"] < made.bands["warn"] < made.bands["hold_recommended"]


@pytest.mark.parametrize(
    ("scams", "cleared", "operators", "says"),
    [
        (MIN_SCAMS - 1, 500, 6, f"{MIN_SCAMS - 1} bookings found to be scams and 500 cleared: at least"),
        (200, MIN_CLEARED - 1, 6, "at least 40 and 100 are needed"),
        (100, 200, 3, "labels of 3 operators"),
    ],
)
def test_a_card_is_refused_with_a_sentence(scams: int, cleared: int, operators: int, says: str) -> None:
    with pytest.raises(CommandFault, match=says):
        card(labelled(5, scams, cleared, operators=operators))


def test_a_single_firm_may_learn_for_itself_when_it_says_so() -> None:
    assert card(labelled(5, 100, 200, operators=1), max_share=1.0).points["strong"] > 0


def test_one_operators_many_labels_move_the_card_little() -> None:
    honest = labelled(6, 120, 300)
    # One operator calls every scam-shaped booking of its own harmless, three thousand times.
    flood = [case("op-0", "strong", scam=False) for _ in range(3000)]
    told, bounded, swamped = (
        made.points["strong"]
        for made in (card(honest), card([*honest, *flood]), card([*honest, *flood], max_share=1.0))
    )
    assert told > bounded > swamped
    assert bounded > 0.5 * told > swamped


def test_what_is_written_is_what_the_scorer_reads() -> None:
    made = card(labelled(7, 120, 300))
    text = document(made, _RULESET, NOW)
    read = read_scorecard(text)
    assert read.points == made.points
    assert read.ruleset == "test 7"
    assert read.version.startswith("2026-11-20-")
    assert read.score_of(["strong"]).score == made.points["strong"]
    assert text.startswith("# A suggestion")


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()), min_size=4, max_size=60),
    st.tuples(*[st.sampled_from([1, -1])] * 3),
)
def test_whatever_the_labels_a_raising_rule_never_lowers_and_a_lowering_one_never_raises(
    rows: list[tuple[bool, bool, bool, bool]], signs: tuple[int, ...]
) -> None:
    hits = np.array([row[:3] for row in rows], dtype=float)
    scam = np.array([row[3] for row in rows])
    fitted = PointsCard(signs).fit(hits, scam)
    for sign, points in zip(signs, fitted.points_, strict=True):
        assert sign * points >= 0
    scores = fitted.decision_function(hits)
    for place, sign in enumerate(signs):
        more = hits.copy()
        more[:, place] = 1.0
        assert (sign * (fitted.decision_function(more) - scores) >= 0).all()
