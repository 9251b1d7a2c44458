"""Calls that we make: callbacks people asked for, and lists."""
