"""Passwords of local accounts: what is accepted, and argon2id with the library's own parameters (RFC 9106).

A check costs tens of milliseconds and 64 MiB on purpose: callers run it off the event loop, few at a time.
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 200
_hasher = PasswordHasher()


def fault(password: str, login: str) -> str | None:
    """Why this password is not accepted, or `None`. Length beats rules (NIST SP 800-63B)."""
    if len(password) < MIN_LENGTH:
        return f"a password has at least {MIN_LENGTH} characters; three or four words do well"
    if len(password) > MAX_LENGTH:
        return f"a password has at most {MAX_LENGTH} characters"
    if len(set(password)) < 5:
        return "a password of so few different characters is guessed first"
    name = login.partition("@")[0]
    if len(name) >= 4 and name in password.casefold():
        return "a password must not hold the login"
    return None


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the one. Where nothing is kept (no such login) the same work is done, and the answer is no."""
    try:
        _hasher.verify(kept if kept is not None else _nobody(), password[: MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the library's parameters have changed since it was made."""
    return _hasher.check_needs_rehash(kept)


_nobodys: list[str] = []


def _nobody() -> str:
    """The hash of a password that nobody has, made once and with today's parameters."""
    if not _nobodys:
        _nobodys.append(hashed(secrets.token_urlsafe(32)))
    return _nobodys[0]
