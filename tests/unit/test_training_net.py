"""The net as it is trained, as it is exported, and as its file reads back: all three compute the same."""

import struct

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from asr.kaldi.binary import Reader  # noqa: E402
from asr.train.features import mfcc  # noqa: E402
from asr.train.net import Affine, Net, Shape, computed  # noqa: E402
from asr.train.nnet3 import nnet3, small_matrix  # noqa: E402

FIRST = [61.3694, 26.7109, -15.6101, 46.2063, -184.0241, -61.226]
LAST = [3.1374, -1.606, -17.9912, 1.4768]
SHAPE = Shape(phones=4, width=12, offsets=((-2, -1, 0, 1, 2), (-1, 0, 1), (-3, 0, 3), (-3, 0, 3)))


@pytest.fixture(scope="module")
def net() -> Net:
    """Trained for a few steps on nothing, so that its norms have something to melt in."""
    torch.manual_seed(1)
    made = Net(SHAPE)
    torch.nn.init.normal_(made.out.weight)
    made.train()
    for _ in range(20):
        made(torch.randn(4, 60, 32) * 3 + 1)
    return made.eval()


@pytest.mark.parametrize("frames", [60, 61, 62, 7])
def test_the_exported_layers_compute_what_the_net_does(net: Net, frames: int) -> None:
    features = torch.randn(1, frames, 32) * 3 + 1
    with torch.no_grad():
        expected = net(features)[0].numpy()
    found = computed(net.exported(), features[0].double().numpy())
    assert found.shape == (-(-frames // 3), SHAPE.outputs)
    assert np.abs(found - expected).max() < 1e-3


def read_back(data: bytes) -> tuple[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """The configuration, and weights and bias of each affine component."""
    head, _, rest = data.partition(b"\n\n")
    reader = Reader(rest)
    reader.token("<NumComponents>")
    found = {}
    for _ in range(reader.int32()):
        reader.token("<ComponentName>")
        name = reader.token()
        kind = reader.token()
        if kind == "<FixedAffineComponent>":
            reader.token("<LinearParams>")
            reader.token("CM2")
            least, spread, rows, columns = struct.unpack_from("<ffii", rest, reader.at)
            reader.at += 16
            steps = np.frombuffer(rest, "<u2", rows * columns, reader.at).reshape(rows, columns)
            reader.at += steps.nbytes
            reader.token("<BiasParams>")
            found[name] = (least + steps.astype(np.float64) / 65535 * spread, reader.vector())
            reader.token("</FixedAffineComponent>")
        else:
            end = kind.replace("<", "</").encode() + b" "
            reader.at = rest.index(end, reader.at) + len(end)
    reader.token("</Nnet3>")
    return head.decode(), found


def test_the_written_net_reads_back_as_it_was(net: Net) -> None:
    layers = net.exported()
    config, found = read_back(nnet3(layers, 32))
    names = [f"tdnn{number}.affine" for number in range(1, len(layers))] + ["output.affine"]
    assert list(found) == names
    for name, layer in zip(names, layers, strict=True):
        weights, bias = found[name]
        spread = layer.weights.max() - layer.weights.min()
        assert np.abs(weights - layer.weights).max() <= spread / 65535 + 1e-6
        assert np.allclose(bias, layer.bias, atol=1e-5)
    assert "input=Append(Offset(input, -2), Offset(input, -1), input, Offset(input, 1), Offset(input, 2))" in config
    assert "component-node name=tdnn3.sum component=tdnn3.sum input=Sum(tdnn3.relu, tdnn2.relu)" in config
    assert config.endswith("output-node name=output input=output.affine objective=linear")


def test_a_matrix_of_equal_numbers_is_written_too() -> None:
    assert small_matrix(np.full((2, 3), 0.5)).startswith(b"CM2 ")


def test_a_layer_without_a_relu_gives_its_sums() -> None:
    layer = Affine((0,), np.eye(32) * 2, np.ones(32), relu=False, adds=False)
    features = np.arange(96.0).reshape(3, 32)
    assert np.allclose(computed([layer], features), features[:1] * 2 + 1)


def test_features_are_kaldis() -> None:
    """Values that kaldi-native-fbank 1.23 gives for the same sound with `conf/mfcc.conf`."""
    time = np.arange(600) / 8000
    sound = (4000 * np.sin(2 * np.pi * 440 * time) + 1500 * np.sin(2 * np.pi * 1900 * time)).astype(np.float32)
    found = mfcc(torch.from_numpy(sound)).numpy()
    assert found.shape == (6, 32)
    assert found[0, :6] == pytest.approx(FIRST, abs=1e-2)
    assert found[5, -4:] == pytest.approx(LAST, abs=1e-2)


def test_silence_has_features_too() -> None:
    assert np.isfinite(mfcc(torch.zeros(400)).numpy()).all()


def test_a_longer_throat_is_seen_as_the_spectrum_stretched() -> None:
    time = torch.arange(800) / 8000
    low, high = (1000 * torch.sin(2 * torch.pi * pitch * time) for pitch in (1000.0, 1200.0))
    assert (mfcc(low, 1.2) - mfcc(high)).abs().mean() < (mfcc(low) - mfcc(high)).abs().mean() / 2
