"""Recordings of turns, for learning: what was asked, heard and understood, with the sound of the answer.

Kept only where a supplier wants it (`turns` in line.yaml), bounded in time and size, without secrets; exported to look
at what is misheard and to examine models with (`gudok models test`).
"""
