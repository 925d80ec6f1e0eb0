"""Rough centres of the United Kingdom's postcode areas (degrees, WGS 84): good to about 15 km, for telling a local
errand from a long run when a booking has no coordinates. Taken as the position of each area's post town, and where an
area is wide of the post towns of its districts."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TABLE = """
ab 57.15 -2.10|al 51.75 -0.34|b 52.48 -1.90|ba 51.38 -2.36|bb 53.75 -2.48|bd 53.79 -1.75|bh 50.72 -1.88|bl 53.58 -2.43
bn 50.83 -0.14|br 51.41 0.02|bs 51.45 -2.59|bt 54.60 -5.93|ca 54.89 -2.94|cb 52.21 0.12|cf 51.48 -3.18|ch 53.19 -2.89
cm 51.74 0.47|co 51.89 0.90|cr 51.37 -0.10|ct 51.28 1.08|cv 52.41 -1.51|cw 53.10 -2.44|da 51.45 0.22|dd 56.46 -2.97
de 52.92 -1.48|dg 55.07 -3.61|dh 54.78 -1.57|dl 54.52 -1.55|dn 53.52 -1.13|dt 50.72 -2.44|dy 52.51 -2.08|e 51.53 -0.05
ec 51.52 -0.10|eh 55.95 -3.19|en 51.65 -0.08|ex 50.72 -3.53|fk 56.00 -3.78|fy 53.82 -3.05|g 55.86 -4.25|gl 51.86 -2.24
gu 51.24 -0.57|ha 51.58 -0.34|hd 53.65 -1.78|hg 53.99 -1.54|hp 51.75 -0.47|hr 52.06 -2.72|hs 58.21 -6.39|hu 53.74 -0.34
hx 53.72 -1.86|ig 51.56 0.07|ip 52.06 1.16|iv 57.48 -4.22|ka 55.61 -4.50|kt 51.41 -0.30|kw 58.98 -2.96|ky 56.11 -3.16
l 53.41 -2.98|la 54.05 -2.80|ld 52.24 -3.38|le 52.64 -1.13|ll 53.32 -3.83|ln 53.23 -0.54|ls 53.80 -1.55|lu 51.88 -0.42
m 53.48 -2.24|me 51.39 0.54|mk 52.04 -0.76|ml 55.79 -3.99|n 51.57 -0.10|ne 54.97 -1.61|ng 52.95 -1.15|nn 52.24 -0.90
np 51.59 -2.99|nr 52.63 1.30|nw 51.55 -0.17|ol 53.54 -2.11|ox 51.75 -1.26|pa 55.85 -4.42|pe 52.57 -0.24|ph 56.40 -3.43
pl 50.37 -4.14|po 50.80 -1.09|pr 53.76 -2.70|rg 51.45 -0.97|rh 51.24 -0.17|rm 51.58 0.18|s 53.38 -1.47|sa 51.62 -3.94
se 51.48 -0.06|sg 51.90 -0.20|sk 53.41 -2.16|sl 51.51 -0.59|sm 51.37 -0.19|sn 51.56 -1.78|so 50.90 -1.40|sp 51.07 -1.79
sr 54.91 -1.38|ss 51.54 0.71|st 53.00 -2.18|sw 51.47 -0.16|sy 52.71 -2.75|ta 51.02 -3.10|td 55.60 -2.43|tf 52.68 -2.45
tn 51.13 0.26|tq 50.46 -3.53|tr 50.26 -5.05|ts 54.57 -1.23|tw 51.45 -0.33|ub 51.54 -0.48|w 51.51 -0.19|wa 53.39 -2.60
wc 51.52 -0.12|wd 51.66 -0.40|wf 53.68 -1.50|wn 53.55 -2.63|wr 52.19 -2.22|ws 52.59 -1.98|wv 52.59 -2.13|yo 53.96 -1.08
ze 60.15 -1.15
"""

#: Areas that are a day's drive across, by their districts: area, first and last district, and where their towns are.
_PARTS = """
ab 10 25 57.15 -2.15|ab 30 39 57.10 -2.70|ab 41 45 57.55 -2.05|ab 51 56 57.45 -2.70
bt 1 17 54.60 -5.93|bt 18 24 54.60 -5.73|bt 25 33 54.32 -6.10|bt 34 35 54.18 -6.34|bt 36 44 54.80 -6.10
bt 45 46 54.75 -6.61|bt 47 48 55.00 -7.32|bt 49 57 55.12 -6.70|bt 60 71 54.40 -6.60|bt 74 75 54.35 -7.64
bt 76 77 54.41 -7.17|bt 78 82 54.62 -7.35|bt 92 94 54.35 -7.64|ca 1 9 54.89 -2.94|ca 10 12 54.63 -2.85
ca 13 15 54.65 -3.50|ca 16 17 54.60 -2.65|ca 18 28 54.48 -3.50|dg 1 7 55.05 -3.55|dg 8 9 54.92 -4.85
dg 10 14 55.15 -3.45|ex 1 15 50.72 -3.45|ex 16 21 50.85 -3.75|ex 22 23 50.82 -4.45|ex 24 24 50.72 -3.10
ex 31 39 51.05 -4.10|iv 1 3 57.48 -4.22|iv 4 20 57.65 -4.10|iv 21 28 57.90 -4.90|iv 30 36 57.64 -3.35
iv 40 56 57.35 -6.00|kw 1 14 58.50 -3.40|kw 15 17 58.98 -2.96|la 1 6 54.05 -2.75|la 7 10 54.32 -2.75
la 11 20 54.17 -3.20|la 21 23 54.37 -2.95|ll 11 14 53.05 -3.00|ll 15 19 53.25 -3.40|ll 20 21 52.98 -3.25
ll 22 34 53.25 -3.75|ll 35 49 52.75 -4.05|ll 51 57 53.10 -4.25|ll 58 78 53.25 -4.35
ln 1 6 53.23 -0.54|ln 7 13 53.30 0.05|ne 1 43 54.98 -1.65|ne 44 49 54.97 -2.20|ne 61 71 55.35 -1.75
pa 1 19 55.88 -4.55|pa 20 27 55.95 -5.00|pa 28 29 55.45 -5.60|pa 30 40 56.30 -5.40|pa 41 49 55.75 -6.20
pa 60 78 56.45 -6.10|pe 1 9 52.57 -0.25|pe 10 12 52.78 -0.20|pe 13 16 52.65 0.10|pe 19 19 52.23 -0.27
pe 20 25 53.05 0.15|pe 26 29 52.34 -0.15|pe 30 38 52.78 0.50|ph 1 14 56.40 -3.45|ph 15 18 56.65 -4.00
ph 19 26 57.15 -3.90|ph 30 41 56.85 -5.30|ph 42 44 56.90 -6.20|ph 49 50 56.68 -5.13
pl 1 12 50.38 -4.15|pl 13 18 50.52 -4.40|pl 19 21 50.45 -4.05|pl 22 26 50.38 -4.75|pl 27 35 50.55 -4.80
sa 1 13 51.65 -3.90|sa 14 18 51.72 -4.15|sa 19 20 51.93 -3.90|sa 31 34 51.86 -4.35|sa 35 48 52.08 -4.40
sa 61 73 51.77 -4.92|sy 1 14 52.75 -2.80|sy 15 22 52.55 -3.20|sy 23 25 52.41 -4.05
td 1 14 55.60 -2.60|td 15 15 55.77 -2.00|tr 1 6 50.26 -5.05|tr 7 9 50.40 -5.05|tr 10 16 50.18 -5.20
tr 17 20 50.12 -5.55|tr 21 25 49.92 -6.30|tr 26 27 50.18 -5.45|yo 1 10 53.96 -1.05|yo 11 14 54.27 -0.42
yo 15 16 54.08 -0.22|yo 17 18 54.18 -0.78|yo 19 19 53.90 -1.00|yo 21 22 54.48 -0.62|yo 23 24 53.95 -1.12
yo 25 25 54.00 -0.40|yo 26 32 53.98 -1.08|yo 41 43 53.92 -0.80|yo 51 62 54.10 -1.20
"""


def _entries(table: str) -> Iterator[list[str]]:
    return (entry.split() for entry in table.replace("\n", "|").split("|") if entry)


#: Postcode area, lower case → (latitude, longitude).
CENTROIDS: dict[str, tuple[float, float]] = {name: (float(lat), float(lon)) for name, lat, lon in _entries(_TABLE)}
_DISTRICTS: dict[tuple[str, int], tuple[float, float]] = {
    (name, district): (float(lat), float(lon))
    for name, first, last, lat, lon in _entries(_PARTS)
    for district in range(int(first), int(last) + 1)
}
_OUTWARD = re.compile(r"([a-z]+)(\d+)")


def centre(outward: str) -> tuple[float, float] | None:
    """Where the towns of an outward code are ("bt74", lower case): of its district where its area is wide, else of its
    area; `None` for what is no British one."""
    found = _OUTWARD.match(outward)
    if found is None:
        return None
    return _DISTRICTS.get((found[1], int(found[2])), CENTROIDS.get(found[1]))


#: Areas of the big cities that goods are sent to.
BIG_CITY_AREAS = frozenset(["e", "ec", "n", "nw", "se", "sw", "w", "wc", "b", "m", "l", "ls", "g"])
BIG_CITIES = frozenset({"london", "birmingham", "manchester", "liverpool", "leeds", "glasgow", "city of london"})
