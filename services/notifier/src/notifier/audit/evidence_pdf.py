"""The pack as a PDF: two or three pages that an officer reads from the top, in order of what they need first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

_GREY = (90, 100, 110)
_INK = (20, 28, 36)
_DECISIONS = {
    "hold_recommended": "Hold recommended",
    "warn": "Warning",
    "review": "Review",
    "allow": "No warning",
}
_STEPS = {
    "alert.decided": "assessed",
    "alert.raised": "alert raised",
    "alert.attempted": "attempt to warn",
    "alert.delivered": "warning delivered",
    "alert.failed": "warning not delivered",
    "alert.acknowledged": "taken on by a person",
    "alert.escalated": "passed on",
    "alert.expired": "not taken on in time",
    "alert.hold_requested": "hold requested",
    "alert.hold_confirmed": "hold confirmed",
    "alert.released": "released",
    "alert.recalled": "recall: do not hand over",
    "alert.closed": "closed",
    "evidence.made": "evidence made",
}


class _Sheet(FPDF):
    """A4 with the reference and the page's number at the foot of each page."""

    def __init__(self, reference: str) -> None:
        super().__init__()
        self._reference = reference
        self.set_auto_page_break(True, margin=20)
        self.set_margins(18, 16, 18)
        self.set_title(_safe(f"Evidence {reference}"))
        self.set_creator("Pickup Guard")

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("helvetica", size=8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, _safe(f"{self._reference}   ·   page {self.page_no()} of {{nb}}"), align="C")


def render(document: Mapping[str, Any], json_file: bytes, *, key_name: str, time_zone: str) -> bytes:
    """The pack's document as a PDF. Times are shown in `time_zone`; `json_file` is the other half of the pack, whose
    hash stands at the end."""
    zone = ZoneInfo(time_zone)
    sheet = _Sheet(f"{document['operator_id']} / {document['booking_id']}")
    sheet.add_page()
    made, decision = document["made"], document["decision"]
    _line(sheet, "Evidence: suspected courier-fraud collection", size=17, bold=True)
    _line(
        sheet,
        "Made from the records of Pickup Guard, which warns carriers of such collections. It speaks of the risk of a "
        "job, and of nobody's guilt.",
        size=9,
        grey=True,
    )
    _facts(
        sheet,
        [
            ("Carrier", document["operator_id"]),
            ("Booking", document["booking_id"]),
            ("References", ", ".join(made["references"]) or "none given"),
            ("Made", f"{_when(made['at'], zone)}, by {made['by']}"),
            ("Reason", made["reason"]),
        ],
    )
    _head(sheet, "1. What was decided")
    shown = _DECISIONS.get(decision["decision"], decision["decision"])
    _facts(
        sheet,
        [
            ("Decision", f"{shown}, {decision['score']} of 100 points ({decision['pattern'].replace('_', ' ')})"),
            (
                "Kind",
                "Recall: the goods were on board" if decision["kind"] == "recall" else "Warning before collection",
            ),
            ("Raised", _when(decision["raised_at"], zone)),
            ("To act before", _when(decision["act_before"], zone)),
            ("Taken on", _by(decision["acknowledged_at"], decision["acknowledged_by"], zone)),
            ("Closed", _by(decision["closed_at"], (decision["close_reason"] or "").replace("_", " "), zone)),
            ("Rules", decision["ruleset"] or "not asked for"),
        ],
    )
    _head(sheet, "2. Why")
    _table(
        sheet,
        ("Reason", "Points", "Rule"),
        [(one["title"], f"{one['points']:+d}", one["rule_id"]) for one in document["reasons"]],
        (110, 18, 46),
    )
    _head(sheet, "3. Who was told, and what")
    if not document["told"]:
        _line(sheet, "Nobody was told on any channel.")
    for one in document["told"]:
        tried = f"first tried {_when(one['first_attempt_at'], zone)}" if one["first_attempt_at"] else "not tried"
        reached = f"delivered {_when(one['delivered_at'], zone)}" if one["delivered_at"] else f"not delivered, {tried}"
        _line(sheet, f"{one['channel']}: {reached}; attempts: {one['attempts']}", bold=True)
        words = one["words"].get("driver_text") or one["words"].get("text") or ""
        if words:
            _line(sheet, f'"{words}"')
    _head(sheet, "4. What happened, in order")
    _table(
        sheet,
        ("No.", "When", "What", "By"),
        [(str(one["number"]), _when(one["at"], zone), _step(one), one["actor"] or "") for one in document["timeline"]],
        (16, 44, 76, 38),
    )
    if document["contact"] is not None:
        _head(sheet, "5. Pickup, as the booking gave it")
        _facts(sheet, [(name.replace("_", " ").capitalize(), text) for name, text in document["contact"].items()])
    if document["entities"]:
        _head(sheet, "Who and what was on the booking, as keyed hashes")
        _line(
            sheet,
            "The same hash on another pack of this carrier is the same phone, address or account. The carrier can "
            "tell whether a number that you name has one of these hashes.",
            size=9,
            grey=True,
        )
        rows = [(one["role"], one["kind"], one["hash"]) for one in document["entities"]]
        _table(sheet, ("Role", "Kind", "Hash"), rows, (50, 40, 84))
    _proof(sheet, document, json_file, key_name, zone)
    return bytes(sheet.output())


