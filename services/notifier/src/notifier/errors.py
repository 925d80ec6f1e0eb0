"""What the notifier refuses.

NotifierError
├── SecretFault        a secret is not there, or PICKUP_SECRETS_KEY does not open it
└── ForbiddenAddress   a webhook points into a private network, at this machine, or at nothing
"""

from __future__ import annotations


class NotifierError(Exception):
    """Something the notifier does not do."""


class SecretFault(NotifierError):
    """A signing secret can't be had."""


class ForbiddenAddress(NotifierError):
    """An address that webhooks may not go to."""
