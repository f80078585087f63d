def compare(load, before, after): return iter(())
def within_paths(c, p): return c
