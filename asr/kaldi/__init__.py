"""Kaldi's files, written and read in Python alone, with neither Kaldi nor OpenFst: graphs, phone tables, transitions.

Only what a model of ours is made of: one state a phone, positions in words, a flat loop of words. Other models are not
read here.
"""
