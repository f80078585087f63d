"""Trees to changes, changes and a tree to a tree."""
