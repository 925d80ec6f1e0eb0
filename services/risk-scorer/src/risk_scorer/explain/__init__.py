"""Why a stored assessment came out as it did, from what was kept of it. Pure."""
