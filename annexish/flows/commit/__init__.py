"""From the working tree to a commit."""
