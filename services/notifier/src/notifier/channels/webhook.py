"""The operator's own system, by signed HTTP (Standard Webhooks: https://www.standardwebhooks.com)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

from notifier.channels.channel import Attempt
from notifier.channels.outgoing import Outgoing, attempt_of
from notifier.channels.unexpected import ended_by
from notifier.rung_rows import Delivery
from pickup_contracts.operator import Webhook
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory

#: Standard Webhooks asks for small payloads; what is larger is a mistake of ours, and no receiver should meet it.
SEND_AT_MOST = 64 * 1024
#: "Gone" is the only answer that is believed for good: a 401 or 404 may be a deployment that ends in time.
_GONE = frozenset({410})

SecretOf = Callable[[str, str], Awaitable[str]]
PreviousOf = Callable[[str, str], Awaitable[str | None]]


class WebhookChannel:
    """One client for all operators. `secret_of(operator_id, name)` gives the signing secret (`whsec_…`), `previous_of`
    the one before it while receivers may still hold it: then a message carries both signatures."""

    name = "webhook"

    def __init__(
        self,
        operators: OperatorDirectory,
        secret_of: SecretOf,
        clock: Clock,
        *,
        timeout_s: float,
        allow_private: bool = False,
        previous_of: PreviousOf | None = None,
    ) -> None:
        self._operators = operators
        self._secret_of = secret_of
        self._previous_of = previous_of
        self._clock = clock
        self._http = Outgoing(clock, timeout_s=timeout_s, allow_private=allow_private)

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Post the delivery's body once, as `webhook-id` always under the delivery's own id."""
        profile = self._operators.get(delivery.operator_id)
        if profile is None or profile.webhook is None:
            return Attempt("refused", "the operator has no webhook")
        if len(delivery.body) > SEND_AT_MOST:
            return Attempt("refused", f"the payload is larger than {SEND_AT_MOST // 1024} KiB")
        try:
            signature = await self._signature(profile.webhook, delivery)
            return await self._post(profile.webhook.url, signature, delivery)
        except Exception as error:
            return ended_by(self.name, error)

    async def close(self) -> None:
        await self._http.close()

    async def _signature(self, webhook: Webhook, delivery: Delivery) -> tuple[str, datetime]:
        at = self._clock.now().astimezone(UTC).replace(microsecond=0)
        secrets = [await self._secret_of(delivery.operator_id, webhook.secret)]
        if self._previous_of is not None:
            previous = await self._previous_of(delivery.operator_id, webhook.secret)
            secrets += [previous] if previous is not None else []
        body, identity = delivery.body.decode(), str(delivery.delivery_id)
        return " ".join(Signer(secret).sign(identity, at, body) for secret in secrets), at

    async def _post(self, url: str, signed: tuple[str, datetime], delivery: Delivery) -> Attempt:
        signature, at = signed
        answer = await self._http.send(
            "POST",
            url,
            content=delivery.body,
            headers={
                "content-type": "application/json",
                "webhook-id": str(delivery.delivery_id),
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": signature,
            },
        )
        return attempt_of(answer, gone=_GONE)
