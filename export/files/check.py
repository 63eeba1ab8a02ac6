"""Runs an exported model by ONNX Runtime on rows whose answers are known.

    pip install onnxruntime numpy
    python check.py FOLDER-WITH-CASES

Each folder below it is a case: .npy files of the graph's inputs, and of what the
model answers as "want.<output>.npy". It prints a line of JSON for each case.
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime

here = pathlib.Path(__file__).resolve().parent.parent
session = onnxruntime.InferenceSession(str(here / "model.onnx"), providers=["CPUExecutionProvider"])
print(json.dumps({"runtime": "onnxruntime " + onnxruntime.__version__}))
for case in sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir()):
    feed = {i.name: np.load(case / (i.name + ".npy")) for i in session.get_inputs()}
    wanted = {p.name[5:-4]: np.load(p) for p in sorted(case.glob("want.*.npy"))}
    rows = len(next(iter(wanted.values())))
    for batch in (1, 37, rows):
        got = {name: [] for name in wanted}
        for i in range(0, rows, batch):
            part = {name: a[i : i + batch] for name, a in feed.items()}
            for name, a in zip(got, session.run(list(got), part)):
                got[name].append(a)
        line = {"case": case.name, "batch": batch, "rows": rows}
        for name, want in wanted.items():
            have = np.concatenate(got[name])
            difference = np.abs(have - want)
            if name not in ("logits", "probabilities"):  # predictions of numbers, and what was asked for; of large ones in proportion
                name, difference = "outputs", difference / np.maximum(1, np.abs(want))
            line[name] = max(line.get(name, 0), float(difference.max()) if np.isfinite(have).all() else 1e30)
            if name == "probabilities" and want.shape[1] > 1:
                best = np.sort(want, axis=1)
                clear = best[:, -1] - best[:, -2] > 1e-3
                line["labels_differ"] = int((have.argmax(1) != want.argmax(1))[clear].sum())
        print(json.dumps(line))
