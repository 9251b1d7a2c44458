"""Loading what sherpa-onnx runs: T-One, a streaming zipformer, a zipformer that hears whole answers.

The library is an extra (`pip install 'gudok[sherpa]'`): it brings its own runtime of networks. It checks little and
ends the process where it finds fault, so a model is looked at by `asr.model_folder` and tried by `asr.trial` before.
"""

from typing import Any

import numpy as np

from asr.model_folder import ModelBroken, ModelFolder

INSTALL = "install it: pip install 'gudok[sherpa]'"


def installed() -> bool:
    from importlib.util import find_spec

    return find_spec("sherpa_onnx") is not None


def load(folder: ModelFolder) -> Any:
    """The library's recogniser, after it has heard half a second of silence; raises `ModelBroken`."""
    try:
        import sherpa_onnx
    except ImportError as error:
        raise ModelBroken(f"speech model {folder.path} needs sherpa-onnx, which cannot be loaded; {INSTALL}") from error
    files = {name: str(file) for name, file in folder.files.items()}
    try:
        # One thread a decoding: the pool has as many as the machine has cores, and they are all the callers'.
        match folder.kind:
            case "t-one":
                recognizer = sherpa_onnx.OnlineRecognizer.from_t_one_ctc(**files, num_threads=1)
            case "streaming-transducer":
                recognizer = sherpa_onnx.OnlineRecognizer.from_transducer(**files, num_threads=1)
            case _:
                recognizer = sherpa_onnx.OfflineRecognizer.from_transducer(**files, num_threads=1)
        stream = recognizer.create_stream()
        stream.accept_waveform(folder.rate, np.zeros(folder.rate // 2, np.float32))
        if folder.kind == "transducer":
            recognizer.decode_stream(stream)
        else:
            while recognizer.is_ready(stream):
                recognizer.decode_stream(stream)
    except (RuntimeError, ValueError, AssertionError, TypeError) as error:
        raise ModelBroken(f"speech model {folder.path} cannot be used: {error}; unpack it anew") from error
    return recognizer
