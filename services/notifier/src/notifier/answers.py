"""What comes back from channels: receipts of providers, acknowledgements and replies of recipients, each to its alert.

Who acts is named as the ladder named them (`driver`, `dispatcher-2`): a link or a call tells which of the profile's
contacts was reached, and no more than that.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from notifier.actions import Actions, Actor, Found
from notifier.addressees import Addressees
from notifier.alerts.alert import Refusal
from notifier.channels.receipts import ReceiptStatus
from notifier.channels.replies import ReplyCode
from notifier.receipts import Receipts

_FOUND: dict[ReplyCode, Found] = {"collected": Found(action="collected"), "refused": Found(action="refused")}


class Answers:
    """Joins channels to alerts; channels know it as `channels.receipts.Receipts`."""

    def __init__(self, addressees: Addressees, receipts: Receipts, actions: Actions) -> None:
        self._addressees = addressees
        self._receipts = receipts
        self._actions = actions

    async def receipt(self, delivery_id: UUID, status: ReceiptStatus, at: datetime, error: str | None) -> bool:
        """What became of a message; `False` when there is no such message."""
        if await self._receipts.take(delivery_id, status, at, error):
            return True
        return await self._addressees.of(delivery_id) is not None

    async def reply(self, phone: str, code: ReplyCode, reply_id: str, at: datetime) -> bool:
        """A driver's answer to the newest text to this number; `False` when there is none of late, or it asks to be
        called about what is over."""
        told = await self._addressees.texted(phone, at)
        if told is None:
            return False
        driver = Actor(told.recipient, "driver")
        found = _FOUND.get(code)
        if found is None:
            done = await self._actions.ask_for_call(told.operator_id, told.alert_id, driver)
        else:
            done = await self._actions.answer(told.operator_id, told.alert_id, driver, found, reply_id)
        return not isinstance(done, Refusal)

    async def acknowledge(self, delivery_id: UUID, at: datetime) -> bool:
        """The recipient of a message is on it; `False` when there is no such message, or what it told is overtaken by
        something that its recipient has yet to hear."""
        told = await self._addressees.of(delivery_id)
        if told is None:
            return False
        done = await self._actions.acknowledge(
            told.operator_id, told.alert_id, Actor(told.recipient, told.audience), told_at=told.told_at
        )
        return not isinstance(done, Refusal)
