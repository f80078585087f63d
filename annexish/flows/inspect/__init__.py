"""What people look at: status, the history, losses, and what this set-up can promise."""
