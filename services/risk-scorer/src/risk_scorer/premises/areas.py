"""Rough centres of the United Kingdom's postcode areas (degrees, WGS 84): good to about 15 km, for telling a local
errand from a long run when a booking has no coordinates. Taken as the position of each area's post town."""

from __future__ import annotations

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

#: Postcode area, lower case → (latitude, longitude).
CENTROIDS: dict[str, tuple[float, float]] = {
    name: (float(lat), float(lon))
    for name, lat, lon in (entry.split() for entry in _TABLE.replace("\n", "|").split("|") if entry)
}

#: Areas of the big cities that goods are sent to.
BIG_CITY_AREAS = frozenset(["e", "ec", "n", "nw", "se", "sw", "w", "wc", "b", "m", "l", "ls", "g"])
BIG_CITIES = frozenset({"london", "birmingham", "manchester", "liverpool", "leeds", "glasgow", "city of london"})
