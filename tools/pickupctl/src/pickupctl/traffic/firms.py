"""Parcels between firms, and from firms to homes."""

from __future__ import annotations

from pickupctl.traffic.bookers import Maker, of_firm
from pickupctl.traffic.story import Json
from pickupctl.traffic.world import Operator, World


def firm_to_firm(world: World, operator: Operator) -> Json:
    sender = world.firm(
        world.random.choice(("printer", "parts", "dental lab", "solicitor", "accountant", "electronics"))
    )
    receiver = world.firm(world.random.choice(("garage", "solicitor", "surgery", "employer", "printer")))
    what = world.random.choice(
        ("documents", "box of leaflets", "brake discs", "impressions", "contract bundle", "envelope")
    )
    return {
        "carries": "parcel",
        "pickup": sender.stop(who="Reception"),
        "dropoff": receiver.stop(who="Reception"),
        "booker": of_firm(world, sender),
        "items": [{"description": what, "weight_g": world.random.randrange(200, 9000)}],
        "payment": {"method": "account", "payer": "booker"},
        "reference": f"PO {world.random.randrange(10_000, 99_999)}",
    }


def firm_to_home(world: World, operator: Operator) -> Json:
    home = world.home()
    firm = world.firm(world.random.choice(("pharmacy", "florist", "bakery", "electronics", "retailer")))
    return {
        "carries": "parcel",
        "pickup": firm.stop(),
        "dropoff": home.stop(phone=home.phone),
        "booker": of_firm(world, firm),
        "items": [{"description": world.random.choice(("prescription", "bouquet", "birthday cake", "repaired phone"))}],
        "payment": {"method": "account", "payer": "booker"},
    }


#: With the share of each.
FROM_FIRMS: list[tuple[Maker, float]] = [(firm_to_firm, 38), (firm_to_home, 20)]
