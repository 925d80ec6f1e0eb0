"""Where a request comes from: what the limit on wrong keys goes by."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from pickup_runtime import logs

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
        # A proxy may add a line of its own below what the sender wrote: all of them are one list.
        return source_of(peer, ", ".join(forwarded), hops=self._hops)


def source_of(peer: str, forwarded: str, *, hops: int) -> str:
    """The network that a request comes from: an IPv4 address, or the /64 that one household or machine has of IPv6.
    `hops` proxies of one's own stand in front: the address that the outermost of them added to `forwarded`
    (`X-Forwarded-For`) is believed, what came before it is anybody's word."""
    added = [part.strip() for part in forwarded.split(",") if part.strip()]
    address = added[-hops] if 0 < hops <= len(added) else peer
    try:
        known = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
    return str(known)
