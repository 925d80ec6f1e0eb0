"""The alert budgets of a batch: read and locked once, drawn on in memory, written once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from notifier.alerts.alert import Change
from notifier.alerts.budget import Bucket, full, ration
from notifier.batch import Batch
from notifier.budget_rows import BudgetKey
from notifier.watch import UNNAMED
from pickup_contracts.office import AlertBudget
from pickup_runtime import metrics
from pickup_runtime.operators import OperatorDirectory


class Budgets:
    """What is left for the operators and drivers of a batch."""

    def __init__(self, operators: OperatorDirectory, buckets: dict[BudgetKey, Bucket]) -> None:
        self._operators = operators
        self._buckets = buckets
        self._drawn: set[BudgetKey] = set()

    @classmethod
    async def of(cls, batch: Batch, operators: OperatorDirectory, keys: Sequence[BudgetKey], now: datetime) -> Budgets:
        """The budgets of these operators and drivers, locked until the transaction ends."""
        made = cls(operators, await batch.budgets.lock(keys) if keys else {})
        for key in keys:
            made._buckets.setdefault(key, full(made._per_hour(key), now))
        return made

    def ration(self, change: Change, now: datetime) -> Change:
        """The change as people hear of it within the budget."""
        alert = change.alert
        # Drivers without an id are many: they have no budget that is theirs.
        own = alert.driver if alert.driver not in (None, UNNAMED) else ""
        keys = dict.fromkeys([(alert.operator_id, ""), (alert.operator_id, own or "")])
        known = [key for key in keys if key in self._buckets]
        rationed, left = ration(change, [(self._buckets[key], self._per_hour(key)) for key in known], now=now)
        for key, bucket in zip(known, left, strict=True):
            if bucket != self._buckets[key]:
                self._buckets[key] = bucket
                self._drawn.add(key)
        if rationed.alert.rationed and any(step.type == "rationed" for step in rationed.steps):
            metrics.alerts_rationed.labels(alert.decision).inc()
        return rationed

    async def write(self, batch: Batch) -> None:
        """Keep what is left."""
        await batch.budgets.write({key: self._buckets[key] for key in self._drawn})

    def _per_hour(self, key: BudgetKey) -> int:
        profile = self._operators.get(key[0])
        budget = profile.alert_budget if profile is not None else AlertBudget()
        return budget.per_driver_per_hour if key[1] else budget.per_hour
