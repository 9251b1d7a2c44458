"""What must reach another system and may have to wait: kept durably, handed over later, at least once with its key."""
