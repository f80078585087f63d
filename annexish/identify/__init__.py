"""Old snapshot and new scan to the same objects: which new path is which old object."""
