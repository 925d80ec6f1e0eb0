"""What the notifier refuses.

NotifierError
├── SecretFault        a secret is not there, or PICKUP_SECRETS_KEY does not open it
├── ForbiddenAddress   an address that others have named points into a private network, at this machine, or at nothing
├── NoAnswer           nobody answered in time; what was sent may have arrived
├── ProviderFault      an OpenID provider's set-up is wrong, or it answered what it must not
├── PersonFault        a person can't be made or changed like that
└── AuditFault         the audit does not hold, or has nothing of what was asked for
"""

from __future__ import annotations


class NotifierError(Exception):
    """Something the notifier does not do."""


class SecretFault(NotifierError):
    """A signing secret can't be had."""


class ForbiddenAddress(NotifierError):
    """An address that requests may not go to."""


class NoAnswer(NotifierError):
    """Nobody answered. `unsent` when there was not even a connection, so that nothing can have arrived."""

    def __init__(self, reason: str, *, unsent: bool = False) -> None:
        super().__init__(reason)
        self.unsent = unsent


class ProviderFault(NotifierError):
    """An OpenID provider can't be used; the message names provider and reason, never a token."""


class PersonFault(NotifierError):
    """A person can't be made or changed like that."""


class AuditFault(NotifierError):
    """The audit does not hold, or has nothing of what was asked for."""
