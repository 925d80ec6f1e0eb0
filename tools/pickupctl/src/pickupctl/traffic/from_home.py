"""Parcels from homes that are just what they say: the look-alikes of every day."""

from __future__ import annotations

from typing import Any

from pickupctl.traffic.bookers import Maker, booker, of_firm
from pickupctl.traffic.story import Json
from pickupctl.traffic.world import Firm, Home, Operator, World


def _parcel(home: Home, dropoff: Json, who: Json, what: str, **more: Any) -> Json:
    return {
        "carries": "parcel",
        "pickup": home.stop(phone=home.phone),
        "dropoff": dropoff,
        "booker": who,
        "items": [{"description": what}],
        "payment": {"method": "card", "payer": "booker"},
        **more,
    }


def _by_firm(world: World, home: Home, firm: Firm, what: str, **more: Any) -> Json:
    made = {"payment": {"method": "account", "payer": "booker"}, **more}
    return _parcel(home, firm.stop(who="Reception"), of_firm(world, firm), what, **made)


def retail_return(world: World, operator: Operator) -> Json:
    firm = world.firm("retailer")
    label = f"JD{world.random.randrange(10**9, 10**10)}"
    made = _by_firm(world, world.home(), firm, "return parcel", reference=f"return {label}")
    return {**made, "items": [{"description": "return parcel", "barcode": label, "weight_g": 1200}]}


def gift_to_family(world: World, operator: Operator) -> Json:
    home = world.home()
    last = home.person.split()[-1]
    there = world.home(home.town if world.random.random() < 0.6 else None)
    what = world.random.choice(
        ("birthday present", "present for grandson", "christmas box", "knitted jumper", "card and cake")
    )
    return _parcel(
        home,
        there.stop(who=f"{world.person().split()[0]} {last}", phone=there.phone),
        booker(world, home, operator),
        what,
        notes={"driver": "please hand to a person, it is a present"},
    )


def forgotten_thing(world: World, operator: Operator) -> Json:
    """Left at a friend's; the owner sends for it."""
    owner = world.home()
    friend = world.home(owner.town)
    what = world.random.choice(
        ("phone charger", "house keys", "glasses", "coat and bag", "laptop charger", "small bag")
    )
    return _parcel(friend, owner.stop(phone=owner.phone), booker(world, owner, operator), what)


def keys_to_family(world: World, operator: Operator) -> Json:
    home = world.home()
    there = world.home(home.town)
    return _parcel(
        home,
        there.stop(who=home.other, phone=home.other_phone),
        booker(world, home, operator),
        "house keys",
        notes={"driver": "urgent please, locked out"},
    )


def papers_to_solicitor(world: World, operator: Operator) -> Json:
    home = world.home()
    firm = world.firm("solicitor", home.town)
    what = world.random.choice(("signed contract", "envelope of deeds", "documents", "probate papers"))
    if world.random.random() < 0.6:
        return _by_firm(world, home, firm, what, reference=f"matter {world.random.randrange(1000, 99999)}")
    who = booker(world, home, operator)
    return _parcel(home, firm.stop(who="Reception"), who, what, notes={"driver": "must be there before 5"})


def works_from_home(world: World, operator: Operator) -> Json:
    """A small firm run from a house, on its account."""
    home = world.home()
    firm = world.firm(world.random.choice(("accountant", "printer", "employer")))
    to = world.firm(world.random.choice(("accountant", "employer", "solicitor")))
    made = _by_firm(world, home, firm, world.random.choice(("envelope", "documents", "samples", "box files")))
    return {**made, "dropoff": to.stop(who="Reception")}


def leaver_returns_laptop(world: World, operator: Operator) -> Json:
    firm = world.firm("employer")
    return _by_firm(
        world, world.home(), firm, "laptop and pass", reference=f"asset {world.random.randrange(1000, 9999)}"
    )


def sample_to_lab(world: World, operator: Operator) -> Json:
    home = world.home()
    firm = world.firm(world.random.choice(("surgery", "hospital", "vet")), home.town)
    what = world.random.choice(("blood sample", "urine sample", "hearing aid", "dentures for repair", "pet medicine"))
    return _by_firm(world, home, firm, what)


def school_thing(world: World, operator: Operator) -> Json:
    home = world.home()
    school = world.firm("school", home.town)
    what = world.random.choice(("PE kit", "homework folder", "violin", "lunch box"))
    return _parcel(home, school.stop(who="Reception"), booker(world, home, operator), what)


def private_sale(world: World, operator: Operator) -> Json:
    """Sold online: mostly the buyer's courier, to a door."""
    seller, buyer = world.home(), world.home()
    what = world.random.choice(("games console", "pram", "bike parts", "coffee machine", "mobile phone", "books"))
    return _parcel(
        seller,
        buyer.stop(phone=buyer.phone),
        booker(world, buyer, operator),
        what,
        notes={"driver": "sold on marketplace, already paid, seller expects you"},
    )


def repair(world: World, operator: Operator) -> Json:
    home = world.home()
    firm = world.firm("electronics", home.town)
    what = world.random.choice(("laptop for repair", "phone for screen repair", "tablet"))
    return _parcel(home, firm.stop(), booker(world, home, operator), what)


def passport_to_airport(world: World, operator: Operator) -> Json:
    """Left at home; the traveller books, and waits for it."""
    home = world.home()
    airport = {
        "address": {"line1": "Terminal 3 departures", "town": "Heathrow", "postcode": "TW6 1QG", "country": "GB"},
        "contact": {"name": home.person, "phone": home.phone},
    }
    made = _parcel(
        home, airport, booker(world, home, operator), "passport", notes={"driver": "flight at 18.40, urgent"}
    )
    return {**made, "pickup": home.stop(who=home.other, phone=home.other_phone)}


def belongings(world: World, operator: Operator) -> Json:
    home = world.home()
    there = world.home()
    what = world.random.choice(("bag of clothes", "box of toys", "suitcase", "guitar", "documents", "parcel"))
    return _parcel(home, there.stop(phone=there.phone), booker(world, home, operator), what)


def food_to_family(world: World, operator: Operator) -> Json:
    home = world.home()
    there = world.home(home.town)
    return _parcel(
        home,
        there.stop(phone=there.phone),
        booker(world, home, operator),
        world.random.choice(("hot food", "sunday dinner", "soup and bread", "shopping bag")),
    )


def spare_part(world: World, operator: Operator) -> Json:
    home = world.home()
    firm = world.firm("garage", home.town)
    what = world.random.choice(("alternator", "drill", "box of fittings"))
    made = _by_firm(world, home, firm, what)
    return {**made, "items": [{"description": what, "weight_g": 6500}]}


#: With the share of each.
FROM_HOME: list[tuple[Maker, float]] = [
    (retail_return, 22),
    (gift_to_family, 9),
    (forgotten_thing, 10),
    (keys_to_family, 6),
    (papers_to_solicitor, 5),
    (works_from_home, 8),
    (leaver_returns_laptop, 6),
    (sample_to_lab, 8),
    (school_thing, 4),
    (private_sale, 8),
    (repair, 5),
    (passport_to_airport, 1),
    (belongings, 8),
    (food_to_family, 6),
    (spare_part, 5),
]
