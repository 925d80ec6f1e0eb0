"""Strangers get nothing: forged, replayed, expired, altered and others' links, and one link's own booking only."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from notifier.driver_page.answering import MOST_ANSWERS
from notifier.driver_page.links import DriverLinks
from pickup_runtime.clock import ManualClock
from pickup_runtime.testing.plugin import MakePool
from tests.integration.driver_page.site import DriverSite
from tests.integration.driver_page.told import SUBSCRIPTION


async def test_forged_and_replayed_answers_are_refused(site: DriverSite) -> None:
    alert, other, key = await site.alert("one"), await site.alert("two"), uuid4()
    assert (await site.tap(alert, "understood", key)).status_code == 200
    assert (await site.tap(alert, "have_it", key)).status_code == 409, "the same key says one thing"
    assert (await site.tap(other, "refused", key)).status_code == 200, "a key belongs to its alert"
    path = site.path(alert)
    for body in (
        b"", b"{}", b"[]", b"\xff", b'{"key":"x","said":"refused"}', b'{"key":null,"said":"refused"}',
        json.dumps({"key": str(uuid4()), "said": "cleared"}).encode(),
        json.dumps({"key": str(uuid4()), "said": "refused", "age_s": -5}).encode(),
        json.dumps({"key": str(uuid4()), "said": "refused", "finding": "cleared"}).encode(),
    ):  # fmt: skip
        assert (await site.client.post(f"{path}/answers", content=body)).status_code == 400, body
    huge = await site.client.post(f"{path}/answers", content=b" " * 10_000)
    assert huge.status_code == 413
    assert [one.get("action") for one in await site.outcomes()] == ["refused"]
    assert (await site.now(alert)).kind == "warning"


async def test_a_link_is_played_with_only_so_often(site: DriverSite) -> None:
    alert = await site.alert()
    for _ in range(MOST_ANSWERS):
        assert (await site.tap(alert, "nothing_odd")).status_code == 200
    assert (await site.tap(alert, "nothing_odd")).status_code == 429
    assert len(await site.outcomes()) == MOST_ANSWERS


async def test_expired_altered_and_others_links_open_nothing_and_are_logged_without_anybody(
    operator_id: str, database: MakePool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(datetime.now(UTC))
    site = DriverSite(await database("notifier", "notifier"), operator_id, clock=clock)
    alert, lost = await site.alert("J-secret", driver="d-first"), await site.alert("J-lost")
    path, lost_path = site.path(alert), site.path(lost)
    assert (await site.client.get(path)).status_code == 200
    async with site.store.batch() as batch:
        await batch.write_alerts([msgspec.structs.replace(alert, driver="d-second")])
    await site.pool.execute("delete from alerts where alert_id = $1", lost.alert_id)
    forged = DriverLinks(b"x" * 32, "http://page").link_for(alert, "driver") or ""
    letter = "A" if path[-20] != "A" else "B"
    strangers = {
        path: 410,
        lost_path: 404,
        forged.removeprefix("http://page"): 404,
        path[:-20] + letter + path[-19:]: 404,
        "/d/nothing": 404,
    }
    now_theirs = site.path(await site.now(alert))
    with caplog.at_level(logging.DEBUG):
        seen = set()
        for where, status in strangers.items():
            for way, answer in {
                "get": await site.client.get(where),
                "state": await site.client.get(f"{where}/state"),
                "tap": await site.client.post(f"{where}/answers", json={"key": str(uuid4()), "said": "have_it"}),
                "look": await site.client.post(f"{where}/looked"),
                "phone": await site.client.post(f"{where}/phone", json=SUBSCRIPTION),
                "off": await site.client.post(f"{where}/phone/off", json=SUBSCRIPTION),
            }.items():
                assert answer.status_code == status, (where, way)
                if way == "get":
                    seen.add(answer.text)
        assert len(seen) == 1, "one page for all of them"
        clock.advance(timedelta(hours=13))
        assert (await site.client.get(now_theirs)).status_code == 410
        assert (await site.tap(alert, "refused")).status_code == 410
    # The client of this test logs what it asks; the notifier does not.
    own = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    logged = "\n".join(own) + capsys.readouterr().out
    assert "driver_link_refused" in logged
    for word in ("J-secret", "d-first", "d-second", path[3:20]):
        assert word not in "".join(seen)
        assert word not in logged
    assert await site.outcomes() == []
    assert await site.pool.fetchval("select count(*) from push_subscriptions where operator_id = $1", operator_id) == 0
    await site.close()


async def test_another_booking_is_not_told_of(site: DriverSite) -> None:
    """One link, one booking: nothing of the same driver's other jobs, no name and no address."""
    one, other = await site.alert("J-one"), await site.alert("J-other")
    text = (await site.client.get(site.path(one))).text
    assert "J-one" in text
    assert "J-other" not in text
    await site.tap(other, "have_it")
    assert (await site.now(one)).kind == "warning"
