"""Runs an exported model by ONNX Runtime on rows whose answers are known.

    pip install onnxruntime numpy pillow
    python check.py FOLDER-WITH-CASES --images FOLDER

Each folder below it is a case: .npy files of the graph's inputs, and of what the
model answers as "want.<output>.npy". It prints a line of JSON for each case. Where
the rows themselves are there too, as rows.jsonl, it compares what predict.py makes
of their cells with what the model was given.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import onnxruntime

here = pathlib.Path(__file__).resolve().parent
if sys.flags.isolated:  # Python then does not look beside its program
    sys.path.insert(0, str(here))
import cells  # noqa: E402
import predict  # noqa: E402


def run(session, case, feed):
    """One line a size of batch: how far the graph is from the model."""
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
            name = name.split(".")[0] if name.startswith(("logits.", "probabilities.", "prediction.")) else name  # of one of several outputs
            if name not in ("logits", "probabilities"):  # predictions of numbers, and what was asked for; of large ones in proportion
                name, difference = "outputs", difference / np.maximum(1, np.abs(want))
            line[name] = max(line.get(name, 0), float(difference.max()) if np.isfinite(have).all() else 1e30)
            if name == "probabilities" and want.shape[1] > 1:
                best = np.sort(want, axis=1)
                clear = best[:, -1] - best[:, -2] > 1e-3
                line["labels_differ"] = line.get("labels_differ", 0) + int((have.argmax(1) != want.argmax(1))[clear].sum())
        yield line


def preprocess(model, case, feed, images):
    """How far predict.py is from the model before the graph, on the rows of a case."""
    line = {"case": case.name, "preprocessed": 0, "rows_differ": 0, "pixels": 0.0}
    known = [one for one in model.about["inputs"] if "cells" in one]
    line["left_out"] = [one["name"] for one in model.about["inputs"] if one not in known]
    for i, (_, text) in enumerate(cells.lines((case / "rows.jsonl").read_bytes())):
        why = None
        try:
            row = cells.Line(text).row(model.columns, model.lists)
            for one in known:
                why = why or compare(model, one, row, i, feed, images, line)
        except cells.Refused as e:
            why = f"it is refused: {e}"
        line["preprocessed"] += 1
        if why:
            line["rows_differ"] += 1
            line.setdefault("first", f"row {i + 1} of the case: {why}")
    return line


def compare(model, one, row, i, feed, images, line):
    """What is different in one input of a row, if anything is."""
    arrays = model.arrays(one, row, images)
    *tensors, presence = one["tensors"]
    present = bool(feed[presence["name"]][i])
    if present != (arrays is not None):
        return f"input {one['name']} is {'present' if arrays else 'absent'}, the model has it {'present' if present else 'absent'}"
    for t, a in zip(tensors, arrays or []):
        want = feed[t["name"]][i]
        have = np.asarray(a, t["type"]).reshape(want.shape)
        if "image" in one:  # decoders of JPEG and WebP differ by a few levels
            line["pixels"] = max(line["pixels"], float(np.abs(have.astype(float) - want).mean()))
        elif not np.array_equal(have, want, equal_nan=have.dtype.kind == "f"):
            at = np.flatnonzero((have != want) & ~((have != have) & (want != want)))[0]
            return f"{t['name']}[{at}] is {have.flat[at]}, the model has {want.flat[at]}"
    return None


def main():
    flags = argparse.ArgumentParser(description="Compare an exported model with rows whose answers are known.")
    flags.add_argument("cases", type=pathlib.Path, help="a folder with a folder for each case")
    flags.add_argument("--images", default=".", help="the folder that image paths are relative to")
    flags.add_argument("--model", type=pathlib.Path, default=here.parent, help="the exported folder")
    flags = flags.parse_args()
    session = onnxruntime.InferenceSession(str(flags.model / "model.onnx"), providers=["CPUExecutionProvider"])
    print(json.dumps({"runtime": "onnxruntime " + onnxruntime.__version__}))
    for case in sorted(p for p in flags.cases.iterdir() if p.is_dir()):
        feed = {i.name: np.load(case / (i.name + ".npy")) for i in session.get_inputs()}
        for line in run(session, case, feed):
            print(json.dumps(line))
        if (case / "rows.jsonl").exists():
            print(json.dumps(preprocess(predict.Model(flags.model), case, feed, flags.images)))


main()
