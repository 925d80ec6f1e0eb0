"""Assessments and alerts for the tests of the pure rooms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.alerts.alert import Alert, Change, Progress
from notifier.alerts.changes import on_assessment
from pickup_contracts.assessment import Assessment, Decision, Premises, Reason, RulesetRef, assessment_id

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
LEAD = timedelta(minutes=15)


def assessed(decision: Decision, version: int = 1, *, too_late: bool = False, eta: int | None = None) -> Assessment:
    return Assessment(
        assessment_id=assessment_id("op", "b", version, "r"),
        operator_id="op",
        booking_id="b",
        booking_version=version,
        cause="booking_changed",
        decision=decision,
        score=10,
        pattern="parcel_from_home",
        reasons=[Reason("one", "A reason", 10)],
        premises=Premises(),
        act_before=NOW + timedelta(minutes=eta) if eta is not None else None,
        too_late=too_late,
        ruleset=RulesetRef("r", "1"),
        assessed_at=NOW,
    )


def raised(decision: Decision = "warn", **more: Any) -> Alert:
    change = on_assessment(None, assessed(decision, **more), Progress(), lead=LEAD, now=NOW)
    assert change is not None
    return change.alert


def after(alert: Alert | None, assessment: Assessment, progress: Progress | None = None) -> Change | None:
    return on_assessment(alert, assessment, progress or Progress(), lead=LEAD, now=NOW)
