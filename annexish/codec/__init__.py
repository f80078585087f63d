"""Nouns to bytes and back: canonical, so that the same tree is the same object everywhere."""
