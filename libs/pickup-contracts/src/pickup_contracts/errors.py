"""What can be wrong with an event.

    ContractError
    ├── MalformedEvent      not JSON, or not the shape the contract asks for
    └── CardNumberFound     a field holds what looks like a payment card number

Each names the field, in the dotted form a client writes (`pickup.address.postcode`), and the reason. None
ever holds the value that was found there.
"""

from __future__ import annotations


class ContractError(ValueError):
    """An event does not keep the contract. `field` is `None` when the whole body is at fault."""

    may_be_logged = True

    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class MalformedEvent(ContractError):
    """The bytes are not JSON, or a field has the wrong type, form or length, or is not known."""


class CardNumberFound(ContractError):
    """A free-text field or the payment token holds a payment card number, which is never accepted."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "looks like a payment card number, which must not be sent")
