"""What the stat cache knows of the last commit, and what lies in the working tree beside it."""
