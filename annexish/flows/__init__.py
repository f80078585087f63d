"""Journeys, a page each: the rooms put together."""
