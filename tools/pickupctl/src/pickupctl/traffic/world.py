"""The people, homes, firms and operators that made-up bookings are about."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from pickupctl.traffic.uk import CITIES, FIRMS, FIRST, HOUSE_NAMES, LAST, STREETS, TOWNS, Town

Json = dict[str, Any]


class Home(Struct, frozen=True):
    """A household: where, who, on which numbers, and the account that they book with (`None`: they ring)."""

    town: Town
    line1: str
    postcode: str
    lat: float
    lon: float
    person: str
    other: str
    phone: str
    other_phone: str
    account: Json | None

    def address(self, *, coordinates: bool = False) -> Json:
        made: Json = {"line1": self.line1, "town": self.town.name, "postcode": self.postcode, "country": "GB"}
        return {**made, "lat": self.lat, "lon": self.lon} if coordinates else made

    def stop(self, *, who: str | None = None, phone: str | None = None) -> Json:
        contact = {"name": who or self.person, **({"phone": phone} if phone else {})}
        return {"address": self.address(), "contact": contact}


class Firm(Struct, frozen=True):
    """A business with an account."""

    trade: str
    name: str
    premises: str
    town: Town
    line1: str
    postcode: str
    phone: str
    account: Json

    def stop(self, *, who: str | None = None, told: bool = True) -> Json:
        """The firm as a stop; `told` when the operator's system knows what the place is."""
        address = {"line1": self.line1, "town": self.town.name, "postcode": self.postcode, "country": "GB"}
        made: Json = {"address": address, "organisation": self.name, "contact": {"phone": self.phone}}
        if who:
            made["contact"]["name"] = who
        if told:
            made["premises"] = self.premises
        return made


class Operator(Struct, frozen=True):
    """A firm that carries: `kind` is `taxi` (an office), `app` (ride-hailing) or `courier`."""

    operator_id: str
    name: str
    kind: str


OPERATORS = (
    Operator("op-taxi-1", "Abbey Cars", "taxi"),
    Operator("op-ride-1", "Hailo Local", "app"),
    Operator("op-courier-1", "Swift Sameday", "courier"),
)


class World:
    """A reproducible world as of `now`: accounts are as old then as people are with a firm."""

    def __init__(self, seed: int, now: datetime, *, homes: int = 1500, firms: int = 160) -> None:
        self.random = random.Random(seed)
        self.now = now
        self._numbers = 0
        self.homes = [self._home() for _ in range(homes)]
        self._homes_of: dict[str, list[Home]] = {}
        for home in self.homes:
            self._homes_of.setdefault(home.town.name, []).append(home)
        self.firms: dict[str, list[Firm]] = {}
        trades = list(FIRMS)
        for index in range(firms):
            firm = self._firm(trades[index % len(trades)])
            self.firms.setdefault(firm.trade, []).append(firm)

    def home(self, near: Town | None = None) -> Home:
        """Somebody's home, in that town when one is named."""
        if near is None:
            return self.random.choice(self.homes)
        return self.random.choice(self._homes_of.get(near.name, self.homes))

    def firm(self, trade: str, near: Town | None = None) -> Firm:
        firms = self.firms[trade]
        local = [firm for firm in firms if near is not None and firm.town.name == near.name]
        return self.random.choice(local or firms)

    def town(self) -> Town:
        return self.random.choice(TOWNS)

    def city(self) -> Town:
        return self.random.choice(CITIES)

    def person(self) -> str:
        return f"{self.random.choice(FIRST)} {self.random.choice(LAST)}"

    def mobile(self) -> str:
        """A number of the right form. Ofcom keeps only a thousand for drama; so few would tie strangers together."""
        return f"07700 9{self.random.randrange(10**5):05d}"

    def postcode(self, town: Town) -> str:
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        return f"{town.outward} {self.random.randrange(10)}{self.random.choice(letters)}{self.random.choice(letters)}"

    def line1(self) -> str:
        street = self.random.choice(STREETS)
        roll = self.random.random()
        if roll < 0.10:
            return f"Flat {self.random.randrange(1, 30)}, {self.random.randrange(1, 90)} {street}"
        if roll < 0.15:
            return f"{self.random.choice(HOUSE_NAMES)}, {street}"
        return f"{self.random.randrange(1, 140)} {street}"

    def _home(self) -> Home:
        rng = self.random
        town = rng.choice(TOWNS) if rng.random() < 0.8 else rng.choice(CITIES)
        last = rng.choice(LAST)
        person, other = f"{rng.choice(FIRST)} {last}", f"{rng.choice(FIRST)} {last}"
        return Home(
            town,
            self.line1(),
            self.postcode(town),
            round(town.lat + rng.gauss(0, 0.02), 5),
            round(town.lon + rng.gauss(0, 0.03), 5),
            person,
            other,
            self._own_number(town),
            self.mobile(),
            self._account("personal") if rng.random() < 0.6 else None,
        )

    def _own_number(self, town: Town) -> str:
        if self.random.random() < 0.5:
            return self.mobile()
        digits = 11 - len(town.landline.replace(" ", ""))
        return f"{town.landline}{self.random.randrange(10**digits):0{digits}d}"

    def _firm(self, trade: str) -> Firm:
        names, premises = FIRMS[trade]
        town = self.random.choice(TOWNS) if self.random.random() < 0.75 else self.random.choice(CITIES)
        return Firm(
            trade,
            f"{self.random.choice(names)}",
            premises,
            town,
            self.random.choice(("Unit ", "", "Suite "))
            + f"{self.random.randrange(1, 60)} {self.random.choice(STREETS)}",
            self.postcode(town),
            self._own_number(town),
            self._account("business"),
        )

    def _account(self, kind: str) -> Json:
        rng = self.random
        self._numbers += 1
        fresh = rng.random() < (0.06 if kind == "business" else 0.25)
        days = rng.uniform(0.5, 60) if fresh else rng.uniform(95, 2500)
        per_month = rng.uniform(2, 60) if kind == "business" else rng.uniform(0.3, 4)
        account: Json = {
            "id": f"{kind[0]}{10_000 + self._numbers}",
            "type": kind,
            "opened_at": (self.now - timedelta(days=days)).isoformat(),
            "completed_bookings": int(days / 30 * per_month),
        }
        if kind == "business" and rng.random() < 0.9:
            account["verified"] = True
        return account
