"""The journeys between repositories: clone, sync, get, drop, and which part is wanted."""
