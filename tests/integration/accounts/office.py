"""A page whose people sign in with their firm's own provider."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx

from pickup_runtime.clock import ManualClock
from tests.integration.openid import Line, consent, query
from tests.integration.page import Site


class Office:
    """A site whose people sign in with the provider."""

    def __init__(self, site: Site, line: Line, clock: ManualClock) -> None:
        self.site = site
        self.line = line
        self.clock = clock

    async def begin(self) -> str:
        answer = await self.site.browser.get("/login/openid/office")
        assert answer.status_code == 303, answer.text
        url: str = answer.headers["location"]
        return url

    async def back(self, subject: str) -> str:
        """Up to where the provider sends the browser back."""
        return await consent(await self.begin(), subject)

    async def come_back(self, location: str, **changed: str | None) -> httpx.Response:
        fields = {**query(location), **changed}
        path = location.partition("?")[0].removeprefix("http://page")
        return await self.site.browser.get(
            f"{path}?{urlencode({name: value for name, value in fields.items() if value is not None})}"
        )
