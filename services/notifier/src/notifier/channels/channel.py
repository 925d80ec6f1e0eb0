"""What every channel does: try to deliver once, and say how that ended."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from notifier.rung_rows import Delivery

#: `sent`: a provider has accepted it, and its receipt will say whether it arrived. `held_back`: nobody knocked, since
#: the door is known to be shut or too many stand before it; it is no attempt.
Result = Literal["delivered", "sent", "try_again", "refused", "held_back"]


class Attempt(Struct, frozen=True):
    """How one attempt ended. `refused` is final: trying again would not help. `error` names no person. `provider_id`
    is the provider's own name of a message, to which its receipt will refer. `answered`: the receiver is there and has
    something against this message alone, so that another may fare better."""

    result: Result
    error: str | None = None
    retry_after_s: float | None = None
    provider_id: str | None = None
    answered: bool = False


class Channel(Protocol):
    name: str

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Try once, within the channel's own time-out; never raises."""


class Room(Struct, frozen=True):
    """What a channel would take now: `free` attempts beside those under way, and none for the operators in `shut`."""

    free: int
    shut: frozenset[str] = frozenset()


@runtime_checkable
class Limited(Protocol):
    """A channel that knows what it would hold back, so that nobody comes with it."""

    def room(self) -> Room: ...