def _proof(sheet: _Sheet, document: Mapping[str, Any], json_file: bytes, key_name: str, zone: ZoneInfo) -> None:
    checkpoint = document["audit"]["checkpoint"]
    signed = (
        f"up to entry {checkpoint['number']}, on {_when(checkpoint['at'], zone)}"
        if checkpoint
        else "not yet: the day's checkpoint is still to come"
    )
    _head(sheet, "How to check this pack")
    _line(
        sheet,
        "Every step above is an entry of an append-only record in which each holds the hash of the one before it. "
        "The whole record was checked when this pack was made, and is signed once a day. With the three files of this "
        "pack in one folder: pickupctl evidence verify FOLDER --public-key KEY.pem. The public key comes from the "
        "carrier, by another way than this pack.",
    )
    _facts(
        sheet,
        [
            ("Entries checked", str(document["audit"]["entries_checked"])),
            ("Record signed", signed),
            ("Signed with key", key_name),
            ("SHA-256 of the JSON", hashlib.sha256(json_file).hexdigest()),
        ],
    )


def _head(sheet: _Sheet, text: str) -> None:
    sheet.ln(3)
    if sheet.will_page_break(24):
        sheet.add_page()
    _line(sheet, text, size=12, bold=True)


def _line(sheet: _Sheet, text: str, *, size: int = 10, bold: bool = False, grey: bool = False) -> None:
    sheet.set_font("helvetica", style="B" if bold else "", size=size)
    sheet.set_text_color(*(_GREY if grey else _INK))
    sheet.multi_cell(0, size * 0.5, _safe(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
    sheet.ln(1)


def _facts(sheet: _Sheet, facts: Sequence[tuple[str, str]]) -> None:
    sheet.set_font("helvetica", size=10)
    sheet.set_text_color(*_INK)
    with sheet.table(
        col_widths=(40, 134),
        borders_layout="NONE",
        first_row_as_headings=False,
        line_height=5,
        text_align="LEFT",
        width=174,
    ) as table:
        for name, text in facts:
            row = table.row()
            row.cell(_safe(name), style=FontFace(color=_GREY))
            row.cell(_safe(text or "-"))
    sheet.ln(1)


def _table(sheet: _Sheet, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: tuple[int, ...]) -> None:
    sheet.set_font("helvetica", size=9)
    sheet.set_text_color(*_INK)
    with sheet.table(
        col_widths=widths,
        borders_layout="HORIZONTAL_LINES",
        line_height=4.6,
        padding=0.8,
        text_align="LEFT",
        width=174,
        headings_style=FontFace(emphasis="BOLD", color=_GREY),
    ) as table:
        for cells in (heads, *rows):
            row = table.row()
            for text in cells:
                row.cell(_safe(text))
    sheet.ln(1)


def _step(entry: Mapping[str, Any]) -> str:
    known = _STEPS.get(entry["kind"], entry["kind"].replace(".", " ").replace("_", " "))
    body = json.loads(entry["body"])
    if entry["kind"] == "alert.decided":
        return f"{known}: {body['decision']}, {body['score']} points".replace("_", " ")
    more = [str(body[name]).replace("_", " ") for name in ("channel", "detail") if body.get(name)]
    return f"{known}: {', '.join(more)}" if more else known


def _when(text: str | None, zone: ZoneInfo) -> str:
    if text is None:
        return "-"
    return datetime.fromisoformat(text).astimezone(zone).strftime("%d %b %Y %H:%M:%S %Z")


def _by(at: str | None, who: str | None, zone: ZoneInfo) -> str:
    return f"{_when(at, zone)}, {who}" if at and who else _when(at, zone)


def _safe(text: str) -> str:
    """The PDF's built-in letters are Western European; what they lack is shown as `?`, and stands whole in the JSON."""
    return text.encode("latin-1", "replace").decode("latin-1")
