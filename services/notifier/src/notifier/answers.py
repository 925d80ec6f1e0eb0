"""What comes back from channels: receipts of providers, acknowledgements and replies of recipients, each to its alert.

Who acts is named as the ladder named them (`driver`, `dispatcher-2`): a link or a call tells which of the profile's
contacts was reached, and no more than that.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from notifier.actions import Actions, Actor, Found
from notifier.addressees import Addressee, Addressees
from notifier.alerts.alert import Alert, Refusal
from notifier.channels.listener import Answered, Keyed, ReceiptStatus
from notifier.channels.replies import ReplyCode
from notifier.receipts import Receipts

_FOUND: dict[ReplyCode, Found] = {"collected": Found(action="collected"), "refused": Found(action="refused")}


class Answers:
    """Joins channels to alerts; channels know it as their `Listener`."""

    def __init__(self, addressees: Addressees, receipts: Receipts, actions: Actions) -> None:
        self._addressees = addressees
        self._receipts = receipts
        self._actions = actions

    async def receipt(self, delivery_id: UUID, status: ReceiptStatus, at: datetime, error: str | None) -> bool:
        """What became of a message; `False` when there is no such message."""
        if await self._receipts.take(delivery_id, status, at, error):
            return True
        return await self._addressees.of(delivery_id) is not None

    async def reply(self, phone: str, code: ReplyCode, reply_id: str, at: datetime) -> Answered:
        """A driver's answer to the newest text to this number; `unknown` when there is none of late, `changed` when the
        alert has become another, is over, or is another driver's now."""
        told = await self._addressees.texted(phone, at)
        if told is None:
            return "unknown"
        return await self._driver(told, code, reply_id)

    async def key(self, delivery_id: UUID, code: ReplyCode, call_id: str, at: datetime) -> Keyed:
        """A key that was pressed during a call: a driver's means what the same number means by text, the office has
        one to take the alert on."""
        told = await self._addressees.of(delivery_id)
        if told is None:
            return "unknown"
        if told.audience == "driver":
            return await self._driver(told, code, call_id)
        if code != "understood":
            return "not_asked"
        return "taken" if await self.acknowledge(delivery_id, at) else "changed_for_office"

    async def _driver(self, told: Addressee, code: ReplyCode, answer_id: str) -> Answered:
        of = (told.operator_id, told.alert_id, Actor(told.recipient, "driver"))
        done: Alert | Refusal
        if code == "understood":
            done = await self._actions.acknowledge(*of, told_at=told.told_at, told_to=told.driver)
        elif code == "call_me":
            done = await self._actions.ask_for_call(*of, told_to=told.driver)
        else:
            done = await self._actions.answer(*of, _FOUND[code], answer_id, told_at=told.told_at, told_to=told.driver)
        if isinstance(done, Refusal):
            return "unknown" if done.reason == "no_such_alert" else "changed"
        return "taken_on_ride" if done.ride else "taken"

    async def acknowledge(self, delivery_id: UUID, at: datetime) -> bool:
        """The recipient of a message is on it; `False` when there is no such message, or what it told is overtaken by
        something that its recipient has yet to hear."""
        told = await self._addressees.of(delivery_id)
        if told is None:
            return False
        done = await self._actions.acknowledge(
            told.operator_id,
            told.alert_id,
            Actor(told.recipient, told.audience),
            told_at=told.told_at,
            told_to=told.driver,
        )
        return not isinstance(done, Refusal)
