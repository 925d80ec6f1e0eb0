"""Messages on their way, in the database: what is told of an alert, rung by rung of its ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from notifier.alerts.rungs import Moved, OnItsWay, RungState
from pickup_contracts.alert import Audience
from pickup_runtime.postgres import Connection
from pickup_runtime.sql import queries

_SQL = queries("notifier")
#: How much earlier than its deadline an urgent message counts in the order of claiming: about a pickup's window.
HEAD_START = timedelta(minutes=10)
ReceiptStatus = Literal["delivered", "failed"]


class Delivery(Struct, frozen=True):
    """Something to be told to one recipient on one channel. `attempts` counts the one under way. `give_up_at` is when
    the channel is given up for the next (`None`: at the deadline); `opens` and `closes` are its shares of the window
    that began at `created_at`. `recipient` is a pseudonym. `claim_by` orders claims. `driver` is, of what is told to a
    driver, the operator's id of who had the job when it was made; it is written and not read with the rest."""

    delivery_id: UUID
    alert_id: UUID
    operator_id: str
    booking_id: str
    channel: str
    body: bytes
    deadline: datetime
    attempts: int
    created_at: datetime
    change: int = 0
    rung: int = 0
    telling: str = "warning"
    audience: Audience = "dispatcher"
    recipient: str = "system"
    due_at: datetime | None = None
    give_up_at: datetime | None = None
    opens: float | None = None
    closes: float = 1.0
    urgent: bool = False
    claim_by: datetime | None = None
    driver: str | None = None

    @property
    def ends_at(self) -> datetime:
        """Until when this channel is tried."""
        return min(self.give_up_at or self.deadline, self.deadline)

    def on_its_way(self) -> OnItsWay:
        """The message as the pure rooms see it, under way."""
        return OnItsWay(
            delivery_id=self.delivery_id,
            change=self.change,
            rung=self.rung,
            telling=self.telling,
            audience=self.audience,
            channel=self.channel,
            recipient=self.recipient,
            state="due",
            attempts=self.attempts,
            begun_at=self.created_at,
            deadline=self.deadline,
            due_at=self.due_at or self.created_at,
            give_up_at=self.ends_at,
            opens=self.opens,
            closes=self.closes,
        )


class Settled(Struct, frozen=True):
    """How an attempt ended: a state of the message, with `due` again at `due_at`. It was not `made` where it was held
    back before anybody's door."""

    delivery_id: UUID
    state: RungState
    due_at: datetime | None = None
    error: str | None = None
    provider_id: str | None = None
    made: bool = True


class Doors(Struct, frozen=True):
    """What can be attempted now: `free` slots by channel (`*`: channels that this deployment does not have), none at
    doors that are `shut` (a channel and an operator, or `*` for the whole channel). There, up to `past` messages a
    channel are taken whose time is over."""

    free: Mapping[str, int]
    shut: Sequence[tuple[str, str]] = ()
    past: int = 0


class RungRows:
    """What is told of alerts, within a transaction. Alerts are locked before their messages, everywhere."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Add what is to be told; what is there already stays as it is."""
        if deliveries:
            await self._connection.executemany(_SQL["add_delivery"], [_row(one) for one in deliveries])

    async def of(self, alert_ids: Sequence[UUID]) -> dict[UUID, list[OnItsWay]]:
        """The messages of these alerts, locked until the transaction ends."""
        found: dict[UUID, list[OnItsWay]] = {identity: [] for identity in alert_ids}
        if alert_ids:
            for row in await self._connection.fetch(_SQL["read_rungs"], list(alert_ids)):
                fields = dict(row)
                alert_id, begun_at = fields.pop("alert_id"), fields.pop("created_at")
                # A row of before there were ladders gives its channel up at the deadline.
                fields["give_up_at"] = fields["give_up_at"] or fields["deadline"]
                found[alert_id].append(OnItsWay(**fields, begun_at=begun_at))
        return found

    async def move(self, moved: Sequence[Moved]) -> None:
        """Let messages become what the pure rooms made of them."""
        if moved:
            await self._connection.execute(
                _SQL["move_rungs"],
                [one.delivery_id for one in moved],
                [one.state for one in moved],
                [one.deadline for one in moved],
                [one.due_at for one in moved],
                [one.give_up_at for one in moved],
                [one.opens for one in moved],
            )

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:
        """Record how attempts ended. Their alerts have to be locked."""
        if settled:
            await self._connection.execute(
                _SQL["settle_deliveries"],
                [one.delivery_id for one in settled],
                [one.state for one in settled],
                [one.due_at for one in settled],
                [one.error for one in settled],
                [one.provider_id for one in settled],
                now,
                [0 if one.made else 1 for one in settled],
            )

    async def receipt(
        self, delivery_id: UUID, status: ReceiptStatus, at: datetime, error: str | None
    ) -> Delivery | None:
        """Record a provider's word; `None` when it changes nothing. The alert has to be locked."""
        row = await self._connection.fetchrow(_SQL["receipt"], delivery_id, status, at, error)
        return Delivery(*row) if row is not None else None

    async def abandon_silent(self, delivery_id: UUID, now: datetime) -> Delivery | None:
        """Give up a message whose receipt is overdue; `None` when it has come. The alert has to be locked."""
        row = await self._connection.fetchrow(_SQL["abandon_silent"], delivery_id, now)
        return Delivery(*row) if row is not None else None

    async def alert_of(self, delivery_id: UUID) -> UUID | None:
        """Which alert a message tells of; `None` when there is no such message."""
        found: UUID | None = await self._connection.fetchval(_SQL["alert_of_delivery"], delivery_id)
        return found


def _row(one: Delivery) -> tuple[Any, ...]:
    return (
        one.delivery_id, one.alert_id, one.operator_id, one.booking_id, one.channel, one.body, one.deadline,
        one.created_at, one.change, one.rung, one.telling, one.audience, one.recipient, one.due_at or one.created_at,
        one.ends_at, one.opens, one.closes, one.urgent, HEAD_START.total_seconds(),
        one.driver,
    )  # fmt: skip
