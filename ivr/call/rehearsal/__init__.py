"""Calls in text: a private billing, a virtual clock, scenarios run and judged. No real caller is served here."""
