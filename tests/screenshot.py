"""The README's picture: a real page of a real stack, in headless Chromium. `make screenshot`."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from pickupctl.stack.local import LocalStack
from pickupctl.traffic.scams import SCAMS, scam
from pickupctl.traffic.story import Story
from pickupctl.traffic.world import World
from tests.stack import Firm, firm, running, until

_SHOWN = (0, 5, 4)


def main(out: Path) -> None:
    """Three bookings, at different points of their way, and the page that shows them."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is needed for the picture: install it, for example with `apt-get install chromium`")
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as stack:
        asyncio.run(_show(stack, browser, out))


async def _show(stack: LocalStack, browser: str, out: Path) -> None:
    async with firm(stack) as office:
        world = World(21, datetime.now(UTC), homes=40, firms=60)
        for place, index in enumerate(_SHOWN):
            await _send(office, scam(world, 20_418 + 31 * place, SCAMS[index]), collected=index == 5, place=place)
        await until(lambda: _count(office, len(_SHOWN)), "the alerts")
        await office.send_until_taken(_review(world))
        await asyncio.sleep(2)
        await _picture(browser, stack.url("notifier"), office.console_key, out)


async def _send(office: Firm, story: Story, *, collected: bool, place: int) -> None:
    now = datetime.now(UTC)
    driver = {
        "id": str(41 + 7 * place),
        "vehicle": ("Grey Skoda Octavia", "White Ford Transit", "Blue Toyota Prius")[place],
    }
    wanted = {"requested", "driver_assigned", *(("collected", "en_route_to_dropoff") if collected else ())}
    for _, event in story.events(now - timedelta(minutes=1)):
        if event["status"] in wanted:
            if event["status"] == "driver_assigned":
                event = {**event, "driver": driver, "driver_eta": (now + timedelta(minutes=6 + 5 * place)).isoformat()}
            await office.send_until_taken({**event, "occurred_at": datetime.now(UTC).isoformat()})


def _review(world: World) -> dict[str, Any]:
    story = scam(world, 20_777, SCAMS[3])
    _, event = story.events(datetime.now(UTC))[0]
    event["dropoff"] = {"address": {"line1": "Western Approach", "town": "Plymouth", "postcode": "PL1 4PH"}}
    return {**event, "notes": {"driver": "ring when near"}, "items": [{"description": "clothes"}]}


async def _count(office: Firm, count: int) -> bool:
    return len(await office.alerts()) >= count


async def _picture(browser: str, url: str, key: str, out: Path) -> None:
    async with async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = await chromium.new_page(viewport={"width": 1240, "height": 980})
        await page.goto(url)
        await page.fill("#key", key)
        await page.press("#key", "Enter")
        await page.wait_for_selector("article.alert")
        await page.wait_for_timeout(1500)
        await page.screenshot(path=out)
        await chromium.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
