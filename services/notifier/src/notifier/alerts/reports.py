"""What a report from outside the page makes of an alert: from the operator's own system, or passed on by it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier.alerts import holds, people
from notifier.alerts.alert import Alert, Change, Progress, Refusal
from notifier.alerts.changes import on_board
from pickup_contracts.office import HoldPolicy
from pickup_contracts.outcome import Outcome

#: Whose findings stand; a driver's, or a system's, is kept as an outcome and leaves the alert with the office.
OFFICE = frozenset({"dispatcher", "duty_manager"})


def reported(
    alert: Alert, outcome: Outcome, by: str, policy: HoldPolicy, *, progress: Progress | None, now: datetime
) -> Change | None:
    """What it makes of the alert; `None` when nothing. The office has taken on what it reports of. What is on board
    is recalled, whoever says so. A closed one that was a scam after all comes back while its booking goes on, with
    nobody on it; a clearing leaves what is closed as it is, but for what was called a scam."""
    steps: list[Change] = []

    def follow(change: Change | Refusal | None) -> None:
        if isinstance(change, Change):
            steps.append(change)

    def current() -> Alert:
        return steps[-1].alert if steps else alert

    scam = outcome.reported_by in OFFICE and outcome.finding == "confirmed_scam"
    if scam and alert.state == "closed":
        follow(people.confirm_scam(alert, by, progress=progress, now=now))
    elif outcome.reported_by != "operator_system":
        follow(people.acknowledge(alert, by, now=now, role=outcome.reported_by))
    if outcome.action == "collected" and (aboard := on_board(current(), now=now)) is not None:
        follow(aboard)
    if outcome.reported_by in OFFICE and outcome.police_reference:
        follow(people.refer(current(), outcome.police_reference, by, now=now))
    if scam:
        follow(people.confirm_scam(current(), by, progress=progress, now=now))
    if outcome.reported_by in OFFICE and outcome.finding == "cleared" and outcome.clear_reason:
        follow(
            holds.cleared(
                current(), outcome.clear_reason, by, within=timedelta(seconds=policy.confirm_within_s), now=now
            )
        )
    whole: Change | None = None
    for one in steps:
        whole = one if whole is None else holds.merged(whole, one)
    return holds.automatic(whole, policy, now=now) if whole is not None else None
