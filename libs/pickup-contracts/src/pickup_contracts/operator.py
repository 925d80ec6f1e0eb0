"""OperatorProfile: how one firm is set up. Published whole; secrets are named in it, never held."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from pickup_contracts.booking import OperatorId
from pickup_contracts.dispatch import DispatchNote


class Webhook(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where alerts are posted. `secret` names the signing secret that the notifier keeps."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s]+$", max_length=2000)]
    secret: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "webhook"


class OperatorProfile(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One operator. `default_lead_time_s` stands in for a deadline when a booking has neither pickup time nor
    ETA. `time_zone` is an IANA name; with one, times without an offset are taken as local, without one they are
    refused. Links across operators are off unless `cross_operator_links` is true."""

    operator_id: OperatorId
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] = "GB"
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    services: list[Literal["courier", "taxi"]] = []
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}$")] = "en"
    webhook: Webhook | None = None
    default_lead_time_s: Annotated[int, Meta(ge=60, le=86_400)] = 900
    dispatch_note: DispatchNote | None = None
    office_phone: Annotated[str, Meta(max_length=32)] | None = None
    cross_operator_links: bool = False
