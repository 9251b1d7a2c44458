"""`gudok up`: the small supervisor that keeps a line alive; it starts Asterisk and the service and carries no call."""
