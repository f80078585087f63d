"""Three snapshots to one, the conflicts that remain, and going where others went."""
