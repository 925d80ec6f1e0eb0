"""What is left of the alert budgets, in the database: one for all workers."""

from __future__ import annotations

from collections.abc import Sequence

from notifier.alerts.budget import Bucket
from pickup_runtime.postgres import Connection
from pickup_runtime.sql import queries

_SQL = queries("notifier")
#: Operator, and the operator's own id of a driver; empty for the operator's whole budget.
BudgetKey = tuple[str, str]


class BudgetRows:
    """Budgets within a transaction. They are locked after alerts and before messages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, keys: Sequence[BudgetKey]) -> dict[BudgetKey, Bucket]:
        """Those of `keys` that were ever used, for this transaction alone."""
        rows = await self._connection.fetch(_SQL["lock_budgets"], [key[0] for key in keys], [key[1] for key in keys])
        return {(row[0], row[1]): Bucket(row[2], row[3]) for row in rows}

    async def write(self, buckets: dict[BudgetKey, Bucket]) -> None:
        """Keep what is left."""
        if buckets:
            await self._connection.executemany(
                _SQL["write_budget"], [(*key, one.tokens, one.at) for key, one in sorted(buckets.items())]
            )
