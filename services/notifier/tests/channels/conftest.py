"""The provider of texts and calls, as the tests of both channels use it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from standins.twilio_api import TwilioApi


@pytest.fixture
async def api() -> AsyncIterator[TwilioApi]:
    async with TwilioApi().running() as made:
        yield made
