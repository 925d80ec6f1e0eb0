"""A provider's tokens: meant for another sign-in or client, out of time, or not signed by it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.integration.accounts.office import Office
from tests.integration.accounts.seen import status
from tests.integration.openid import consent, query


async def test_a_token_of_another_sign_in_has_the_wrong_nonce(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.come_back(await office.back("ines"))
    office.line.swap = {"id_token": office.line.answered[-1]["id_token"], "access_token": None}
    office.site.browser.cookies.delete("pickup_session")
    assert (await office.come_back(await office.back("ines"))).status_code == 401
    assert "does not hold (nonce)" in capsys.readouterr().out


async def test_a_token_for_another_client_is_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    url = (await office.begin()).replace("client_id=console", "client_id=another-client")
    location = await consent(url, "ines")
    form = {
        "grant_type": "authorization_code",
        "code": query(location)["code"],
        "redirect_uri": query(url)["redirect_uri"],
    }
    async with httpx.AsyncClient(trust_env=False, auth=("another-client", "x")) as client:
        theirs = (await client.post(f"{office.line.issuer}/oauth2/token", data=form)).json()
    # Right signature, right nonce, in time: only meant for somebody else.
    office.line.swap = {"id_token": theirs["id_token"]}
    assert (await office.come_back(location)).status_code == 401
    assert "does not hold (aud)" in capsys.readouterr().out


async def test_an_expired_token_is_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    location = await office.back("ines")
    office.clock.advance(timedelta(hours=2))
    assert (await office.come_back(location)).status_code == 401
    assert "does not hold (exp)" in capsys.readouterr().out


@pytest.mark.parametrize("forgery", ["own key", "no algorithm", "client secret", "altered", "nonsense"])
async def test_a_token_that_the_provider_did_not_sign_is_refused(office: Office, forgery: str) -> None:
    url = await office.begin()
    location = await consent(url, "ines")
    now = int(office.clock.now().timestamp())
    claims = {
        "iss": office.line.issuer,
        "aud": "console",
        "sub": "ines",
        "exp": now + 600,
        "iat": now,
        "nonce": query(url)["nonce"],
        "groups": ["boss"],
    }
    head, body = ({"alg": "none"}, claims)
    plain = ".".join(_b64(msgspec.json.encode(part)) for part in (head, body))
    if forgery == "own key":
        token = jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048), algorithms=["RS256"])
    elif forgery == "no algorithm":
        token = f"{plain}."
    elif forgery == "client secret":
        token = _hs256(claims, b"a secret")
    elif forgery == "altered":
        await office.come_back(await office.back("ines"))
        first, _, last = office.line.answered[-1]["id_token"].split(".")
        token = f"{first}.{_b64(msgspec.json.encode(claims))}.{last}"
        office.site.browser.cookies.clear()
        url = await office.begin()
        location = await consent(url, "ines")
    else:
        token = "a.b"
    office.line.swap = {"id_token": token}
    assert (await office.come_back(location)).status_code == 401
    assert await status(office.site.browser) == 401


def _b64(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _hs256(claims: dict[str, object], secret: bytes) -> str:
    head = _b64(b'{"alg":"HS256"}')
    signed = f"{head}.{_b64(msgspec.json.encode(claims))}"
    return f"{signed}.{_b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
