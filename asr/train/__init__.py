"""The recipe of the bundled model: texts, synthetic voices, a small net, Vosk's own format. `make model` runs it.

It needs more than the line does (`asr/train/requirements.txt`), and the line never imports it.
"""
