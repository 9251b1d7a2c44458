"""Speech models that hear tones: each letter is a tone, and a word is their melody.

They have the interface of the models that sherpa-onnx runs (T-One; a zipformer transducer, streaming or not) and are
small enough to be made in a test, so that the true loader and the true decoding run where no model can be downloaded.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE = 8000
LETTERS = " абвгдежзийклмнопрстуфхцчшщъыьэюя"
_T_ONE_FRAME = 240
_MEL_TOKENS = "▁адеинпрстьвокл"
_FIRST_MEL = 12

Spectrum = Literal["t-one", "mel"]


def melody(text: str, spectrum: Spectrum = "t-one", *, pause: float = 0.0) -> bytes:
    """The words as these models hear them: signed 16-bit sound at 8 kHz, a silence around it, `pause` between words."""
    frequency = _t_one_frequencies() if spectrum == "t-one" else _mel_frequencies()
    gap, tone = np.zeros(int(RATE * 0.06)), np.arange(int(RATE * 0.12)) / RATE
    pieces: list[npt.NDArray[np.float64]] = [np.zeros(RATE // 5)]
    for letter in text if spectrum == "t-one" else "▁" + text.replace(" ", "▁"):
        if letter in " ▁":
            pieces.append(np.zeros(int(RATE * pause)))
        pieces += [0.3 * np.sin(2 * np.pi * frequency[letter] * tone), gap]
    sound = np.concatenate([*pieces, np.zeros(RATE // 5)])
    return (sound * 32767).astype("<i2").tobytes()


def t_one(folder: Path, *, fails_at: str = "") -> Path:
    """A folder as sherpa-onnx publishes T-One: model.onnx, tokens.txt. At the letter `fails_at` its network fails."""
    folder.mkdir(parents=True)
    frequencies = [*_t_one_frequencies().values()]
    at = np.arange(_T_ONE_FRAME)[:, None] * np.array(frequencies)[None, :] * 2 * np.pi / RATE
    constants = {
        "frames": np.array([0, 10, _T_ONE_FRAME], np.int64),
        "cos": np.cos(at).astype(np.float32),
        "sin": np.sin(at).astype(np.float32),
        "half": np.array(_T_ONE_FRAME / 2, np.float32),
        "quiet": np.array(_T_ONE_FRAME * 300.0**2, np.float32),
        "sharp": np.array(30.0, np.float32),
        "one": np.array([[[0.5 * 30]]], np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["x"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["floats", "frames"], ["framed"]),
        helper.make_node("MatMul", ["framed", "cos"], ["c"]),
        helper.make_node("MatMul", ["framed", "sin"], ["s"]),
        helper.make_node("Mul", ["c", "c"], ["cc"]),
        helper.make_node("Mul", ["s", "s"], ["ss"]),
        helper.make_node("Add", ["cc", "ss"], ["of_tones"]),
        helper.make_node("Mul", ["framed", "framed"], ["squares"]),
        helper.make_node("ReduceSum", ["squares", "last"], ["power"], keepdims=1),
        helper.make_node("Add", ["power", "quiet"], ["some"]),
        helper.make_node("Mul", ["some", "half"], ["all"]),
        helper.make_node("Div", ["of_tones", "all"], ["share"]),
        helper.make_node("Mul", ["share", "sharp"], ["letters"]),
        helper.make_node("ReduceSum", ["letters", "last"], ["any"], keepdims=1),
        helper.make_node("Mul", ["any", "nothing"], ["none"]),
        helper.make_node("Add", ["none", "one"], ["blank"]),
        helper.make_node("Concat", ["letters", "blank"], ["scores"], axis=2),
        helper.make_node("LogSoftmax", ["scores"], ["logprobs"], axis=-1),
        helper.make_node("Identity", ["state"], ["next_state"]),
    ]
    constants |= {"last": np.array([2], np.int64), "nothing": np.array(0.0, np.float32)}
    if fails_at:
        # The letter's share of a frame, from 0 to 1, becomes an index that is beyond its table.
        constants |= {"letter": np.array(LETTERS.index(fails_at), np.int64), "table": np.zeros(2, np.float32)}
        constants |= {"many": np.array(100.0, np.float32)}
        nodes += [
            helper.make_node("Gather", ["share", "letter"], ["of_letter"], axis=2),
            helper.make_node("ReduceMax", ["of_letter"], ["most"], keepdims=0),
            helper.make_node("Mul", ["most", "many"], ["percent"]),
            helper.make_node("Mul", ["percent", "thirtieth"], ["thirtieths"]),
            helper.make_node("Cast", ["thirtieths"], ["index"], to=TensorProto.INT64),
            helper.make_node("Gather", ["table", "index"], ["found"], axis=0),
            helper.make_node("Add", ["blank", "found"], ["blank_found"]),
        ]
        constants["thirtieth"] = np.array(1 / 30, np.float32)
        at_concat = next(at for at, node in enumerate(nodes) if node.op_type == "Concat")
        late = nodes[at_concat:-7]
        late[0].input[1] = "blank_found"
        nodes = [*nodes[:at_concat], *nodes[-7:], *late]
    tokens = [*LETTERS, "<blk>"]
    _save(
        folder / "model.onnx",
        nodes,
        constants,
        {"x": (TensorProto.INT32, ["N", 2400, 1]), "state": (TensorProto.FLOAT16, ["N", 8])},
        {
            "logprobs": (TensorProto.FLOAT, ["N", 10, len(tokens)]),
            "next_state": (TensorProto.FLOAT16, ["N", 8]),
        },
        {"frame_length_ms": "300", "state_dim": "8", "sample_rate": "8000"},
    )
    _write_tokens(folder, tokens)
    return folder


def transducer(folder: Path, *, streaming: bool) -> Path:
    """A folder as sherpa-onnx publishes zipformers: three networks and tokens.txt. No letter comes twice in a row."""
    folder.mkdir(parents=True)
    tokens = ["<blk>", *_MEL_TOKENS, "<unk>"]
    select = np.zeros((80, len(_MEL_TOKENS)), np.float32)
    for at in range(len(_MEL_TOKENS)):
        select[_FIRST_MEL + 3 * at, at] = 1
    constants = {
        "quarter": np.array([0, -1, 4, 80], np.int64),
        "select": select,
        "quiet": np.array(-6.0, np.float32),
        "silent": np.array(1.0, np.float32),
        "loud": np.array(-0.5, np.float32),
        "unk": np.array(-50.0, np.float32),
        "nothing": np.array(0.0, np.float32),
    }
    nodes = [
        *([] if streaming else _cut_to_fours(constants)),
        helper.make_node("Reshape", ["x" if streaming else "fours", "quarter"], ["quarters"]),
        helper.make_node("ReduceMean", ["quarters"], ["slow"], axes=[2], keepdims=0),
        helper.make_node("MatMul", ["slow", "select"], ["tones"]),
        helper.make_node("ReduceMax", ["tones"], ["top"], axes=[2], keepdims=1),
        helper.make_node("Sub", ["tones", "top"], ["letters"]),
        helper.make_node("Less", ["top", "quiet"], ["is_quiet"]),
        helper.make_node("Where", ["is_quiet", "silent", "loud"], ["blank"]),
        helper.make_node("Mul", ["top", "nothing"], ["zero"]),
        helper.make_node("Add", ["zero", "unk"], ["never"]),
        helper.make_node("Concat", ["blank", "letters", "never"], ["encoder_out"], axis=2),
    ]
    told = {"model_type": "zipformer2", "version": "1", "model_author": "tests", "comment": "tones"}
    inputs: dict[str, tuple[int, list[object]]] = {"x": (TensorProto.FLOAT, ["N", 8 if streaming else "T", 80])}
    outputs: dict[str, tuple[int, list[object]]] = {"encoder_out": (TensorProto.FLOAT, ["N", "T4", len(tokens)])}
    if streaming:
        told |= {
            "encoder_dims": "4", "query_head_dims": "1", "value_head_dims": "1", "num_heads": "1",
            "num_encoder_layers": "1", "cnn_module_kernels": "3", "left_context_len": "2", "T": "8",
            "decode_chunk_len": "8",
        }  # fmt: skip
        names = ["cached_key_0", "cached_nonlin_attn_0", "cached_val1_0", "cached_val2_0", "cached_conv1_0",
                 "cached_conv2_0", "embed_states", "processed_lens"]  # fmt: skip
        for name in names:
            kind = TensorProto.INT64 if name == "processed_lens" else TensorProto.FLOAT
            shape: list[object] = [f"{name}_{axis}" for axis in range(_AXES[name])]
            inputs[name], outputs[f"new_{name}"] = (kind, shape), (kind, shape)
            nodes.append(helper.make_node("Identity", [name], [f"new_{name}"]))
    else:
        inputs["x_lens"] = (TensorProto.INT64, ["N"])
        outputs["encoder_out_lens"] = (TensorProto.INT64, ["N"])
    _save(folder / "encoder.onnx", nodes, constants, inputs, outputs, told)
    _save_decoder(folder / "decoder.onnx", len(tokens))
    _save(
        folder / "joiner.onnx",
        [helper.make_node("Add", ["encoder_out", "decoder_out"], ["logit"])],
        {},
        {name: (TensorProto.FLOAT, ["N", len(tokens)]) for name in ("encoder_out", "decoder_out")},
        {"logit": (TensorProto.FLOAT, ["N", len(tokens)])},
        {"joiner_dim": str(len(tokens))},
    )
    _write_tokens(folder, tokens)
    return folder


_AXES: Mapping[str, int] = {
    "cached_key_0": 3, "cached_nonlin_attn_0": 4, "cached_val1_0": 3, "cached_val2_0": 3, "cached_conv1_0": 3,
    "cached_conv2_0": 3, "embed_states": 4, "processed_lens": 1,
}  # fmt: skip


def _cut_to_fours(constants: dict[str, npt.NDArray[np.generic]]) -> list[onnx.NodeProto]:
    """Frames without the last one to three; and how many fours there are, for whoever asks."""
    constants |= {
        "four": np.array([4], np.int64), "from": np.array([0], np.int64), "frames_axis": np.array([1], np.int64),
    }  # fmt: skip
    return [
        helper.make_node("Div", ["x_lens", "four"], ["encoder_out_lens"]),
        helper.make_node("Shape", ["x"], ["shape"], start=1, end=2),
        helper.make_node("Div", ["shape", "four"], ["fours_count"]),
        helper.make_node("Mul", ["fours_count", "four"], ["to"]),
        helper.make_node("Slice", ["x", "from", "to", "frames_axis"], ["fours"]),
    ]


def _save_decoder(file: Path, size: int) -> None:
    """It remembers the last token, and forbids it: a tone that lasts is one letter. Silence (0) is never forbidden."""
    forbids = -100 * np.eye(size, dtype=np.float32)
    forbids[0] = 0
    _save(
        file,
        [
            helper.make_node("Gather", ["y", "last"], ["previous"], axis=1),
            helper.make_node("Gather", ["forbids", "previous"], ["decoder_out"], axis=0),
        ],
        {"last": np.array(1, np.int64), "forbids": forbids},
        {"y": (TensorProto.INT64, ["N", 2])},
        {"decoder_out": (TensorProto.FLOAT, ["N", size])},
        {"context_size": "2", "vocab_size": str(size)},
    )


def _save(
    file: Path,
    nodes: list[onnx.NodeProto],
    constants: Mapping[str, npt.NDArray[np.generic]],
    inputs: Mapping[str, tuple[int, list[object]]],
    outputs: Mapping[str, tuple[int, list[object]]],
    told: Mapping[str, str],
) -> None:
    graph = helper.make_graph(
        nodes,
        "tones",
        [helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items()],
        [helper.make_tensor_value_info(name, *kind) for name, kind in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for key, value in told.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, file)


def _write_tokens(folder: Path, tokens: list[str]) -> None:
    (folder / "tokens.txt").write_text("".join(f"{token} {at}\n" for at, token in enumerate(tokens)), encoding="utf-8")


def _t_one_frequencies() -> dict[str, float]:
    """A hundred hertz apart, each a whole number of turns in a frame."""
    return {letter: RATE / _T_ONE_FRAME * (10 + 3 * at) for at, letter in enumerate(LETTERS)}


def _mel_frequencies() -> dict[str, float]:
    """The middle of every third of Kaldi's 80 mel bins from 20 to 7,600 Hz."""
    low, high = (1127 * np.log(1 + hertz / 700) for hertz in (20, 7600))
    return {
        token: float(700 * (np.exp((low + (_FIRST_MEL + 3 * at + 1) * (high - low) / 81) / 1127) - 1))
        for at, token in enumerate(_MEL_TOKENS)
    }
