"""Showing a person why a stored assessment came out as it did."""
