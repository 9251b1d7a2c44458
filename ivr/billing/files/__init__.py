"""Files of accounts, debts, windows, outages on their way into the line's own tables; every bad line is named."""
