"""A stand-in for the OS Places API: the same paths, parameters, key and answers over a real socket, with faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

#: Faults: how the next requests are answered instead.
FAULTS = ("500", "429", "401", "hang", "slow_body", "reset", "wrong_json", "html", "huge")
KEY = "a-key-of-the-project"


def record(number: str, street: str, town: str, postcode: str, code: str, organisation: str | None = None) -> Any:
    """A delivery point as the API gives it."""
    address = ", ".join(part for part in (organisation, number, street, town, postcode) if part).upper()
    fields = {
        "UPRN": str(100_090_000_000 + abs(hash(address)) % 999_999),
        "UDPRN": "22659267",
        "ADDRESS": address,
        "BUILDING_NUMBER": number,
        "THOROUGHFARE_NAME": street.upper(),
        "POST_TOWN": town.upper(),
        "POSTCODE": postcode,
        "RPC": "1",
        "X_COORDINATE": 535714.0,
        "Y_COORDINATE": 240740.0,
        "STATUS": "APPROVED",
        "LOGICAL_STATUS_CODE": "1",
        "CLASSIFICATION_CODE": code,
        "CLASSIFICATION_CODE_DESCRIPTION": "as the code says",
        "LOCAL_CUSTODIAN_CODE": 1540,
        "LOCAL_CUSTODIAN_CODE_DESCRIPTION": "NORTH HERTFORDSHIRE",
        "COUNTRY_CODE": "E",
        "POSTAL_ADDRESS_CODE": "D",
        "BLPU_STATE_CODE": "2",
        "LAST_UPDATE_DATE": "10/02/2016",
        "ENTRY_DATE": "19/05/2008",
        "LANGUAGE": "EN",
        "MATCH": 1.0,
        "MATCH_DESCRIPTION": "EXACT",
    }
    if organisation:
        fields["ORGANISATION_NAME"] = organisation.upper()
    return {"DPA": fields}


class OsPlacesStandIn:
    """Serves `records` by postcode, UPRN and words. `fault` is how it misbehaves from now on; `None` for not at all."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.fault: str | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.pause_s = 0.0
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, dict(request.query)))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.pause_s)
            if self.fault is not None:
                return await self._misbehave(request, self.fault)
            if request.headers.get("key") != KEY and request.query.get("key") != KEY:
                return web.json_response({"fault": {"faultstring": "Invalid ApiKey"}}, status=401)
            return self._answer(request)
        finally:
            self.at_once -= 1

    def _answer(self, request: web.Request) -> web.Response:
        path, query = request.path.rsplit("/", 1)[1], request.query
        if path == "postcode":
            wanted = query["postcode"].replace(" ", "").upper()
            found = [one for one in self.records if one["DPA"]["POSTCODE"].replace(" ", "") == wanted]
        elif path == "uprn":
            found = [one for one in self.records if one["DPA"]["UPRN"] == query["uprn"]]
        else:
            words = query["query"].upper().replace(",", "").split()
            found = [one for one in self.records if all(word in one["DPA"]["ADDRESS"] for word in words)]
        header = {
            "uri": str(request.url),
            "query": "&".join(f"{name}={value}" for name, value in query.items()),
            "offset": 0,
            "totalresults": len(found),
            "format": "JSON",
            "dataset": query.get("dataset", "DPA"),
            "lr": "EN",
            "maxresults": 100,
            "epoch": "123",
            "output_srs": "EPSG:27700",
        }
        return web.json_response({"header": header, "results": found} if found else {"header": header})

    async def _misbehave(self, request: web.Request, fault: str) -> web.StreamResponse:
        match fault:
            case "500":
                return web.Response(status=500, text="Internal server error")
            case "401":
                return web.json_response({"fault": {"faultstring": "Invalid ApiKey"}}, status=401)
            case "429":
                return web.Response(status=429, headers={"Retry-After": "120"})
            case "hang":
                await asyncio.sleep(30)
                return web.Response(status=504)
            case "slow_body":
                response = web.StreamResponse(headers={"content-type": "application/json"})
                await response.prepare(request)
                for byte in b'{"header":' * 100:
                    await response.write(bytes([byte]))
                    await asyncio.sleep(0.05)
                return response
            case "reset":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case "wrong_json":
                return web.json_response({"addresses": ["14 Meadow Close"]})
            case "html":
                return web.Response(text="<html>maintenance</html>", content_type="text/html")
            case _:
                return web.Response(body=b"[" * (2 * 1024 * 1024))


@asynccontextmanager
async def os_places() -> AsyncIterator[OsPlacesStandIn]:
    """A stand-in on a free port."""
    stand_in = OsPlacesStandIn()
    app = web.Application()
    for path in ("postcode", "uprn", "find"):
        app.router.add_get(f"/search/places/v1/{path}", stand_in.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    stand_in.url = f"http://127.0.0.1:{port}/search/places/v1"
    try:
        yield stand_in
    finally:
        await runner.cleanup()
