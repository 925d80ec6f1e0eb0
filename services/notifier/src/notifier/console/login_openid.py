"""Signing in with an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

Authlib builds and reads what travels and checks the claims, joserfc the signature, httpx carries it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from httpx_aiohttp import AiohttpTransport
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from notifier.accounts.provider import Identity, Provider, identity
from notifier.errors import ProviderFault
from pickup_runtime.clock import Clock

#: Signatures by a key of the provider's alone; never `none`, never one by the client's own secret.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_DOCUMENT_S = 3600.0
_KEYS_S = 60.0
_LEEWAY_S = 60
_MAX_BYTES = 256 * 1024


class Pending(Struct, frozen=True):
    """A sign-in under way, kept at the browser, encrypted, until the provider sends it back."""

    provider: str
    state: str
    nonce: str
    verifier: str


class OpenIdLogin:
    """One provider. Its discovery document is read once an hour, its keys when a token names an unknown one."""

    def __init__(self, provider: Provider, client: httpx.AsyncClient, clock: Clock, *, public_url: str) -> None:
        self.provider = provider
        self._client = client
        self._clock = clock
        self._redirect_uri = f"{public_url.rstrip('/')}/login/openid/{provider.id}/callback"
        self._document: tuple[float, dict[str, str]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def begin(self) -> tuple[str, Pending]:
        """Where to send the browser, and what it must come back with.

        Raises:
            ProviderFault: the provider does not answer as one.
        """
        document = await self._discover()
        pending = Pending(
            self.provider.id, secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        )
        uri: str = prepare_grant_uri(
            document["authorization_endpoint"],
            client_id=self.provider.client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=" ".join(self.provider.scopes),
            state=pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
        )
        return uri, pending

    async def finish(self, pending: Pending, answer: Mapping[str, str]) -> Identity | None:
        """Whom the provider vouches for; `None` when no role is meant for them here.

        Raises:
            ProviderFault: this is no answer to that question, or it does not hold; nobody is signed in.
        """
        if pending.provider != self.provider.id or not secrets.compare_digest(
            pending.state.encode(), answer.get("state", "").encode()
        ):
            raise ProviderFault(f"{self.provider.id}: the answer belongs to another question")
        # RFC 9207: an answer that says whose it is must be this provider's.
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise ProviderFault(f"{self.provider.id}: the answer is another provider's")
        code = answer.get("code", "")
        if not code or "error" in answer:
            raise ProviderFault(f"{self.provider.id}: the provider refused")
        tokens = await self._exchange(code, pending.verifier)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderFault(f"{self.provider.id}: no id_token came")
        return identity(self.provider, await self._check(id_token, pending, tokens.get("access_token")))

    async def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        document = await self._discover()
        secret = _secret(self.provider)
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._redirect_uri, code_verifier=verifier
        )
        auth = ClientAuth(self.provider.client_id, secret, "client_secret_basic" if secret else "none")
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        url, headers, body = auth.prepare("POST", document["token_endpoint"], headers, body)
        return await self._ask("POST", url, headers, body)

    async def _check(self, id_token: str, pending: Pending, access_token: object) -> dict[str, Any]:
        try:
            token = await self._decode(id_token)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self.provider.issuer},
                    "aud": {"essential": True, "value": self.provider.client_id},
                },
                params={
                    "nonce": pending.nonce,
                    "client_id": self.provider.client_id,
                    "access_token": access_token if isinstance(access_token, str) else None,
                },
            )
            claims.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            why = getattr(error, "claim", None) or type(error).__name__
            raise ProviderFault(f"{self.provider.id}: the id_token does not hold ({why})") from None
        return dict(claims)

    async def _decode(self, id_token: str) -> jwt.Token:
        keys = await self._key_set(older_than_s=_DOCUMENT_S)
        try:
            return jwt.decode(id_token, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # The provider may have changed its keys since; they are asked for again, but not for every bad token.
            return jwt.decode(id_token, await self._key_set(older_than_s=_KEYS_S), algorithms=ALGORITHMS)

    async def _discover(self) -> dict[str, str]:
        if self._document is not None and time.monotonic() - self._document[0] < _DOCUMENT_S:
            return self._document[1]
        found = await self._ask("GET", f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.provider.issuer:
            raise ProviderFault(f"{self.provider.id}: its discovery document names another issuer")
        document: dict[str, str] = {}
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            url = found.get(name)
            if not isinstance(url, str) or not url.startswith(("https://", self.provider.issuer)):
                raise ProviderFault(f"{self.provider.id}: its {name} is not an https address")
            document[name] = url
        self._document = (time.monotonic(), document)
        return document

    async def _key_set(self, *, older_than_s: float) -> KeySet:
        if self._keys is not None and time.monotonic() - self._keys[0] < older_than_s:
            return self._keys[1]
        found = await self._ask("GET", (await self._discover())["jwks_uri"])
        try:
            keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise ProviderFault(f"{self.provider.id}: its keys can't be read") from None
        self._keys = (time.monotonic(), keys)
        return keys

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> dict[str, Any]:
        """A small JSON object from the provider. Redirects are not followed."""
        try:
            async with self._client.stream(method, url, headers=headers, content=body) as response:
                answer = bytearray()
                async for part in response.aiter_bytes():
                    answer += part
                    if len(answer) > _MAX_BYTES:
                        raise ProviderFault(f"{self.provider.id}: its answer is too long")
        except httpx.HTTPError as error:
            raise ProviderFault(f"{self.provider.id}: it does not answer ({type(error).__name__})") from None
        if response.status_code != 200:
            raise ProviderFault(f"{self.provider.id}: it answered {response.status_code}")
        try:
            return msgspec.json.decode(bytes(answer), type=dict[str, Any])
        except msgspec.MsgspecError:
            raise ProviderFault(f"{self.provider.id}: its answer is not a JSON object") from None


def provider_client() -> httpx.AsyncClient:
    """What speaks to providers."""
    return httpx.AsyncClient(transport=AiohttpTransport(), timeout=5.0, follow_redirects=False, trust_env=False)


def _secret(provider: Provider) -> str | None:
    if provider.client_secret_file is None:
        return None
    try:
        return Path(provider.client_secret_file).read_text().strip()
    except OSError:
        raise ProviderFault(f"{provider.id}: client_secret_file can't be read") from None
