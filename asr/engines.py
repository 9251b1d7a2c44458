"""The engine of a model: which class loads a folder."""

from asr.model_folder import ModelFolder
from asr.pool import DecodingPool
from asr.recognizer import Recognizer
from asr.sherpa_engine import SherpaRecognizer
from asr.vosk_engine import VoskRecognizer


async def load(folder: ModelFolder, pool: DecodingPool) -> Recognizer:
    """Load the model with its engine; raises `ModelBroken`. The pool stays its maker's to close."""
    if folder.kind == "vosk":
        return await VoskRecognizer.load(folder, pool)
    return await SherpaRecognizer.load(folder, pool)
