"""Speaking: texts with slots become files of telephone sound, by whatever voice there is."""

from ivr.prompts.pieces import SlotMissing
from ivr.prompts.prompts import Prompts, Rendered
from ivr.prompts.slots import slots_of
from ivr.prompts.spoken import NotSpeakable
from ivr.prompts.voice import NoVoice, Voice, VoiceFailed

__all__ = ["NoVoice", "NotSpeakable", "Prompts", "Rendered", "SlotMissing", "Voice", "VoiceFailed", "slots_of"]
