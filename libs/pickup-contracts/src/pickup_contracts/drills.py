"""What marks a drill: an operator of its own, so that it is in nobody's statistics and on nobody's page."""

from __future__ import annotations

#: The operator that drills belong to. No firm may have this id.
OPERATOR = "pickup-drill"
