"""An alert as a row of its table, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from notifier.alerts.alert import Alert
from pickup_contracts.assessment import Reason

_reasons = msgspec.json.Decoder(list[Reason])


def alert_of(row: Any) -> Alert:
    """An alert from its row."""
    fields = dict(row)
    return Alert(**{**fields, "reasons": _reasons.decode(fields["reasons"])})


def row_of(alert: Alert) -> tuple[object, ...]:
    """Its row."""
    fields = {name: getattr(alert, name) for name in Alert.__struct_fields__}
    return tuple({**fields, "reasons": msgspec.json.encode(alert.reasons)}.values())
