"""The safety net for whoever makes room: locked, measured, emptied by rule."""
