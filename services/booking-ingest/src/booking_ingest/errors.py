"""What booking-ingest refuses, and how it says so.

    IngestError                 `status` is the HTTP status, `title` what kind of fault it is
    ├── Unauthorised    401     no key, or one that is not known or was revoked
    ├── WrongOperator   403     the body names another operator than the key
    ├── EventConflict   409     this event_id was taken before with other content
    ├── TooMany         429     more requests than one key, or one source of wrong keys, may send
    └── NotAvailable    503     broker or database away, or too much waiting: nothing was accepted, try again

What is wrong with an event itself is a `pickup_contracts.errors.ContractError`.
"""

from __future__ import annotations

import math


class IngestError(Exception):
    """A request that is not accepted; the message tells the caller what to do."""

    may_be_logged = True
    status = 500
    title = "Something went wrong"
    field: str | None = None
    #: Whole seconds after which it may be tried again; `None` when that would be of no use.
    retry_after_s: int | None = None


class Unauthorised(IngestError):
    """No usable API key."""

    status = 401
    title = "API key missing or not valid"

    def __init__(self) -> None:
        super().__init__("send `Authorization: Bearer <key>` with a key made by `pickupctl keys create`")


class WrongOperator(IngestError):
    """The key belongs to another operator than the body names."""

    status = 403
    title = "The key belongs to another operator"
    field = "operator_id"

    def __init__(self) -> None:
        super().__init__("leave operator_id out, or name the operator that the key was made for")


class EventConflict(IngestError):
    """The same event_id with other content."""

    status = 409
    title = "This event_id was taken before with other content"
    field = "event_id"

    def __init__(self) -> None:
        super().__init__("an event never changes: send what is new as an event with an event_id of its own")


class TooMany(IngestError):
    """More requests than one caller may send. Nothing was read of this one."""

    status = 429
    title = "Too many requests: wait, then go on"

    def __init__(self, wait_s: float, how: str) -> None:
        self.retry_after_s = max(1, math.ceil(wait_s))
        super().__init__(f"too many requests {how}; nothing was accepted, send it again after Retry-After seconds")


class NotAvailable(IngestError):
    """Something beneath is away, or more waits for it than may. The event was not accepted."""

    status = 503
    title = "Not accepted: try again"
    retry_after_s = 2

    def __init__(self, what: str, *, full: bool = False) -> None:
        why = "has too much waiting" if full else "did not answer"
        super().__init__(f"{what} {why}; the event was not accepted, send it again")
