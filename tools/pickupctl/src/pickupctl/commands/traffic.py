"""`pickupctl traffic`: made-up bookings to try things on."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from pickupctl.files import written
from pickupctl.traffic.fortnight import fortnight


def traffic(
    out: Annotated[Path | None, typer.Option(help="Where to write; standard output unless given.")] = None,
    bookings: Annotated[int, typer.Option(min=1, help="How many bookings.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Another number, another fortnight.")] = 1,
) -> None:
    """Write a fortnight of ordinary, made-up bookings as BookingEvents, one a line, by time.

    Example: pickupctl traffic --bookings 30000 --out fortnight.jsonl && pickupctl evaluate --traffic fortnight.jsonl
    """
    with written(out) if out is not None else nullcontext(sys.stdout.buffer) as lines:
        for event in fortnight(seed, bookings):
            lines.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")
