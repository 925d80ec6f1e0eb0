"""Who is behind the proxies of one's own: `X-Forwarded-For`, as far as it can be believed."""

from __future__ import annotations

from collections.abc import Sequence


def caller(peer: str, lines: Sequence[str], *, hops: int) -> str:
    """The address that a request comes from. `hops` proxies of one's own stand in front: the address that the outermost
    of them added to `lines` (the header's, in order) is believed, what came before it is anybody's word. Without them,
    or where fewer have added one, it is `peer`."""
    # A proxy may add a line of its own below what the sender wrote: all of them are one list.
    added = [part.strip() for line in lines for part in line.split(",") if part.strip()]
    return added[-hops] if 0 < hops <= len(added) else peer
