"""Commands to operators' systems, and outcomes, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from notifier.alerts.alert import Command
from notifier.feed_rows import FeedRow
from pickup_runtime.postgres import Connection
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class CommandRows:
    """Commands within a transaction. Their alerts are locked before them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def write(self, commands: Sequence[Command]) -> None:
        """Keep commands as they are now."""
        if commands:
            await self._connection.executemany(_SQL["add_command"], [_row(one) for one in commands])

    async def alert_of(self, operator_id: str, correlation_id: UUID) -> UUID | None:
        """Which alert a command of this operator's is about; `None` also when it is another's."""
        found: UUID | None = await self._connection.fetchval(_SQL["find_command"], correlation_id, operator_id)
        return found

    async def lock(self, operator_id: str, correlation_id: UUID) -> Command | None:
        """A command of this operator's, locked until the transaction ends."""
        row = await self._connection.fetchrow(_SQL["lock_command"], correlation_id, operator_id)
        return Command(**dict(row)) if row is not None else None

    async def silence(self, correlation_ids: Sequence[UUID]) -> None:
        """Mark commands that nobody answered in time."""
        if correlation_ids:
            await self._connection.execute(_SQL["silence_commands"], list(correlation_ids))

    async def add_outcomes(self, rows: Sequence[FeedRow]) -> None:
        """What people found, for `pickup.outcomes.v1`."""
        if rows:
            await self._connection.executemany(
                _SQL["add_outcome"], [(row.event_id, row.operator_id, row.booking_id, row.at, row.body) for row in rows]
            )

    async def add_new_outcome(self, row: FeedRow) -> bool:
        """Likewise one, of which there may be such a one already: `False` then."""
        added = await self._connection.fetchval(
            _SQL["add_outcome"], row.event_id, row.operator_id, row.booking_id, row.at, row.body
        )
        return added is not None


def _row(one: Command) -> tuple[object, ...]:
    return (
        one.correlation_id, one.alert_id, one.operator_id, one.booking_id, one.command, one.requested_by,
        one.requested_at, one.confirm_by, one.state, one.answered_at, one.answered_by,
    )  # fmt: skip
