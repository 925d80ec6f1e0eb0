"""What a report from outside the page makes of an alert: from the operator's own system, or passed on by it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier.alerts import holds, people
from notifier.alerts.alert import Alert, Change, Refusal
from notifier.alerts.changes import on_board
from pickup_contracts.office import HoldPolicy
from pickup_contracts.outcome import Outcome

#: Whose findings stand; a driver's, or a system's, is kept as an outcome and leaves the alert with the office.
OFFICE = frozenset({"dispatcher", "duty_manager"})


def reported(
    alert: Alert, outcome: Outcome, by: str, policy: HoldPolicy, *, under_way: bool, now: datetime
) -> Change | None:
    """What it makes of the alert; `None` when nothing. The office has taken on what it reports of. What is on board
    is recalled, whoever says so. A clearing leaves an alert that is closed as it is; that it was a scam is kept of it,
    and brings it back while the booking is `under_way`."""
    steps: list[Change] = []

    def follow(change: Change | Refusal | None) -> None:
        if isinstance(change, Change):
            steps.append(change)

    def current() -> Alert:
        return steps[-1].alert if steps else alert

    if outcome.reported_by != "operator_system":
        follow(people.acknowledge(alert, by, now=now, role=outcome.reported_by))
    if outcome.action == "collected" and (aboard := on_board(current(), now=now)) is not None:
        follow(holds.automatic(aboard, policy, now=now))
    if outcome.reported_by in OFFICE and outcome.police_reference:
        follow(people.refer(current(), outcome.police_reference, by, now=now))
    if outcome.reported_by in OFFICE and outcome.finding == "confirmed_scam":
        follow(people.confirm_scam(current(), by, under_way=under_way, now=now))
    if outcome.reported_by in OFFICE and outcome.finding == "cleared" and outcome.clear_reason:
        follow(
            holds.cleared(
                current(), outcome.clear_reason, by, within=timedelta(seconds=policy.confirm_within_s), now=now
            )
        )
    whole: Change | None = None
    for one in steps:
        whole = one if whole is None else holds.merged(whole, one)
    return whole
