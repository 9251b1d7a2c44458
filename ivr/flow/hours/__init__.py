"""When somebody is there: the Russian production calendar, schedules, exceptions."""
