"""OpenID providers that a deployment trusts, and what their claims mean here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from notifier.accounts.roles import ROLES, Role
from notifier.errors import ProviderFault

_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class Provider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider: everybody it vouches for belongs to `operator_id`.

    `roles` maps values of the claim `role_claim` (a string or a list; `realm_access.roles` looks inside) to roles; of
    several the highest counts. Who has none of them gets `default_role`, or is refused where that is absent. Without
    `client_secret_file` the client is public and PKCE alone binds the answer to the question."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    label: Annotated[str, Meta(min_length=1, max_length=60)]
    issuer: Annotated[str, Meta(pattern=r"^https?://[^\s?#]+$", max_length=500)]
    client_id: Annotated[str, Meta(min_length=1, max_length=300)]
    operator_id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    client_secret_file: str | None = None
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    role_claim: str | None = None
    roles: dict[str, Role] = {}
    default_role: Role | None = None


class Identity(Struct, frozen=True):
    """Whom a provider vouches for, in this product's words."""

    issuer: str
    subject: str
    operator_id: str
    name: str
    role: Role


def read_providers(text: bytes) -> dict[str, Provider]:
    """The providers of a YAML document `providers: [...]`, by id.

    Raises:
        ProviderFault: names the provider and the field.
    """
    try:
        found = msgspec.yaml.decode(text, type=dict[str, list[Provider]]).get("providers", [])
    except msgspec.MsgspecError as error:
        raise ProviderFault(str(error)) from None
    for one in found:
        if one.issuer.startswith("http://") and not one.issuer.startswith(_LOOPBACK):
            raise ProviderFault(f"{one.id}: issuer must be https")
        if "openid" not in one.scopes:
            raise ProviderFault(f"{one.id}: scopes must have openid")
        if one.default_role is None and not (one.role_claim and one.roles):
            raise ProviderFault(f"{one.id}: give role_claim and roles, or default_role: nobody could sign in")
    by_id = {one.id: one for one in found}
    if len(by_id) != len(found):
        raise ProviderFault("two providers have one id")
    return by_id


def identity(provider: Provider, claims: Mapping[str, Any]) -> Identity | None:
    """Who that is, from checked claims; `None` when no role is meant for them."""
    subject = claims.get("sub")
    role = _role(provider, claims)
    if role is None or not isinstance(subject, str) or not 0 < len(subject) <= 255:
        return None
    return Identity(provider.issuer, subject, provider.operator_id, _name(claims, subject), role)


def _role(provider: Provider, claims: Mapping[str, Any]) -> Role | None:
    held = _claim(claims, provider.role_claim) if provider.role_claim else None
    words = [held] if isinstance(held, str) else held if isinstance(held, list) else []
    found = [provider.roles[word] for word in words if isinstance(word, str) and word in provider.roles]
    return max(found, key=ROLES.index, default=provider.default_role)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, which may have dots (`https://firm.example/roles`), or else by a path of names."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _name(claims: Mapping[str, Any], subject: str) -> str:
    for claim in ("name", "preferred_username", "email"):
        text = claims.get(claim)
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())[:80]
    return subject[:80]
