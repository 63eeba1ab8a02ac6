"""Writes data/testdata/npy.json: what NumPy saves of small arrays, and their numbers.

    python scripts/parity/npy.py
"""

import base64
import io
import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parents[2] / "data" / "testdata" / "npy.json"


def saved(array, version):
    b = io.BytesIO()
    np.lib.format.write_array(b, array, version=version, allow_pickle=False)
    return base64.b64encode(b.getvalue()).decode()


cases = []
for name in ["<f4", "<f8", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8"]:
    for version in [(1, 0), (2, 0), (3, 0)]:
        array = np.array([0, 1, 2, 100, 7 if "u" in name else -7]).astype(name)
        cases.append({"name": f"{name} of version {version[0]}", "file": saved(array, version), "shape": [5], "numbers": array.astype(float).tolist()})
for shape in [(), (0,), (1,), (2, 3), (1, 2, 2)]:
    array = np.arange(np.prod(shape, dtype=int), dtype="<f4").reshape(shape)
    cases.append({"name": f"shape {shape}", "file": saved(array, (1, 0)), "shape": list(shape), "numbers": array.astype(float).ravel().tolist()})
cases.append({"name": "Fortran order of one axis", "file": saved(np.asfortranarray(np.array([1.5, 2.5])), (1, 0)), "shape": [2], "numbers": [1.5, 2.5]})
for name, array, why in [
    ("Fortran order", np.asfortranarray(np.ones((2, 3))), "Fortran order"),
    ("big-endian", np.ones(2, ">f4"), "big-endian"),
    ("half precision", np.ones(2, "<f2"), "type f2"),
    ("complex", np.ones(2, "<c8"), "is not that of an array of numbers"),
    ("texts", np.array(["a", "b"]), "is not that of an array of numbers"),
    ("records", np.zeros(2, [("a", "<f4")]), "is not that of an array of numbers"),
    ("bools", np.ones(2, bool), "is not that of an array of numbers"),
    ("NaN", np.array([1, np.nan]), "number 2 is NaN"),
    ("beyond float32", np.array([1e300]), "beyond 3.4e38"),
]:
    cases.append({"name": name, "file": saved(array, (1, 0)), "refused": why})
OUT.write_text(json.dumps(cases, indent=1) + "\n")
