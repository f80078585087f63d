"""Contents into the keep and files into their places: from this machine, else from remotes."""
