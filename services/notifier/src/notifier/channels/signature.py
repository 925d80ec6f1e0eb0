"""Twilio's signature of a request (https://www.twilio.com/docs/usage/security#validating-requests). Pure.

HMAC-SHA1 with the account's token over the address as Twilio was given it, followed by the names and values of the form
in the order of their names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def sign(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """The value of `X-Twilio-Signature`. A pair that comes twice counts once, as in Twilio's own libraries."""
    said = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def is_genuine(token: str, url: str, form: Iterable[tuple[str, str]], signature: str | None) -> bool:
    """Whether the signature is the provider's; compared in constant time."""
    return hmac.compare_digest(sign(token, url, form).encode(), (signature or "").encode())
