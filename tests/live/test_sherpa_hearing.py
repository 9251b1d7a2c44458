"""sherpa-onnx hears through the true library: small networks of the right interface, made here, that know tones."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import tone_models
from tone_models import melody

from asr.engines import load
from asr.model_folder import ModelBroken, inspect
from asr.pool import DecodingPool
from asr.recognizer import Hints, RecognitionFailed, Recognizer

pytest.importorskip("sherpa_onnx")

Make = Callable[[Path], Path]
MODELS: dict[str, tuple[Make, tone_models.Spectrum]] = {
    "t-one": (tone_models.t_one, "t-one"),
    "streaming-transducer": (lambda folder: tone_models.transducer(folder, streaming=True), "mel"),
    "transducer": (lambda folder: tone_models.transducer(folder, streaming=False), "mel"),
}


@pytest.fixture(params=MODELS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def recognizer(kind: str, tmp_path: Path) -> AsyncIterator[Recognizer]:
    pool = DecodingPool(threads=2, capacity=8)
    folder = inspect(MODELS[kind][0](tmp_path / "sherpa-onnx-ru-tones"))
    assert folder.kind == kind
    yield await load(folder, pool)
    await pool.aclose()


async def partials(recognizer: Recognizer, pcm: bytes) -> tuple[list[str], str]:
    stream = await recognizer.open(Hints("reading"))
    said = [await stream.feed(pcm[start : start + 320]) for start in range(0, len(pcm), 320)]
    return list(dict.fromkeys(said)), (await stream.finish()).text


async def test_words_are_heard_with_their_times(recognizer: Recognizer, kind: str) -> None:
    pcm = melody("да нет оператор", MODELS[kind][1], pause=0.4)
    stream = await recognizer.open(Hints())
    await stream.feed(pcm)
    hearing = await stream.finish()
    assert hearing.text == "да нет оператор"
    assert (hearing.engine, hearing.model) == ("sherpa-onnx", "sherpa-onnx-ru-tones")
    assert all(0 <= a.start < a.end <= b.start for a, b in zip(hearing.words, hearing.words[1:], strict=False))
    assert hearing.words[0].start == pytest.approx(0.2 if kind == "t-one" else 0.78, abs=0.08)
    assert hearing.words[-1].end == pytest.approx(len(pcm) / 16000 - 0.2, abs=0.2)


async def test_words_come_while_the_caller_speaks_or_at_pauses(recognizer: Recognizer, kind: str) -> None:
    said, heard = await partials(recognizer, melody("да нет оператор", MODELS[kind][1], pause=0.4))
    assert heard == "да нет оператор"
    assert said[0] == ""
    assert {"да", "да нет"} <= set(said)
    assert len(said) >= (4 if recognizer.can.streaming else 3)


async def test_callers_at_once_are_heard_as_alone(recognizer: Recognizer, kind: str) -> None:
    spoken = ["да", "нет", "оператор", "поворот", "ветер", "диван"]
    heard = await asyncio.gather(*(partials(recognizer, melody(words, MODELS[kind][1])) for words in spoken))
    assert [words for _, words in heard] == spoken


async def test_silence_holds_no_words_and_an_empty_answer_is_one(recognizer: Recognizer) -> None:
    assert await partials(recognizer, bytes(32000)) == ([""], "")
    stream = await recognizer.open(Hints())
    assert (await stream.finish()).text == ""
    with pytest.raises(RecognitionFailed, match="finished"):
        await stream.feed(bytes(320))


async def test_a_stream_given_up_leaves_its_seat(recognizer: Recognizer, kind: str) -> None:
    pcm = melody("да нет", MODELS[kind][1])
    for wait in range(6):
        stream = await recognizer.open(Hints())
        feeding = asyncio.create_task(stream.feed(pcm))
        for _ in range(wait):
            await asyncio.sleep(0)
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await stream.aclose()
        await stream.aclose()
    streams = [await recognizer.open(Hints()) for _ in range(8)]
    with pytest.raises(RecognitionFailed, match="full"):
        await recognizer.open(Hints())
    for stream in streams:
        await stream.aclose()
    assert await partials(recognizer, pcm) != ([""], "")


async def test_an_odd_number_of_bytes_is_put_together_again(recognizer: Recognizer, kind: str) -> None:
    pcm = melody("да нет", MODELS[kind][1], pause=0.4)
    stream = await recognizer.open(Hints())
    for start in range(0, len(pcm), 333):
        await stream.feed(pcm[start : start + 333])
    assert (await stream.finish()).text == "да нет"


async def test_a_network_cut_short_ends_its_trial_and_not_the_line(kind: str, tmp_path: Path) -> None:
    folder = MODELS[kind][0](tmp_path / "sherpa-onnx-ru-cut")
    inspected = inspect(folder)
    network = inspected.files["model" if kind == "t-one" else "joiner"]
    body = network.read_bytes()
    network.write_bytes(body[: len(body) // 2])
    with pytest.raises(ModelBroken, match=network.name):
        inspect(folder)
    pool = DecodingPool(threads=1)
    with pytest.raises(ModelBroken, match="sherpa-onnx-ru-cut"):
        await load(inspected, pool)
    await pool.aclose()


async def test_the_makers_own_folders_are_known_by_what_lies_in_them(tmp_path: Path) -> None:
    """Vosk 0.54 keeps its networks and its tokens apart; others write the training into the names."""
    made = tone_models.transducer(tmp_path / "made", streaming=False)
    vosk = tmp_path / "vosk-model-ru-0.54"
    (vosk / "am-onnx").mkdir(parents=True)
    (vosk / "lang").mkdir()
    for part in ("encoder", "decoder", "joiner"):
        shutil.copy(made / f"{part}.onnx", vosk / "am-onnx")
    shutil.copy(made / "tokens.txt", vosk / "lang")
    assert inspect(vosk).kind == "transducer"
    trained = tmp_path / "sherpa-onnx-zipformer-ru"
    trained.mkdir()
    for part in ("encoder", "decoder", "joiner"):
        shutil.copy(made / f"{part}.onnx", trained / f"{part}-epoch-99-avg-1.onnx")
    shutil.copy(made / "encoder.onnx", trained / "encoder-epoch-99-avg-1.int8.onnx")
    shutil.copy(made / "tokens.txt", trained)
    assert inspect(trained).files["encoder"].name == "encoder-epoch-99-avg-1.int8.onnx"
    pool = DecodingPool(threads=1)
    _, heard = await partials(await load(inspect(vosk), pool), melody("да нет", "mel", pause=0.4))
    assert heard == "да нет"
    await pool.aclose()


def test_a_folder_that_lacks_a_part_says_which(tmp_path: Path) -> None:
    folder = tone_models.transducer(tmp_path / "sherpa-ru-half", streaming=True)
    (folder / "joiner.onnx").rename(tmp_path / "joiner.onnx")
    with pytest.raises(ModelBroken, match=r"joiner\.onnx is missing"):
        inspect(folder)
    (tmp_path / "joiner.onnx").rename(folder / "joiner.onnx")
    shutil.copy(folder / "encoder.onnx", folder / "decoder.onnx")
    with pytest.raises(ModelBroken, match="context_size"):
        inspect(folder)
    one = tone_models.t_one(tmp_path / "sherpa-ru-one")
    (one / "tokens.txt").write_text("а 0\nб\n")
    with pytest.raises(ModelBroken, match=r"tokens\.txt"):
        inspect(one)
    (one / "tokens.txt").unlink()
    with pytest.raises(ModelBroken, match=r"tokens\.txt is missing"):
        inspect(one)
    shutil.copy(folder / "encoder.onnx", one / "model.onnx")
    with pytest.raises(ModelBroken, match="no T-One"):
        inspect(one)
    (one / "model.onnx").write_bytes(bytes(range(200)) * 5)
    with pytest.raises(ModelBroken, match="no ONNX model"):
        inspect(one)
