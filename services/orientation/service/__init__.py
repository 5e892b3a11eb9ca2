"""Decisions and writes of the orientation service, by noun."""
