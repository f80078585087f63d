"""What is kept and present is read again, and healed."""
