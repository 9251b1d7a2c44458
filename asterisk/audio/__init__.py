"""Sound both ways between a call and this process, over Asterisk's AudioSocket."""
