"""Turns assessments into alerts, and gets them to a person in time."""
