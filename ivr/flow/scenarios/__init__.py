"""Scenarios of `gudok test` and `gudok call`, read from YAML."""
