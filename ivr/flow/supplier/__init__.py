"""Suppliers beside each other: their settings, numbers, and how many calls a line takes."""
