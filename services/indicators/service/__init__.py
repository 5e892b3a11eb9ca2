"""Decisions and writes of the indicators service, by noun."""
