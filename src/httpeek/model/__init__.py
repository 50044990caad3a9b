"""Nouns only: what the other rooms talk about. No I/O, no dependencies."""
