"""What was lost comes back, and what was done is taken back."""
