"""Bytes to messages and back, sans-IO: nothing in this room opens, reads or waits for anything."""
