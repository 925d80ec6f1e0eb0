"""The driver's page over a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pickup_runtime.testing.plugin import MakePool
from tests.integration.driver_page.site import DriverSite


@pytest.fixture
async def site(operator_id: str, database: MakePool) -> AsyncIterator[DriverSite]:
    made = DriverSite(await database("notifier", "notifier"), operator_id)
    yield made
    await made.close()
