"""Holds the safetensors codec of package checkpoints against the PyPI library.

    python scripts/parity/safetensors_check.py make    writes the fixture that the Go tests read
    python scripts/parity/safetensors_check.py         checks the file that the Go tests wrote

Both files are in checkpoints/testdata. The first names the versions that made
it; the second is golden.safetensors, whose bytes the Go tests hold fixed.
Needs: numpy, safetensors.
"""

import json
import pathlib
import sys

import numpy
import safetensors
from safetensors.numpy import load_file, save_file

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "checkpoints" / "testdata"


def tensors():
    """The tensors of both files; sampleTensors in codec_test.go has them too."""
    weight = (numpy.arange(60, dtype=numpy.float32) - 30) / 8
    return {
        "encoders.caption.block0.attention.query.weight": weight.reshape(3, 4, 5),
        "encoders.caption.block0.attention.query.bias": numpy.array([0, -0.0, 1e-45, 3.4028235e38], numpy.float32),
        "scalar": numpy.array(2.5, numpy.float32),
        "empty": numpy.zeros((0, 3), numpy.float32),
        "été 🦎 \"quoted\" \\ \t": numpy.array([1.5], numpy.float32),
        "step": numpy.array([-(2**63), 2**63 - 1, 7], numpy.int64),
        "vocabulary": numpy.frombuffer(b"a\x00\xffz!", numpy.uint8),
    }


def make():
    versions = {"safetensors": safetensors.__version__, "numpy": numpy.__version__}
    save_file(tensors(), FOLDER / "python.safetensors", metadata={"made_with": json.dumps(versions)})
    print("wrote", FOLDER / "python.safetensors", versions)


def check():
    path = FOLDER / "golden.safetensors"
    got, want = load_file(path), tensors()
    assert sorted(got) == sorted(want), (sorted(got), sorted(want))
    for name, tensor in want.items():
        assert got[name].dtype == tensor.dtype and got[name].shape == tensor.shape, name
        assert got[name].tobytes() == tensor.tobytes(), name
    with safetensors.safe_open(path, "numpy") as f:
        metadata = f.metadata()
    assert metadata == {"format": "pt", "note": "line\nbreak, <tag> & 'quotes'"}, metadata
    print(f"{path.name}: {len(got)} tensors and the metadata are read as written, safetensors {safetensors.__version__}")


if __name__ == "__main__":
    make() if sys.argv[1:] == ["make"] else check()
