"""Where webhooks may go: public addresses only, checked at the very moment of connecting."""

from __future__ import annotations

import ipaddress
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from notifier.errors import ForbiddenAddress


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's on the internet: not private, loopback, link-local, metadata or multicast.

    An IPv4 address inside an IPv6 one counts as itself.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


def check_literal(host: str) -> None:
    """Refuse a host that is itself an address and not a public one; names are checked when they are resolved.

    Raises:
        ForbiddenAddress: it may not be reached.
    """
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return
    if not is_public(host.strip("[]")):
        raise ForbiddenAddress("the webhook's address is not a public one")


class PublicResolver(AbstractResolver):
    """Resolves names for the connector itself, so that what was checked is what is connected to."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        """Raises ForbiddenAddress when any of the name's addresses is not public."""
        found = await self._inner.resolve(host, port, family)
        if not found or not all(is_public(one["host"]) for one in found):
            raise ForbiddenAddress("the webhook's name does not lead to a public address")
        return found

    async def close(self) -> None:
        await self._inner.close()
