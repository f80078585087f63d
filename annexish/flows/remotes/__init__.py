"""Other repositories: opened, met, asked for proof, and what they hold."""
