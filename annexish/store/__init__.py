"""What is at rest: the history, the stat cache, settings, the lock. The only room that knows pygit2."""
