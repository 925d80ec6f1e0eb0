"""Prepare `data/premises/brands.yaml` from the npm package name-suggestion-index.

    python services/risk-scorer/scripts/prepare_brands.py name-suggestion-index-<version>.tgz

Kept are brands that trade in Great Britain, in the categories that say what a place is, under the contract's own
kinds of premises. Left out are names in other scripts, and names in `ordinary_names.txt`: ordinary words, surnames,
places and house names, which would turn homes into shops. The package's licence (BSD 3-clause) is written beside it.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "src" / "risk_scorer" / "data" / "premises"

#: Kind → categories, strongest kind first: a name that stands in two belongs to the first. A star takes in brands that
#: trade all over the world and not only those listed for Britain.
KINDS: dict[str, list[str]] = {
    # People draw their money at a post office as they do at a bank.
    "bank": ["amenity/bank*", "amenity/post_office", "office/financial", "office/mortgage"],
    "money_service": [
        "amenity/bureau_de_change*",
        "amenity/money_transfer*",
        "shop/pawnbroker*",
    ],
    "jeweller": ["shop/jewelry*", "shop/watches*", "shop/gold_buyer*"],
    "hotel": ["tourism/hotel*", "tourism/motel*", "tourism/hostel*"],
    "medical": [
        "amenity/pharmacy",
        "amenity/dentist",
        "amenity/veterinary",
        "shop/optician",
        "shop/hearing_aids",
        "healthcare/audiologist",
    ],
    "car_park": ["amenity/parking*"],
    "locker": ["amenity/parcel_locker*"],
    "public_place": ["amenity/fuel*"],
    "retail": [
        "shop/supermarket*",
        "shop/convenience*",
        "shop/department_store*",
        "shop/electronics*",
        "shop/electrical",
        "shop/mobile_phone*",
        "shop/variety_store",
        "shop/chemist",
        "shop/catalogue",
        "shop/doityourself",
        "shop/furniture",
        "shop/clothes",
        "shop/shoes",
        "shop/sports",
        "shop/toys",
        "shop/books",
        "shop/bakery",
        "shop/bookmaker",
        "shop/charity",
        "shop/newsagent",
        "shop/stationery",
        "shop/alcohol",
        "shop/frozen_food",
        "shop/garden_centre",
        "shop/video_games*",
        "shop/wholesale",
        "amenity/cafe*",
        "amenity/fast_food*",
        "amenity/restaurant",
        "amenity/pub",
        "amenity/bar",
    ],
    "education": ["amenity/kindergarten", "amenity/college", "amenity/language_school"],
    "business": [
        "office/estate_agent",
        "office/insurance",
        "office/coworking",
        "office/employment_agency",
        "office/tax_advisor",
        "office/financial_advisor",
        "shop/storage_rental",
        "shop/car_repair",
        "shop/trade",
        "shop/travel_agency",
        "shop/tool_hire",
        "amenity/car_rental*",
        "leisure/fitness_centre",
        "amenity/cinema",
    ],
}


def main(package: Path) -> None:
    """Write the data file and the licence.

    Raises:
        KeyError, OSError: the archive is not the package as it is known here.
    """
    with tarfile.open(package) as archive:
        document = json.loads(_member(archive, "package/dist/json/nsi.json"))
        licence = _member(archive, "package/LICENSE.md").decode()
    ordinary = {_plain(line) for line in (HERE / "ordinary_names.txt").read_text().splitlines() if line[:1] != "#"}
    kept: dict[str, str] = {}
    for kind, categories in KINDS.items():
        for category in categories:
            for name in _names(document["nsi"], category):
                if name not in ordinary:
                    kept.setdefault(name, kind)
    meta = document["_meta"]
    lines = [
        f"# Names over the door, from name-suggestion-index {meta['version']} (npm).",
        "# Written by `make brands`, not by hand.",
        "# Copyright name-suggestion-index contributors, BSD 3-clause: see NOTICE-name-suggestion-index.md.",
        "# What stands in places.yaml goes before what stands here.",
        f"package: name-suggestion-index@{meta['version']}",
        f"generated: {meta['generated'][:10]}",
        "owner: fraud-desk",
        f"review_by: {int(meta['generated'][:4]) + 1}{meta['generated'][4:10]}",
        "brands:",
    ]
    for kind in KINDS:
        names = sorted(name for name, its in kept.items() if its == kind)
        lines += [f"  {kind}:", *(f"  - {json.dumps(name)}" for name in names)] if names else []
    (TARGET / "brands.yaml").write_text("\n".join(lines) + "\n")
    (TARGET / "NOTICE-name-suggestion-index.md").write_text(licence)
    sys.stdout.write(f"{len(kept)} names from name-suggestion-index {meta['version']}\n")


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()


def _names(index: dict[str, Any], category: str) -> Iterator[str]:
    world = category.endswith("*")
    group = index.get(f"brands/{category.rstrip('*')}")
    for item in group["items"] if group else ():
        if not _trades_here(item["locationSet"], world):
            continue
        tags = item["tags"]
        main = [tags.get("name"), tags.get("brand"), tags.get("brand:en"), tags.get("name:en")]
        for name in dict.fromkeys(_plain(name) for name in main if name):
            if _tells(name):
                yield name
        # Other spellings of one word are too often another firm's name ("delta", "well", "yours"), and those of firms
        # that are everywhere are what they are called elsewhere ("aldi australia").
        here = _trades_here(item["locationSet"], world=False)
        for name in item.get("matchNames", ()) if here else ():
            if len(_plain(name).split()) > 1 and _tells(_plain(name)) and "/" not in name:
                yield _plain(name)


def _trades_here(where: dict[str, Any], world: bool) -> bool:
    included = [place for place in where.get("include", ()) if isinstance(place, str)]
    if any(place == "gb" for place in where.get("exclude", ())):
        return False
    return (world and "001" in included) or any(place == "gb" or place.startswith("gb-") for place in included)


def _plain(name: str) -> str:
    """Lower case, no accents, `and` for an ampersand: the words as the scorer reads them."""
    folded = unicodedata.normalize("NFKD", name.casefold().replace("&", " and ").replace("+", " and "))
    bare = "".join(c for c in folded if not unicodedata.combining(c)).replace("'", "").replace("’", "")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split()) if bare.isascii() else ""


def _tells(name: str) -> bool:
    """Whether a name is long enough to tell anything, and can't be read as a house's number or "by the sea"."""
    return len(name) >= 3 and name[0].isalpha() and " by " not in name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
