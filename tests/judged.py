"""What the scorer keeps of a booking that a policy judged, made without its database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pickup_contracts.assessment import Assessment, Premises, RulesetRef, assessment_id
from risk_scorer.explain.explained import Made
from risk_scorer.judging import stored_signals
from risk_scorer.merge import Arrived
from risk_scorer.policy.compile import Program
from risk_scorer.policy.standing import Judged
from risk_scorer.policy.values import Value

OPERATOR = "op-1"
BOOKING = "B-1"


def made_of(
    judged: Judged,
    signals: dict[str, Value],
    program: Program,
    at: datetime,
    *,
    premises: Premises,
    version: int = 1,
    evidence: dict[str, list[str]] | None = None,
    events: Sequence[Arrived] = (),
) -> Made:
    """The assessment of a `version` of a booking, and `signals` as they are kept beside it."""
    verdict = judged.verdict
    assessment = Assessment(
        assessment_id=assessment_id(OPERATOR, BOOKING, version, judged.edition),
        operator_id=OPERATOR,
        booking_id=BOOKING,
        booking_version=version,
        cause="booking_changed",
        decision=verdict.decision,
        score=verdict.score,
        pattern=verdict.pattern,
        reasons=judged.reasons(evidence or {}),
        premises=premises,
        act_before=None,
        too_late=False,
        ruleset=RulesetRef(program.ruleset.name, program.ruleset.version),
        assessed_at=at,
    )
    return Made(assessment, stored_signals(signals, judged, None), at, events)
