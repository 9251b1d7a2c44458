"""Where a voice is in a telephone line's sound: a cheap gate that always listens, a small network inside it."""
