"""Where requests that others have named may go: public addresses only, checked at the very moment of connecting."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

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
        raise ForbiddenAddress("the address is not a public one")


class PublicResolver(AbstractResolver):
    """Resolves names for the connector itself, so that what was checked is what is connected to.

    In threads of its own: names that take their time keep no other channel from resolving theirs.
    """

    def __init__(self, threads: int = 8) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises ForbiddenAddress when any of the name's addresses is not public."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _lookup, host, port, family)
        if not found or not all(is_public(str(address[0])) for _, address in found):
            raise ForbiddenAddress("the name does not lead to a public address")
        return [_result(host, port, family, address) for family, address in found]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str, port: int, family: int) -> list[tuple[int, tuple[Any, ...]]]:
    answers = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(family, address) for family, _, _, _, address in answers]


def _result(name: str, port: int, family: int, address: tuple[Any, ...]) -> ResolveResult:
    return {
        "hostname": name,
        "host": str(address[0]),
        "port": port,
        "family": family,
        "proto": 0,
        "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    }
