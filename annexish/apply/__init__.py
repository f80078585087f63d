"""Plan -> world: the only room that writes the user's files, and the keep."""
