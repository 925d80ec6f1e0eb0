"""Where a request comes from: what the limit on wrong keys goes by."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


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
