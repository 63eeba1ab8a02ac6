"""What the parity scripts share: how a case is run and how it is written. The format is in README.md."""

import json
import pathlib
import zlib

import numpy as np
import torch

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def generator(name):
    """Random numbers that depend on the case's name alone, so that a new case changes no other."""
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def numbers(t):
    """The shortest decimals that read back as the same float32."""
    return [float(str(v)) for v in t.detach().to(torch.float32).contiguous().view(-1).numpy()]


def array(t):
    if t.dtype == torch.int64:
        return {"shape": list(t.shape), "int": t.view(-1).tolist()}
    return {"shape": list(t.shape), "data": numbers(t)}


def named(name, t):
    return {"name": name, **array(t)}


def run(name, inputs, f, only=None):
    """Runs f on the tensors of inputs, a dict, and back from a random gradient of its output, which is
    multiplied by only, if given.

    Float tensors are differentiated unless their name, or what follows its last point, is in FIXED: masks,
    presence, targets and weights of rows.
    """
    leaves = [
        t.clone().requires_grad_() if t.dtype == torch.float32 and key.split(".")[-1] not in FIXED else t
        for key, t in inputs.items()
    ]
    out = f(*leaves)
    grad = torch.randn(out.shape, generator=generator(name + " gradient"))
    if only is not None:
        grad = grad * only + 0  # + 0: no negative zeros
    out.backward(grad)
    grads = [t.grad if t.requires_grad else None for t in leaves]
    assert torch.isfinite(out).all()
    return {
        "inputs": [named(key, t) for key, t in inputs.items()],
        "output": array(out),
        "grad_output": array(grad),
        "grads": [None if g is None else array(g) for g in grads],
    }


FIXED = {"mask", "present", "present0", "present1", "present2", "row_weights", "class_weights", "targets", "pool_weights", "prior", "temperature"}


def versions():
    return {"torch": torch.__version__, "numpy": np.__version__}


def write(path, content):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A line a case, so that a change of one is a change of a line.
    cases = ",\n".join(json.dumps(c, separators=(",", ":")) for c in content)
    path.write_text('{"versions":' + json.dumps(versions()) + ',"cases":[\n' + cases + "\n]}\n")
    print(f"{path}: {len(content)} cases, {path.stat().st_size} bytes")
