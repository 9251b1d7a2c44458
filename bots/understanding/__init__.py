"""What callers say, made into values: numbers, repairs, yes and no, choices, topics, dates, accounts. Pure."""
