"""What the demo prints, as a terminal of eighty columns gets it."""

from __future__ import annotations

import io

from rich.console import Console

from pickupctl.demo.command import Board


def test_a_drivers_link_is_printed_in_one_piece() -> None:
    link = "http://127.0.0.1:8082/d/" + "A1b2" * 24
    printed = io.StringIO()
    board = Board(Console(file=printed, width=80), "http://127.0.0.1:8082", "key")

    board.told({"type": "pickup.alert.driver", "data": {"booking_id": "J-1", "driver_link": link}})

    assert link in printed.getvalue().splitlines()[0]
