"""Another repository or store, as seen from here: what may be asked of it, and who carries the questions."""
