"""Recordings of talks: what is to be recorded, the finished files, their index, their end. Knows no Asterisk."""
