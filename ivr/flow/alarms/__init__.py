"""Emergency announcements: what is on air, for whom, until when."""
