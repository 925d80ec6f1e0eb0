"""E-mail addresses as people write them, compared as the same mailbox."""

from __future__ import annotations

import re
from functools import lru_cache

_ADDRESS = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
_SEPARATORS = re.compile(r"[._+\-0-9]+")
#: Typed into a field that insists on an address.
_NOBODY = frozenset({"no", "none", "noemail", "na", "unknown", "test", "nomail", "noaddress", "x", "xx", "email", "a"})
_SAME_DOMAIN = {"googlemail.com": "gmail.com"}


@lru_cache(maxsize=65_536)
def email_key(raw: str) -> str | None:
    """The mailbox, whatever its case and tags (`Jo.Example+taxi@Gmail.com`); `None` when it is no address, or plainly
    nobody's (`none@none.com`)."""
    plain = raw.strip().strip("<>.;,").casefold().removeprefix("mailto:")
    if not _ADDRESS.match(plain):
        return None
    local, _, domain = plain.rpartition("@")
    domain = _SAME_DOMAIN.get(domain, domain)
    local = local.partition("+")[0] or local
    if domain == "gmail.com":
        # Google delivers with and without the dots.
        local = local.replace(".", "")
    if local.replace("-", "").replace(".", "") in _NOBODY:
        return None
    return f"{local}@{domain}"


def email_name(raw: str | None) -> str | None:
    """The name that an address is written with, as words (`lloyds.fraudteam@…`: "lloyds fraudteam"); `None` of one that
    is a single word, or not known."""
    local = raw.partition("@")[0] if raw else ""
    words = _SEPARATORS.sub(" ", local)
    return words if " " in words else None


def same_email(one: str | None, other: str | None) -> bool | None:
    """Whether two addresses are one mailbox; `None` when either is not known."""
    first, second = (email_key(one) if one else None), (email_key(other) if other else None)
    return None if first is None or second is None else first == second
