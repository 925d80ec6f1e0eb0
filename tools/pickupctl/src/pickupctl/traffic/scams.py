"""Scam-shaped bookings for the demo and for tests that need one: three shapes, in words of our own."""

from __future__ import annotations

from pickupctl.traffic.bookers import Maker
from pickupctl.traffic.story import Beat, Json, Story, ride
from pickupctl.traffic.world import OPERATORS, Home, Operator, World


def scam(world: World, number: int, make: Maker | None = None) -> Story:
    """One scam-shaped booking; which, when `make` does not say, in turn."""
    chosen = make or SCAMS[number % len(SCAMS)]
    operator = world.random.choice(OPERATORS)
    first = chosen(world, operator)
    beats = ride(world.random, first)
    if chosen is dropoff_moved_on_board:
        beats = _moved(world, beats)
    return Story(operator.operator_id, f"J-{number:05d}", chosen.__name__, True, beats)


def _stranger(world: World, operator: Operator) -> Json:
    account: Json = {"type": "guest"}
    if operator.kind != "taxi" and world.random.random() < 0.6:
        account = {
            "id": f"p{world.random.randrange(90_000, 99_999)}",
            "type": "personal",
            "opened_at": "+0",
            "completed_bookings": 0,
        }
    return {"name": world.person(), "phone": world.mobile(), "account": account}


def _parcel(world: World, operator: Operator, home: Home, dropoff: Json, what: str, **more: object) -> Json:
    return {
        "service": "courier" if operator.kind == "courier" else "taxi",
        "carries": "parcel",
        "channel": "phone" if operator.kind == "taxi" else "app",
        "pickup": {"address": home.address(), "contact": {"name": f"Mrs {home.person.split()[-1]}"}},
        "dropoff": dropoff,
        "booker": _stranger(world, operator),
        "items": [{"description": what}],
        "payment": {"method": "payment_link", "payer": "booker"},
        **more,
    }


def _spot(world: World, line1: str) -> Json:
    town = world.city()
    return {
        "address": {"line1": line1, "town": town.name, "postcode": world.postcode(town), "country": "GB"},
        "contact": {"name": world.person().split()[0]},
    }


def envelope_to_station(world: World, operator: Operator) -> Json:
    notes = {"driver": "Hand to man at the main entrance. Please don't ring, she is hard of hearing."}
    return _parcel(world, operator, world.home(), _spot(world, "Outside Euston Station"), "envelope", notes=notes)


def documents_for_grandson(world: World, operator: Operator) -> Json:
    made = _parcel(world, operator, world.home(), _spot(world, "Car park, Retail Park"), "documents")
    made["booker"]["relationship"] = "grandson"
    return {**made, "notes": {"driver": "my nan has some documents for me, no need to talk to her, shes not well"}}


def bank_card(world: World, operator: Operator) -> Json:
    notes = {"driver": "collect her old bank card in envelope for the fraud department, quote ref 4471"}
    return _parcel(world, operator, world.home(), _spot(world, "Business Centre, 3rd floor"), "envelope", notes=notes)


def package_to_corner(world: World, operator: Operator) -> Json:
    dropoff = _spot(world, "Corner of Alma Terrace and Queens Road")
    return _parcel(
        world, operator, world.home(), dropoff, "small package", payment={"method": "cash", "payer": "recipient"}
    )


def sent_to_dealer(world: World, operator: Operator) -> Json:
    home = world.home()
    dropoff = _spot(world, "Hatton Garden Metals, Hatton Garden")
    made = _parcel(world, operator, home, dropoff, "")
    made.pop("items")
    notes = {"driver": "wait and return, customer in a hurry, please do not discuss the trip with her"}
    return {**made, "carries": "passenger", "passengers": 1, "wait_and_return": True, "wait_s": 1800, "notes": notes}


def dropoff_moved_on_board(world: World, operator: Operator) -> Json:
    return _parcel(world, operator, world.home(), world.home().stop(who="Alex"), "parcel")


def _moved(world: World, beats: list[Beat]) -> list[Beat]:
    """The drop-off moves once the parcel is on board."""
    on_board = next(beat for beat in beats if beat.event["status"] == "collected")
    moved = {
        "status": "en_route_to_dropoff",
        "dropoff": _spot(world, "Petrol station, Ring Road"),
        "changed_by": "booker",
    }
    return sorted([*beats, Beat(on_board.after + 90, moved)], key=lambda beat: beat.after)


SCAMS: tuple[Maker, ...] = (
    envelope_to_station,
    documents_for_grandson,
    bank_card,
    package_to_corner,
    sent_to_dealer,
    dropoff_moved_on_board,
)
