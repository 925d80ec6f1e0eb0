"""Receipts kept in memory, for tests of what providers and recipients tell back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from notifier.channels.listener import Answered, Keyed, ReceiptStatus
from notifier.channels.replies import CODES, ReplyCode


class KeptReceipts:
    """Knows the deliveries and phones in `known`; keeps what changed anything, as a store would: each thing once."""

    def __init__(self, *known: UUID | str) -> None:
        self.known = set(known)
        self.calls = 0
        self.receipts: dict[UUID, tuple[ReceiptStatus, str | None]] = {}
        self.replies: dict[str, tuple[str, ReplyCode]] = {}
        self.acknowledged: list[UUID] = []
        #: What the recipients of calls are asked for.
        self.asked: set[ReplyCode] = set(CODES.values())
        self.keys: dict[str, tuple[UUID, ReplyCode]] = {}
        #: What becomes of an answer that is taken.
        self.taken: Answered = "taken"
        self.office_is_late = False

    async def receipt(self, delivery_id: UUID, status: ReceiptStatus, at: datetime, error: str | None) -> bool:
        self.calls += 1
        if delivery_id in self.known:
            self.receipts.setdefault(delivery_id, (status, error))
        return delivery_id in self.known

    async def reply(self, phone: str, code: ReplyCode, reply_id: str, at: datetime) -> Answered:
        self.calls += 1
        if phone not in self.known:
            return "unknown"
        self.replies.setdefault(reply_id, (phone, code))
        return self.taken

    async def key(self, delivery_id: UUID, code: ReplyCode, call_id: str, at: datetime) -> Keyed:
        self.calls += 1
        if delivery_id not in self.known:
            return "unknown"
        if code not in self.asked:
            return "not_asked"
        if self.office_is_late:
            return "changed_for_office"
        self.keys.setdefault(call_id, (delivery_id, code))
        return self.taken

    async def acknowledge(self, delivery_id: UUID, at: datetime) -> bool:
        self.calls += 1
        if delivery_id in self.known and delivery_id not in self.acknowledged:
            self.acknowledged.append(delivery_id)
        return delivery_id in self.known
