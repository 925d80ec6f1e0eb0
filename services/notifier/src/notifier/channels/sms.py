"""Text messages, in the shape of Twilio's Messages API.

**Never twice.** The API has no idempotency key, so every text ends with a reference made of the delivery's id, as in
`#K7M2Q`. Whenever an attempt is not the first, the provider is asked for the newest texts to that number; one with the
reference is taken for this one and nothing is sent. That covers an answer that never came and a notifier that died
between sending and recording. What it can't cover: an account that may not list messages, and a text that takes longer
than the pause between two attempts to show in the list. Those may arrive twice, the same words under the same
reference. The receipt comes to an address with the delivery's id, so that it also settles a text whose acceptance was
never heard of.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import UUID

from notifier.channels import message, segments
from notifier.channels.channel import Attempt
from notifier.channels.message import Message
from notifier.channels.phone import is_e164
from notifier.channels.plain import plain
from notifier.channels.twilio import TwilioAccount, standing
from notifier.channels.unexpected import ended_by
from notifier.rung_rows import Delivery
from pickup_runtime import logs, metrics

#: How much the provider's clock may be behind ours.
_SLACK = timedelta(minutes=5)
_log = logs.get("sms")


class SmsChannel:
    """`sender` is a number, a sender's name, or the sid (`MG…`) of a messaging service. `callback` is the public
    address under which `callbacks.py` answers. A text of more than `at_most` segments is cut."""

    name = "sms"

    def __init__(self, account: TwilioAccount, *, sender: str, callback: str, at_most: int = 4) -> None:
        self._account = account
        self._sender = ("MessagingServiceSid" if sender.startswith("MG") else "From", sender)
        self._callback = callback.rstrip("/")
        self._at_most = at_most

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Send one text. `sent` is what the provider has accepted: its receipt is still to come."""
        told = message.read(delivery.body)
        if told is None or not is_e164(told.to):
            return Attempt("refused", "to: no phone number in E.164")
        try:
            if delivery.attempts > 1 and (found := await self._earlier(told.to, delivery)) is not None:
                return found
            return await self._account.create("Messages", self._fields(told, delivery))
        except Exception as error:
            return ended_by(self.name, error)

    async def close(self) -> None:
        await self._account.close()

    async def _earlier(self, to: str, delivery: Delivery) -> Attempt | None:
        newest = await self._account.newest("Messages", to)
        if newest is None:
            _log.warning("earlier_texts_unknown", reason="the account may not list messages")
            return None
        since, mark = delivery.created_at - _SLACK, reference(delivery.delivery_id)
        for one in newest:
            if (one.body or "").endswith(mark) and (one.created_at is None or one.created_at >= since):
                return standing(one)
        return None

    def _fields(self, told: Message, delivery: Delivery) -> list[tuple[str, str]]:
        body, cut = text_of(told, delivery.delivery_id, at_most=self._at_most)
        size = segments.size(body)
        metrics.sms_segments.labels(size.encoding).inc(size.segments)
        if cut:
            metrics.sms_cut.inc()
            _log.warning("text_cut", delivery=str(delivery.delivery_id), segments=self._at_most)
        return [
            ("To", told.to),
            self._sender,
            ("Body", body),
            ("StatusCallback", f"{self._callback}/callbacks/twilio/status/{delivery.delivery_id}"),
        ]


def reference(delivery_id: UUID) -> str:
    """By which a text is found again, and by which people may speak of it: the first 25 bits of a hash-made id."""
    return "#" + base64.b32encode(delivery_id.bytes)[:5].decode()


def text_of(told: Message, delivery_id: UUID, *, at_most: int) -> tuple[str, bool]:
    """The text as it is sent, and whether it had to be cut. What it is about comes first and is cut first: the way to
    answer, the link and the reference stay whole."""
    tail = [plain(told.hint)] if told.hint else []
    tail += [told.link] if told.link and told.link not in told.text else []
    tail.append(reference(delivery_id))
    return segments.fit(segments.simpler(plain(told.text)), segments.simpler(" " + " ".join(tail)), at_most=at_most)
