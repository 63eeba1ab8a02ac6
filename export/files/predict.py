"""Predicts rows with the exported model in the folder above this one.

    pip install onnxruntime numpy pillow
    python predict.py rows.jsonl --images FOLDER

Each line of rows.jsonl is a JSON object from column to value; a value that is
null, empty or left out is missing. An image is a path below FOLDER. A line of
JSON is printed for each row. It is meant to be read and copied from.
"""

import argparse
import json
import math
import os
import pathlib
import sys

import numpy as np
import onnxruntime


def rounded(x):
    return math.floor(x + 0.5)


def load_pixels(path, d):
    """An image file as (height, width, channels), 0 to 255."""
    from PIL import Image, ImageColor, ImageOps

    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith("I"):  # 16 bits of grey: the high 8
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).astype(np.uint8))
    rgba = np.asarray(image.convert("RGBA")).astype(np.int64)
    back = np.array(ImageColor.getrgb(d["background"]))
    alpha = rgba[..., 3:]
    over = rgba[..., :3] * alpha + back * (255 - alpha) + 128  # over the background, rounded
    over = ((over + (over >> 8)) >> 8).astype(np.uint8)
    planes = [Image.fromarray(over)]
    fill = [tuple(int(v) for v in back)]
    if d["channels"] == 1:
        planes = [planes[0].convert("L")]
        fill = [Image.new("RGB", (1, 1), fill[0]).convert("L").getpixel((0, 0))]
    if d["channels"] == 4:
        planes.append(Image.fromarray(rgba[..., 3].astype(np.uint8)))
        fill.append(0)

    (w, h), width, height = planes[0].size, d["width"], d["height"]
    size, box = (width, height), (0, 0, w, h)
    if d["fit"] == "pad":
        s = min(width / w, height / h)
        size = (min(max(rounded(w * s), 1), width), min(max(rounded(h * s), 1), height))
    elif d["fit"] == "crop":
        s = max(width / w, height / h)
        x, y = max(0, (w - width / s) / 2), max(0, (h - height / s) / 2)
        box = (x, y, min(w, x + width / s), min(h, y + height / s))
    out = []
    for plane, colour in zip(planes, fill):
        plane = plane.resize(size, Image.Resampling.BILINEAR, box=box)
        if size != (width, height):
            canvas = Image.new(plane.mode, (width, height), colour)
            canvas.paste(plane, ((width - size[0]) // 2, (height - size[1]) // 2))
            plane = canvas
        out.append(np.asarray(plane).reshape(height, width, -1))
    return np.concatenate(out, axis=2)


class Model:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.about = json.loads((self.folder / "preprocessing.json").read_text(encoding="utf-8"))
        if self.about["format"] != 1:
            raise ValueError("preprocessing.json is of another format than this program")
        self.session = onnxruntime.InferenceSession(str(self.folder / "model.onnx"), providers=["CPUExecutionProvider"])
        self.texts = {}
        for one in self.about["inputs"]:
            if "text" in one:
                import text  # beside this file

                self.texts[one["name"]] = text.encoder(one["text"], self.folder)

    def arrays(self, one, row, images):
        """The tensors of one input for one row; None if the row lacks it."""

        def cell(column):
            value = row.get(column)
            return None if value is None or value == "" else value

        def absent(column):
            if one["missing"] != "mask":
                raise ValueError(f"column {column}: the value is missing, and the model must have it")

        first = cell(one["columns"][0])
        if "image" in one:
            path = None if first is None else os.path.join(images, first)
            if path is None or not os.path.exists(path) and one["missing"] == "mask":
                return absent(one["columns"][0])
            return [load_pixels(path, one["image"])]
        if "text" in one:
            if first is None:
                return absent(one["columns"][0])
            return list(self.texts[one["name"]](first))
        if "tabular" not in one:
            raise ValueError(f"input {one['name']} is of the kind {one['kind']}, which this program does not know")
        d, numbers, ids, some = one["tabular"], [], [], False
        for column in d["numeric"]:
            value = cell(column)
            if value is None and one["missing"] != "mean":
                absent(column)
            some = some or value is not None or one["missing"] == "mean"
            numbers.append(math.nan if value is None else float(value))
        for column, values in zip(d["categorical"], d["categories"]):
            value = cell(column)
            if value is None:
                absent(column)
            some = some or value is not None
            ids.append(values.index(str(value)) + 1 if value is not None and str(value) in values else 0)
        return [x for x in (numbers, ids) if x] if some else None

    def inputs(self, rows, images="."):
        """All tensors of the graph, by name."""
        feed = {}
        for one in self.about["inputs"]:
            for t in one["tensors"]:
                feed[t["name"]] = np.zeros([len(rows)] + t["shape"][1:], t["type"])
        for i, row in enumerate(rows):
            found = False
            for one in self.about["inputs"]:
                arrays = self.arrays(one, row, images)
                if arrays is None:
                    continue
                *tensors, presence = one["tensors"]
                for t, a in zip(tensors, arrays):
                    feed[t["name"]][i] = a
                feed[presence["name"]][i] = found = 1
            if not found and self.about["missing_all"] == "error":
                raise ValueError(f"row {i} has none of the inputs")
        return feed

    def predict(self, rows, images="."):
        out = self.about["output"]
        scores = self.session.run([out["tensors"][0]["name"]], self.inputs(rows, images))[0]
        return [self.answer(s) for s in scores]

    def answer(self, s):
        out = self.about["output"]
        if out["type"] == "regression":
            return {"prediction": float(s)}
        labels = out["labels"]
        if out["type"] == "multilabel":
            best = [label for label, p in zip(labels, s) if p > out["threshold"]]
        elif out["type"] == "binary":
            best = labels[int(s[1] > out["threshold"])]
        else:
            best = labels[int(np.argmax(s))]
        return {"prediction": best, "probabilities": {label: float(p) for label, p in zip(labels, s)}}


if __name__ == "__main__":
    flags = argparse.ArgumentParser(description="Predict rows of JSON with the exported model.")
    flags.add_argument("rows", help="a file of JSON objects, one a line; - is standard input")
    flags.add_argument("--images", default=".", help="the folder that image paths are relative to")
    flags.add_argument("--model", default=pathlib.Path(__file__).resolve().parent.parent, help="the exported folder")
    flags = flags.parse_args()
    with sys.stdin if flags.rows == "-" else open(flags.rows, encoding="utf-8") as f:
        rows = [json.loads(line) for line in f if line.strip()]
    for answer in Model(flags.model).predict(rows, flags.images):
        print(json.dumps(answer, ensure_ascii=False))
