"""What was lost, and how it is let go."""
