"""People who ride: the most of what taxi offices and ride apps carry."""

from __future__ import annotations

from typing import Any

from pickupctl.traffic.bookers import Maker, booker, of_firm
from pickupctl.traffic.story import Json
from pickupctl.traffic.uk import BANKS, PUBS, SHOPS, Town
from pickupctl.traffic.world import Home, Operator, World


def _ride(world: World, operator: Operator, home: Home, dropoff: Json, **more: Any) -> Json:
    return {
        "carries": "passenger",
        "passengers": world.random.choice((1, 1, 1, 2, 3)),
        "pickup": home.stop(phone=home.phone if world.random.random() < 0.6 else None),
        "dropoff": dropoff,
        "booker": booker(world, home, operator),
        "payment": {"method": world.random.choice(("cash", "card")), "payer": "booker"},
        **more,
    }


def _place(name: str, town: Town, world: World, premises: str | None = None) -> Json:
    address = {"line1": name, "town": town.name, "postcode": world.postcode(town), "country": "GB"}
    return {"address": address, **({"premises": premises} if premises and world.random.random() < 0.5 else {})}


def local_trip(world: World, operator: Operator) -> Json:
    home = world.home()
    name = world.random.choice((*SHOPS, *PUBS, "Odeon Cinema", "Leisure Centre", "Market Square"))
    return _ride(world, operator, home, _place(name, home.town, world, "retail"))


def to_station(world: World, operator: Operator) -> Json:
    home = world.home()
    return _ride(world, operator, home, _place(f"{home.town.name} Railway Station", home.town, world, "station"))


def from_station(world: World, operator: Operator) -> Json:
    home = world.home()
    station = _place(f"{home.town.name} Railway Station", home.town, world, "station")
    made = _ride(world, operator, home, home.stop())
    waiting = world.random.random() < 0.01
    return {**made, "pickup": station, **({"wait_and_return": True, "wait_s": 1500} if waiting else {})}


def to_airport(world: World, operator: Operator) -> Json:
    home = world.home()
    airport = {"line1": "Terminal 2", "town": "Heathrow", "postcode": "TW6 1EW", "country": "GB"}
    notes = {"driver": f"flight BA{world.random.randrange(100, 999)}, 2 cases"}
    return _ride(world, operator, home, {"address": airport}, pickup_at="+86400", notes=notes)


def to_friend(world: World, operator: Operator) -> Json:
    home = world.home()
    return _ride(world, operator, home, world.home(home.town).stop())


def to_surgery(world: World, operator: Operator) -> Json:
    home = world.home()
    return _ride(world, operator, home, world.firm(world.random.choice(("surgery", "hospital")), home.town).stop())


def to_bank(world: World, operator: Operator) -> Json:
    """Pension day, a cheque to pay in: own number, own bank."""
    home = world.home()
    waits = {"wait_and_return": True} if world.random.random() < 0.3 else {}
    return _ride(world, operator, home, _place(f"{world.random.choice(BANKS)}, High Street", home.town, world), **waits)


def parent_booked_for(world: World, operator: Operator) -> Json:
    """A grown-up child books for a parent: hospital, shops, lunch, now and then the bank."""
    home, child = world.home(), world.home()
    where = world.random.choice(("hospital", "shop", "lunch", "bank"))
    if where == "bank":
        dropoff = _place(f"{world.random.choice(BANKS)}, Market Place", home.town, world)
    elif where == "hospital":
        dropoff = world.firm("hospital", home.town).stop()
    else:
        dropoff = _place(world.random.choice(SHOPS if where == "shop" else PUBS), home.town, world)
    account = child.account or {"type": "guest"}
    name = f"{child.person.split()[0]} {home.person.split()[-1]}"
    return {
        "carries": "passenger",
        "passengers": 1,
        "pickup": home.stop(phone=home.phone),
        "dropoff": dropoff,
        "booker": {
            "name": name,
            "phone": child.phone,
            "account": account,
            "relationship": world.random.choice(("daughter", "son")),
        },
        "payment": {"method": "card", "payer": "booker"},
        "pickup_at": "+14400",
    }


def contract_run(world: World, operator: Operator) -> Json:
    firm = world.firm("care home")
    return {
        "carries": "passenger",
        "pickup": firm.stop(who=world.person()),
        "dropoff": world.firm("hospital", firm.town).stop(),
        "booker": of_firm(world, firm),
        "payment": {"method": "account", "payer": "booker"},
    }


#: With the share of each.
RIDES: list[tuple[Maker, float]] = [
    (local_trip, 26),
    (to_station, 14),
    (from_station, 13),
    (to_airport, 5),
    (to_friend, 12),
    (to_surgery, 9),
    (to_bank, 1.5),
    (parent_booked_for, 4),
    (contract_run, 3),
]
