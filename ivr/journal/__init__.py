"""What happened: the event log of every call, the account of times computed from it, and the rows of reports."""
