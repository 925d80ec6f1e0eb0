"""What the notifier refuses.

NotifierError
├── SecretFault        a secret is not there, or PICKUP_SECRETS_KEY does not open it
├── ForbiddenAddress   a webhook points into a private network, at this machine, or at nothing
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
    """An address that webhooks may not go to."""


class ProviderFault(NotifierError):
    """An OpenID provider can't be used; the message names provider and reason, never a token."""


class PersonFault(NotifierError):
    """A person can't be made or changed like that."""


class AuditFault(NotifierError):
    """The audit does not hold, or has nothing of what was asked for."""
