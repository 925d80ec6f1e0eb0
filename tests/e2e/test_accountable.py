"""Who did what can be shown afterwards, on real processes: sign-in, acknowledgement, the record, evidence."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from pickupctl.main import app
from pickupctl.stack.local import LocalStack
from tests.integration.events import scam
from tests.integration.page import csrf
from tests.stack import OPERATOR, fetch, firm, running, until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running(Path(tmp_path_factory.mktemp("stack"))) as made:
        yield made


async def pickupctl(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))


async def test_from_the_sign_in_to_the_evidence(stack: LocalStack, tmp_path: Path) -> None:
    made = await pickupctl("console", "person", "add", OPERATOR, "ines@firm.example", "--name", "Ines P.")
    link = made.output.strip()
    assert link.startswith(f"{stack.url('notifier')}/welcome/pgw_"), made.output
    async with (
        firm(stack) as office,
        httpx.AsyncClient(base_url=stack.url("notifier"), timeout=10, trust_env=False) as browser,
    ):
        path = link.removeprefix(stack.url("notifier"))
        form = {"password": "green bicycle lamp", "_csrf_token": await csrf(browser, path)}
        assert (await browser.post(path, data=form)).status_code == 303
        await office.send(scam("loud"))
        (alert,) = await until(office.alerts, "the alert")
        await until(lambda: _told(stack), "the webhook")
        token = await csrf(browser, "/")
        answer = await browser.post(f"/alerts/{alert['alert_id']}/acknowledge", data={"_csrf_token": token})
        assert answer.status_code == 303
        await until(lambda: _views(stack), "the look is logged")

    rows = await fetch(stack, "select kind, actor from notifier.audit where operator_id = $1 order by number", OPERATOR)
    kinds = [row["kind"] for row in rows]
    assert kinds[:3] == ["person.added", "person.password", "session.opened"]
    for kind in ("alert.decided", "alert.raised", "alert.attempted", "alert.delivered", "alert.acknowledged"):
        assert kind in kinds
    assert ("alert.acknowledged", "Ines P.") in {(row["kind"], row["actor"]) for row in rows}

    assert (await pickupctl("audit", "sign")).exit_code == 0
    checked = await pickupctl("audit", "verify", OPERATOR)
    assert checked.exit_code == 0, checked.output
    folder = tmp_path / "pack"
    answered = await pickupctl("evidence", f"{OPERATOR}/loud", "--out", str(folder), "--reason", "for the police")
    assert answered.exit_code == 0, answered.output
    (file,) = [path for path in folder.glob("*.json") if not path.name.endswith(".sig.json")]
    text = file.read_text()
    pack = json.loads(text)
    assert pack["decision"]["ruleset"].startswith("uk-courier-fraud ")
    assert {"booker", "pickup"} <= {one["role"] for one in pack["entities"]}
    assert all(re.fullmatch("[0-9a-f]{16}", one["hash"]) for one in pack["entities"])
    sighted = {f"{row[0] & (1 << 64) - 1:016x}" for row in await fetch(stack, "select entity from scorer.sightings")}
    assert {one["hash"] for one in pack["entities"]} <= sighted, "the very hashes by which bookings are linked"
    assert pack["told"][0]["words"]["driver_text"].startswith("STOP. DO NOT COLLECT")
    assert pack["audit"]["checkpoint"] is not None
    for personal in ("Meadow", "SG8", "Stranger", "7700900101", "Mrs Example"):
        assert personal not in text
    assert (await pickupctl("evidence", "verify", str(folder))).exit_code == 0

    disabled = await pickupctl("console", "person", "disable", "ines@firm.example")
    assert disabled.exit_code == 0
    async with httpx.AsyncClient(
        base_url=stack.url("notifier"), cookies=browser.cookies, timeout=10, trust_env=False
    ) as again:
        assert (await again.get("/alerts/list")).status_code == 401
    listed = await pickupctl("console", "person", "list")
    assert "disabled" in listed.output


async def _told(stack: LocalStack) -> list[object]:
    return await fetch(stack, "select 1 from notifier.audit where kind = 'alert.delivered'")


async def _views(stack: LocalStack) -> list[object]:
    return await fetch(stack, "select 1 from notifier.views where holder = 'Ines P.'")
