"""Makes examples/clipart from drawings in PNG: lossless WebP, a third smaller.

    pip install pillow
    python scripts/data/clipart.py SOURCE examples/clipart

SOURCE has data.csv and the images that its column "image" names. Every pixel keeps
its value; only the colours of fully transparent pixels, which nobody sees, are lost.
"""

import csv
import pathlib
import sys

from PIL import Image, ImageChops


def flattened(im):
    """Premultiplied: equal for two images that look the same on any background."""
    return im.convert("RGBA").convert("RGBa")


def main(source, target):
    source, target = pathlib.Path(source), pathlib.Path(target)
    with open(source / "data.csv", newline="", encoding="utf-8") as f:
        reader = csv.DictReader(f)
        columns, rows = reader.fieldnames, list(reader)
    before = after = 0
    for row in rows:
        old = source / row["image"]
        row["image"] = str(pathlib.PurePosixPath(row["image"]).with_suffix(".webp"))
        new = target / row["image"]
        new.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(old) as im:
            im.load()
            im.save(new, "WEBP", lossless=True, quality=100, method=6)
            with Image.open(new) as back:
                if ImageChops.difference(flattened(im), flattened(back)).getbbox():
                    sys.exit(f"{new}: differs from {old}")
        before += old.stat().st_size
        after += new.stat().st_size
    with open(target / "data.csv", "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} drawings, {before:,} bytes as PNG, {after:,} as WebP")


if __name__ == "__main__":
    main(*sys.argv[1:])
