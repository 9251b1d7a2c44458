"""Reports made of tallies: what is published, and what supervisors read. Pure; `sheet` is what they have in common."""
