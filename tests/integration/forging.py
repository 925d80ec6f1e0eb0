"""Secrets that are nearly right."""

from __future__ import annotations


def altered(secret: str) -> str:
    """The secret with another last character: never the secret itself, whatever it ends in."""
    return secret[:-1] + ("1" if secret.endswith("0") else "0")
