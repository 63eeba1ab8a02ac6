"""Writes the tables of docs/accuracy.md as CSV files with a column "split", from R packages.

    apt-get download r-cran-mlbench r-cran-modeldata r-cran-ggplot2
    for d in *.deb; do dpkg -x $d packages; done
    pip install rdata pandas
    python scripts/accuracy/tables.py packages/usr/lib/R/site-library OUTPUT

Rows are 64 % for training, 16 % for validation and 20 % for testing, by a seed that is
the same for every table; at most 12,000 rows are drawn of one.
"""

import bz2
import io
import lzma
import pathlib
import sys
import zlib

import numpy as np
import pandas as pd
import rdata

MOST = 12_000

# Table: package, name in it, target, task, columns left out (ids, and what repeats the target).
TABLES = {
    "letters": ("mlbench", "LetterRecognition", "lettr", "multiclass", []),
    "satellite": ("mlbench", "Satellite", "classes", "multiclass", []),
    "vehicle": ("mlbench", "Vehicle", "Class", "multiclass", []),
    "vowel": ("mlbench", "Vowel", "Class", "multiclass", []),
    "soybean": ("mlbench", "Soybean", "Class", "multiclass", []),
    "dna": ("mlbench", "DNA", "Class", "multiclass", []),
    "diabetes": ("mlbench", "PimaIndiansDiabetes2", "diabetes", "binary", []),
    "housing": ("mlbench", "BostonHousing", "medv", "regression", []),
    "ames": ("modeldata", "ames", "Sale_Price", "regression", []),
    "attrition": ("modeldata", "attrition", "Attrition", "binary", []),
    "credit": ("modeldata", "credit_data", "Status", "binary", []),
    "lending": ("modeldata", "lending_club", "Class", "binary", []),
    "cars": ("modeldata", "car_prices", "Price", "regression", []),
    "diamonds": ("ggplot2", "diamonds", "price", "regression", []),
}


def unpack(chunk):
    """One record of a lazy-load database: its length, perhaps a letter for how it is packed, the bytes."""
    body, kind = chunk[4:], chunk[4:5]
    if kind == b"2":
        return bz2.decompress(body[1:])
    if kind == b"Z":
        return lzma.decompress(body[1:], format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6}])
    return zlib.decompress(body)


def convert(data):
    return rdata.conversion.convert(rdata.parser.parse_data(data), default_encoding="utf8")


def read(folder, name):
    """A data frame of a package: from a file of its own, or from the database of all."""
    single = folder / "data" / f"{name}.rda"
    if single.exists():
        return convert(single.read_bytes())[name]
    index = convert((folder / "data" / "Rdata.rdx").read_bytes())
    at, size = index["variables"][name]
    with open(folder / "data" / "Rdata.rdb", "rb") as f:
        f.seek(int(at))
        return convert(unpack(f.read(int(size))))


def main(library, output):
    output.mkdir(parents=True, exist_ok=True)
    for name, (package, frame, target, task, without) in TABLES.items():
        table = pd.DataFrame(read(library / package, frame)).drop(columns=without)
        table = table[table[target].notna()]
        order = np.random.default_rng(1).permutation(len(table))[:MOST]
        table = table.iloc[order].reset_index(drop=True)
        part = np.random.default_rng(2).random(len(table))
        table["split"] = np.where(part < 0.64, "train", np.where(part < 0.8, "validation", "test"))
        text = io.StringIO()
        table.to_csv(text, index=False)
        (output / f"{name}.csv").write_text(text.getvalue())
        print(f"{name}: {len(table)} rows, {table.shape[1] - 2} columns, {task} {target}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
