"""Where a request comes from: what the limit on wrong keys goes by."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from pickup_runtime import logs
from pickup_runtime.forwarded import caller

_log = logs.get("source")


class Sources:
    """Where requests come from, behind `hops` proxies of one's own. Says once in the log when a proxy seems to stand in
    front that nobody told of: all callers are one source then."""

    def __init__(self, hops: int) -> None:
        self._hops = hops
        self._said = False

    def of(self, peer: str, forwarded: Sequence[str]) -> str:
        """The network that a request comes from; `forwarded` are its lines of `X-Forwarded-For`."""
        if forwarded and not self._hops and not self._said:
            self._said = True
            _log.warning("proxy_not_counted", setting="PICKUP_PROXY_HOPS")
        return network_of(caller(peer, forwarded, hops=self._hops))


def network_of(address: str) -> str:
    """The network that an address belongs to: an IPv4 address alone, or the /64 that one household or machine has of
    IPv6. What is no address stands for itself."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
    return str(known)
