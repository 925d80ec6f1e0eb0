"""How sure a share is: Wilson's interval."""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

#: The normal distribution's point for 95 %, two-sided.
_Z = 1.959963984540054


class Share(Struct, frozen=True):
    """A share with its 95 % interval; all `None` when there was nothing to take a share of."""

    share: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.share is None or self.low is None or self.high is None:
            return "–"
        return f"{100 * self.share:.0f} % ({100 * self.low:.0f}–{100 * self.high:.0f})"


NO_SHARE = Share(None, None, None)


def wilson(part: float, whole: float) -> Share:
    """The share `part / whole` with Wilson's 95 % interval (Wilson 1927), which stays honest for small counts and for
    shares near 0 and 1. Of weighted counts, give effective ones (`effective`)."""
    if whole <= 0:
        return NO_SHARE
    share = part / whole
    middle = (share + _Z**2 / (2 * whole)) / (1 + _Z**2 / whole)
    half = _Z * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2)) / (1 + _Z**2 / whole)
    # At the ends the interval touches them; what floating point leaves beyond is no information.
    return Share(share, max(0.0, middle - half) if part > 0 else 0.0, min(1.0, middle + half) if part < whole else 1.0)


def effective(part: list[float], rest: list[float]) -> Share:
    """The share of weighted items in `part` among all, with the interval of as many equal ones as they are worth
    (Kish's effective size)."""
    weights = [*part, *rest]
    total = sum(weights)
    if total <= 0:
        return NO_SHARE
    size = total**2 / sum(weight**2 for weight in weights)
    return wilson(size * sum(part) / total if rest else size, size)
