"""Webhooks go to public addresses only."""

from __future__ import annotations

import pytest

from notifier.channels.guard import check_literal, is_public
from notifier.errors import ForbiddenAddress


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"),
        *("100.64.0.1", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "::", "255.255.255.255", "not an address", "fe80::1%eth0"),
    ],
)
def test_private(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_public(address: str) -> None:
    assert is_public(address)


def test_a_literal_is_checked_and_a_name_is_left_to_the_resolver() -> None:
    check_literal("hooks.example.com")
    for host in ("127.0.0.1", "[::1]", "169.254.169.254"):
        with pytest.raises(ForbiddenAddress):
            check_literal(host)
