"""Reads the tables of internal/messy with pandas, which must take every one:

    go test ./internal/messy -run TestWrite -args -out DIR
    python scripts/messy.py DIR

Needs pandas. CI does not run it.
"""

import glob
import json
import os
import sys

import pandas


def read(path, how):
    if how["format"] == "jsonl":
        return pandas.read_json(path, lines=True)
    if how["format"] == "json":
        return pandas.read_json(path)
    options = {key: how[key] for key in ("sep", "encoding", "decimal", "thousands", "comment", "na_values") if how.get(key)}
    return pandas.read_csv(path, **options)


def main():
    refused = tables = 0
    for name in sorted(glob.glob(os.path.join(sys.argv[1], "*", "reading.json"))):
        with open(name, encoding="utf-8") as f:
            table = json.load(f)
        tables += 1
        try:
            frame = read(table["path"], table["reading"])
            if len(frame) != table["reading"]["rows"]:
                raise ValueError(f"{len(frame)} rows of {table['reading']['rows']}")
            if table["target"] not in frame.columns:
                raise ValueError(f"no column {table['target']}")
        except Exception as e:  # whatever pandas raises is a table that it does not read
            refused += 1
            print(f"{table['path']}: {e} ({', '.join(table['traits'])})")
    print(f"{tables - refused} of {tables} tables are read")
    sys.exit(refused > 0 or tables == 0)


main()
