"""Fixtures for every member's tests."""

pytest_plugins = ["pickup_runtime.testing.plugin"]
