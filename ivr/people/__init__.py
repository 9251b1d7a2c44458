"""Who works with the line: users, their roles and suppliers, their passwords, and what they were seen to do."""
