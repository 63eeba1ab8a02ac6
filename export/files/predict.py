"""Predicts rows with the exported model in the folder above this one.

    pip install onnxruntime numpy pillow
    python predict.py rows.jsonl --images FOLDER

Each line of rows.jsonl is a JSON object from column to value; a value that is
null, empty or left out is missing. An image is a path below FOLDER. A line of
JSON is printed for each row. A row that cannot be used ends the program with 3.

--features prints what the graph is given for each row instead, or why the row
cannot be used. That needs nothing but Python (for images numpy and pillow too).
It is meant to be read and copied from.
"""

import argparse
import json
import math
import pathlib
import sys

import cells


def rounded(x):
    return math.floor(x + 0.5)


def load_pixels(path, d):
    """An image file as (height, width, channels), 0 to 255."""
    import numpy as np
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
        if self.about["format"] not in (1, 2, 3):
            raise ValueError("preprocessing.json is of another format than this program")
        self.texts, self.session = {}, None
        rules = [rule for one in self.about["inputs"] for rule in one.get("cells", ())]
        self.columns = {rule["column"] for rule in rules}
        self.lists = {rule["column"] for rule in rules if rule["as"] == "numbers"}
        for one in self.about["inputs"]:
            if "text" in one:
                import text  # beside this file

                self.texts[one["name"]] = text.encoder(one["text"], self.folder)

    def arrays(self, one, row, images):
        """The tensors of one input for one row of cells; None if the row lacks it."""
        if "cells" not in one:
            raise ValueError(f"input {one['name']} is of the kind {one['kind']}, which this program does not know")
        rules = one["cells"]
        values = [cells.read(rule, row.get(rule["column"]), images) for rule in rules]
        if all(v is None and rule["missing"] != "mean" for v, rule in zip(values, rules)):
            return None
        if "image" in one:
            path = cells.image_file(rules[0], images, values[0])
            return None if path is None else [load_pixels(path, one["image"])]
        if "text" in one:
            return list(self.texts[one["name"]](values[0]))
        numbers, kinds = [], []
        for rule, v in zip(rules, values):
            if rule["as"] == "date":  # its parts follow the numbers
                numbers += [math.nan] * len(rule["date"]["parts"]) if v is None else v
            elif rule["as"] == "numbers":
                numbers += v
            elif rule["as"] == "number":
                numbers.append(math.nan if v is None else v)
            else:
                kinds.append(v)
        categories = zip(kinds, one.get("tabular", {}).get("categories", ()))
        ids = [known.index(v) + 1 if v in known else 0 for v, known in categories]
        return [x for x in (numbers, ids) if x]

    def features(self, row, images="."):
        """What the graph is given for one row of cells: by tensor, of the inputs that it has."""
        found = {}
        for one in self.about["inputs"]:
            arrays = self.arrays(one, row, images)
            if arrays is not None:
                found |= {t["name"]: a for t, a in zip(one["tensors"], arrays + [[1]])}
        if not found and self.about["missing_all"] == "error":
            raise cells.Refused("the row lacks every input")
        return found

    def inputs(self, rows, images="."):
        """All tensors of the graph, by name, for rows from column to value."""
        found = []
        for i, row in enumerate(rows, 1):
            try:
                found.append(self.features({column: cells.text_of(v) for column, v in row.items() if column in self.columns}, images))
            except cells.Refused as e:
                raise cells.Refused(f"row {i}, {e}") from None

        import numpy as np

        feed = {}
        for t in (t for one in self.about["inputs"] for t in one["tensors"]):
            feed[t["name"]] = np.zeros([len(rows)] + t["shape"][1:], t["type"])
        for i, features in enumerate(found):
            for name, values in features.items():
                feed[name][i] = values
        return feed

    def predict(self, rows, images="."):
        feed = self.inputs(rows, images)
        if self.session is None:
            import onnxruntime

            self.session = onnxruntime.InferenceSession(str(self.folder / "model.onnx"), providers=["CPUExecutionProvider"])
        outputs = self.about.get("outputs") or [self.about["output"]]
        scores = self.session.run([out["tensors"][0]["name"] for out in outputs], feed)
        if "outputs" not in self.about:
            return [self.answer(outputs[0], s) for s in scores[0]]
        return [{"outputs": {out["name"]: self.answer(out, s[i]) for out, s in zip(outputs, scores)}} for i in range(len(rows))]

    def answer(self, out, s):
        if out["type"] == "regression":
            return {"prediction": float(s)}
        labels = out["labels"]
        if out["type"] == "multilabel":
            thresholds = out.get("thresholds") or [out.get("threshold", 0)] * len(labels)
            best = [label for label, p, t in zip(labels, s, thresholds) if float(p) > t]
        elif out["type"] == "binary":
            best = labels[int(float(s[1]) > out.get("threshold", 0))]
        else:
            best = labels[int(s.argmax())]
        return {"prediction": best, "probabilities": {label: float(p) for label, p in zip(labels, s)}}


def flat(values):
    """Numbers one after the other, as JSON has them: null for one that is missing."""
    for v in values.reshape(-1).tolist() if hasattr(values, "reshape") else values:
        if isinstance(v, list):
            yield from flat(v)
        else:
            yield None if v != v else v


def main():
    flags = argparse.ArgumentParser(description="Predict rows of JSON with the exported model.")
    flags.add_argument("rows", help="a file of JSON objects, one a line; - is standard input")
    flags.add_argument("--images", default=".", help="the folder that image paths are relative to")
    flags.add_argument("--model", default=pathlib.Path(__file__).resolve().parent.parent, help="the exported folder")
    flags.add_argument("--features", action="store_true", help="print what the graph is given for each row, and predict nothing")
    flags = flags.parse_args()
    content = sys.stdin.buffer.read() if flags.rows == "-" else pathlib.Path(flags.rows).read_bytes()
    model, rows = Model(flags.model), []
    for number, line in cells.lines(content):
        try:
            rows.append(cells.Line(line).row(model.columns, model.lists))
            if flags.features:
                found = model.features(rows[-1], flags.images)
                print(json.dumps({name: list(flat(values)) for name, values in found.items()}))
        except cells.Refused as e:
            if not flags.features:
                raise cells.Refused(f"row {len(rows) + 1} (line {number}), {e}") from None
            print(json.dumps({"error": str(e)}))
    if not flags.features:
        for answer in model.predict(rows, flags.images):
            print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    try:
        main()
    except cells.Refused as e:
        print(f"predict.py: {e}", file=sys.stderr)
        sys.exit(3)
