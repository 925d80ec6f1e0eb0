"""What channels tell the notifier of after an attempt is over. The store stands behind it; `main.py` joins them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from notifier.channels.replies import ReplyCode

ReceiptStatus = Literal["delivered", "failed"]
#: What became of an answer: taken; taken, of a ride, where a passenger may hear what is said to it; about what has
#: changed since, so that it counts for nothing; of nothing that anybody knows.
Answered = Literal["taken", "taken_on_ride", "changed", "unknown"]
#: Likewise of a key: of the office's about what has changed, and of one that the office was not asked for.
Keyed = Answered | Literal["changed_for_office", "not_asked"]


class Listener(Protocol):
    """Every method may be called again with the same arguments, and then changes nothing: providers repeat themselves,
    and a signed request can be replayed."""

    async def receipt(self, delivery_id: UUID, status: ReceiptStatus, at: datetime, error: str | None) -> bool:
        """What became of a message that a provider had accepted. `False` when there is no such message; `True` also
        when its receipt is known already. `error` is a provider's code."""

    async def reply(self, phone: str, code: ReplyCode, reply_id: str, at: datetime) -> Answered:
        """What the driver with this number (E.164) answered; it is about the newest message to them. `reply_id` is the
        same when it comes again. `unknown` when nothing was asked of that number, or not lately."""

    async def key(self, delivery_id: UUID, code: ReplyCode, call_id: str, at: datetime) -> Keyed:
        """The recipient of a call pressed a key. `call_id` is the same when it comes again."""

    async def acknowledge(self, delivery_id: UUID, at: datetime) -> bool:
        """The recipient of a message has understood. `False` when there is no such message."""
