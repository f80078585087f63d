"""The graph of commits, over functions that it is given."""
