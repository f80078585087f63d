"""Where a repository keeps its things, how one is made, and what it says of itself."""
