"""From the world to a survey: only reads; names, stat records, digests, attributes, media tags."""
