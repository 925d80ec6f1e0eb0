"""An alert as a row of its table, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from notifier.alerts.alert import Alert
from pickup_contracts.assessment import Reason
from pickup_runtime import logs

#: What stands in a list for reasons that can't be read.
UNREADABLE = Reason("unreadable", "Its reasons could not be read: look at the booking itself", 0)

_reasons = msgspec.json.Decoder(list[Reason])
_log = logs.get("alert_rows")


def alert_of(row: Any) -> Alert:
    """An alert from its row.

    Raises:
        msgspec.MsgspecError: its reasons can't be read.
    """
    return _made(row, _reasons.decode(row["reasons"]))


def as_far_as_readable(row: Any) -> Alert:
    """An alert for a list, which shows what there is of it: one that can't be read must not hide the others, nor be
    hidden itself. Not to be written back."""
    try:
        return alert_of(row)
    except msgspec.MsgspecError as error:
        _log.error("unreadable_alert", alert_id=str(row["alert_id"]), error=type(error).__name__)
        return _made(row, [UNREADABLE])


def row_of(alert: Alert) -> tuple[object, ...]:
    """Its row."""
    fields = {name: getattr(alert, name) for name in Alert.__struct_fields__}
    return tuple({**fields, "reasons": msgspec.json.encode(alert.reasons)}.values())


def _made(row: Any, reasons: list[Reason]) -> Alert:
    return Alert(**{**dict(row), "reasons": reasons})
