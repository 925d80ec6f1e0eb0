"""What an AddressBase classification says of a place.

Source: Ordnance Survey's AddressBase Premium classification scheme, as carried in `CLASSIFICATION_CODE` of the OS
Places API. A code is read by its longest known beginning: `CE03PS` as `CE03PS`, `CE03`, `CE`, `C`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from risk_scorer.premises.judge import Residential

#: Code or its beginning → (kind of premises, whether people live there, how far that is to be believed). What is left
#: out says nothing: parent shells and streets (P), awaiting classification (U), dual use (X), objects (O, Z).
_KINDS: dict[str, tuple[str, Residential, float]] = {
    # People's homes.
    "R": ("residential", "yes", 0.85),
    "RD": ("residential", "yes", 0.9),
    "RD08": ("sheltered_housing", "yes", 0.9),
    "RD10": ("residential", "yes", 0.7),  # a holiday caravan
    "RH": ("residential", "yes", 0.9),
    "RI01": ("care_home", "yes", 0.9),
    "RI02": ("residential", "yes", 0.8),
    "RI03": ("education", "yes", 0.8),  # boarding school, hall of residence
    # Outbuildings, parking spaces and garages of homes: nobody lives there, and no firm has them.
    "RB": ("unknown", "unknown", 0.0),
    "RC": ("car_park", "no", 0.7),
    "RG": ("unknown", "unknown", 0.0),
    # Where people work, and where they go.
    "C": ("business", "no", 0.8),
    "CB": ("unknown", "unknown", 0.0),
    "CC02": ("court", "no", 0.9),
    "CC03SC": ("business", "yes", 0.7),
    "CC05": ("public_place", "no", 0.9),
    "CC06": ("public_place", "no", 0.8),
    "CC11": ("public_place", "no", 0.9),
    "CE": ("education", "no", 0.9),
    "CH": ("hotel", "no", 0.9),
    "CH02": ("hotel", "no", 0.6),  # a holiday let: to look at, a home
    "CL02": ("hotel", "no", 0.6),
    "CL06PF": ("public_place", "no", 0.9),
    "CL06RG": ("public_place", "no", 0.9),
    "CL06SK": ("public_place", "no", 0.9),
    "CM": ("medical", "no", 0.9),
    "CN04": ("medical", "no", 0.9),
    "CR": ("retail", "no", 0.9),
    "CR01": ("bank", "no", 0.85),  # or another firm in finance
    "CR02PO": ("bank", "no", 0.9),
    "CR05": ("public_place", "no", 0.9),
    "CR11": ("public_place", "no", 0.9),
    "CT01": ("airport", "no", 0.8),
    "CT02": ("public_place", "no", 0.9),
    "CT03": ("car_park", "no", 0.9),
    "CT08": ("station", "no", 0.9),
    "CT12": ("car_park", "no", 0.9),
    "CT13FR": ("station", "no", 0.8),
    "CT13SP": ("station", "no", 0.8),
    "CT13VF": ("station", "no", 0.8),
    "CU11": ("public_place", "no", 0.9),
    "CX01": ("police_station", "no", 0.9),
    "CX01PT": ("business", "no", 0.8),
    "CX08": ("public_place", "no", 0.9),
    "CZ": ("public_place", "no", 0.8),
    # Land, the army's, worship.
    "LB99BD": ("public_place", "no", 0.9),
    "LC": ("public_place", "no", 0.8),
    "LM": ("public_place", "no", 0.8),
    "LO": ("public_place", "no", 0.8),
    "LP": ("public_place", "no", 0.9),
    "LP04": ("unknown", "unknown", 0.0),
    "M": ("business", "no", 0.8),
    "OR01": ("public_place", "no", 0.9),
    "OT05": ("public_place", "no", 0.9),
    "OT07": ("public_place", "no", 0.9),
    "OU01": ("public_place", "no", 0.8),
    "OU04": ("public_place", "no", 0.8),
    "OU05": ("residential", "yes", 0.8),
    "ZM": ("public_place", "no", 0.8),
    "ZW": ("business", "no", 0.8),
}


class Classified(NamedTuple):
    """What a code says of a place."""

    kind: str
    residential: Residential
    confidence: float


@cache
def classified(code: str) -> Classified | None:
    """What `code` says; `None` when it says nothing of what goes on there."""
    plain = code.strip().upper()
    for size in range(len(plain), 0, -1):
        found = _KINDS.get(plain[:size])
        if found is not None:
            return Classified(*found) if found[0] != "unknown" else None
    return None
