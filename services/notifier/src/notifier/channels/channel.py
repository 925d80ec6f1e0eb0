"""What every channel does: try to deliver once, and say how that ended."""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from notifier.store import Delivery

#: `sent`: a provider has accepted it, and its receipt will say whether it arrived.
Result = Literal["delivered", "sent", "try_again", "refused"]


class Attempt(Struct, frozen=True):
    """How one attempt ended. `refused` is final: trying again would not help. `error` names no person. `provider_id`
    is the provider's own name of a message, to which its receipt will refer."""

    result: Result
    error: str | None = None
    retry_after_s: float | None = None
    provider_id: str | None = None


class Channel(Protocol):
    name: str

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Try once, within the channel's own time-out; never raises."""
