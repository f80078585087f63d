"""Words and exit codes: the command line."""
