"""The project's own benchmarks: what we cost, side by side with something everybody knows, as a ratio, several runs.

Absolute figures belong to the machine they were measured on; the ratios and the budgets hold anywhere.
"""
