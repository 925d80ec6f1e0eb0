"""What a role opens, to a person and to a key, and the log of who looked at what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.accounts.principal import Principal
from notifier.accounts.roles import Role
from pickup_contracts.alert import alert_id
from pickup_runtime.clock import ManualClock
from tests.integration.accounts.seen import NOW, add_alert
from tests.integration.page import Site


async def test_another_role_counts_from_the_next_request(site: Site) -> None:
    await add_alert(site, "op-a", "b")
    await site.person("ines@firm.example", role="viewer")
    await site.log_in("ines@firm.example")
    url = f"/alerts/{alert_id('op-a', 'b')}/acknowledge"
    assert (await site.post(url, {}, token_from="/")).status_code == 403, "a viewer looks"
    await site.people.set_role("ines@firm.example", "dispatcher", by="test", now=NOW)
    assert (await site.post(url, {}, token_from="/")).status_code == 303
    await site.people.set_role("ines@firm.example", "viewer", by="test", now=NOW)
    assert (await site.post(url, {}, token_from="/")).status_code == 403


async def test_another_operators_alert_is_not_there_for_a_person(site: Site) -> None:
    await add_alert(site, "op-b", "theirs")
    await site.person("ines@firm.example", role="admin")
    await site.log_in("ines@firm.example")
    answer = await site.post(f"/alerts/{alert_id('op-b', 'theirs')}/acknowledge", {}, token_from="/")
    assert answer.status_code == 404
    assert "theirs" not in (await site.browser.get("/")).text


@pytest.mark.parametrize(("role", "expected"), [("viewer", 403), ("dispatcher", 303), ("admin", 303)])
async def test_a_key_has_a_role_as_well(site: Site, role: Role, expected: int) -> None:
    await add_alert(site, "op-a", "b")
    await site.post("/login", {"key": await site.key("op-a", role=role)})
    answer = await site.post(f"/alerts/{alert_id('op-a', 'b')}/acknowledge", {}, token_from="/")
    assert answer.status_code == expected


async def test_it_is_logged_who_looked_at_what(site: Site, clock: ManualClock) -> None:
    person = await site.person("ines@firm.example")
    await site.log_in("ines@firm.example")
    await site.browser.get("/")
    await site.browser.get("/alerts/list")
    clock.advance(timedelta(minutes=6))
    await site.browser.get("/alerts/list")
    who = Principal(operator_id="op-a", holder="Ines", role="admin", subject=f"person:{person.person_id}")
    site.views.looked(who, "booking", "b-1")
    await site.views.flush()
    seen = await site.views.views("op-a")
    assert [(one.kind, one.booking_id) for one in seen] == [("booking", "b-1"), ("alerts", None), ("alerts", None)]
    assert {one.holder for one in seen} == {"Ines"}
    assert len(await site.views.views("op-a", booking_id="b-1")) == 1
    assert await site.views.views("op-b") == []
    a_year_on = NOW + timedelta(days=365, minutes=1)
    assert [await site.views.forget(a_year_on), await site.views.forget(a_year_on)] == [1, 0]


@pytest.mark.parametrize(
    ("role", "audit", "views"), [("dispatcher", 403, 403), ("duty_manager", 200, 403), ("admin", 200, 200)]
)
async def test_who_may_read_what_was_written_down(site: Site, role: Role, audit: int, views: int) -> None:
    await add_alert(site, "op-a", "b 1/<i>")
    await add_alert(site, "op-b", "somebody-elses")
    await site.person("ines@firm.example", role=role)
    await site.log_in("ines@firm.example")
    key = {"authorization": f"Bearer {await site.key('op-a', role=role)}"}
    for path, expected in (("/audit", audit), ("/audit?booking=somebody-elses", audit), ("/views", views)):
        page = await site.browser.get(path)
        document = await site.browser.get(f"/v1{path}", headers=key)
        assert (page.status_code, document.status_code) == (expected, expected), path
        assert ">somebody-elses</a>" not in page.text
        assert "somebody-elses" not in document.text
        assert "<i>" not in page.text
    assert (await site.another_browser().get("/audit")).status_code == 401
    assert (await site.another_browser().get("/v1/views")).status_code == 401
    if audit == 200:
        of_booking = (await site.browser.get("/v1/audit?booking=b+1/%3Ci%3E", headers=key)).json()["entries"]
        assert [one["kind"] for one in of_booking] == ["alert.decided"]
        assert of_booking[0]["body"]["score"] == 70
        newest = (await site.browser.get("/v1/audit", headers=key)).json()["entries"]
        earlier = (await site.browser.get(f"/v1/audit?before={newest[1]['number']}", headers=key)).json()["entries"]
        assert earlier == newest[2:]
        assert (await site.browser.get(f"/v1/audit?before={2**63}", headers=key)).status_code == 400
        assert (await site.browser.get("/v1/audit?booking=b%00", headers=key)).json() == {"entries": []}
        await site.views.flush()
        assert "audit" in {one.kind for one in await site.views.views("op-a")}
