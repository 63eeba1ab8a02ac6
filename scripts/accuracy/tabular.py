"""Measures encoders of tables beside scikit-learn's HistGradientBoosting, and prints a table in Markdown.

    python scripts/accuracy/tabular.py CHIASM TABLES WORK [NAME ...]

CHIASM is the program, TABLES the folder that tables.py wrote. Each variant is the config that
`chiasm init` writes, with the encoder changed, trained with three seeds on the rows for training;
the rows for validation choose the epoch. Boosting gets the rows for training and validation
together, in its default setting. All figures are of the rows for testing: accuracy in percent, or
the root mean squared error.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from tables import TABLES

SEEDS = 1, 2, 3
VARIANTS = {
    "init": None,
    "tabm": "{type: tabm}",
    "tabm, periodic": "{type: tabm, numeric_embedding: periodic}",
    "tabm, piecewise": "{type: tabm, numeric_embedding: piecewise}",
}


def boosting(name, folder, target, task):
    table = pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
    split, y = table.pop("split"), table.pop(target)
    for column in table.columns:
        if not pd.api.types.is_numeric_dtype(table[column]):
            table[column] = table[column].astype("category")
    train, test = split != "test", split == "test"
    kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    scores = []
    for seed in SEEDS:
        predicted = kind(random_state=seed, categorical_features="from_dtype").fit(table[train], y[train]).predict(table[test])
        if task == "regression":
            scores.append(float(np.sqrt(((predicted - y[test]) ** 2).mean())))
        else:
            scores.append(100 * float((predicted == y[test]).mean()))
    return scores


def ours(program, name, folder, target, task, work, variant, encoder):
    config = work / f"{name}.yaml"
    if not config.exists():
        subprocess.run([program, "init", "--data", folder / f"{name}.csv", "--target", target, "--output", config], check=True, capture_output=True)
    scores, validation = [], []
    for seed in SEEDS:
        run = work / f"{name}-{variant.replace(', ', '-')}-{seed}"
        if not (run / "result.json").exists():
            sets = ["--set", f"seed={seed}"] + (["--set", f"inputs.facts.encoder={encoder}"] if encoder else [])
            subprocess.run([program, "train", "--config", config, "--output", run, "--force", *sets], check=True, capture_output=True)
        result = json.loads((run / "result.json").read_text())
        metric = "rmse" if task == "regression" else "accuracy"
        factor = 1 if task == "regression" else 100
        scores.append(factor * result["test"][metric])
        validation.append(factor * result["validation"][metric])
    return scores, validation


def main(program, folder, work, names):
    work.mkdir(parents=True, exist_ok=True)
    print("| table | " + " | ".join(VARIANTS) + " | boosting |")
    print("|---" * (len(VARIANTS) + 2) + "|")
    for name in names or TABLES:
        _, _, target, task, _ = TABLES[name]
        places = 1 if task != "regression" else max(0, 3 - len(str(int(pd.read_csv(folder / f"{name}.csv")[target].std()))))
        cells = []
        for variant, encoder in VARIANTS.items():
            test, validation = ours(program, name, folder, target, task, work, variant, encoder)
            cells.append(f"{np.mean(test):.{places}f} ({np.mean(validation):.{places}f})")
        cells.append(f"{np.mean(boosting(name, folder, target, task)):.{places}f}")
        print(f"| {name} ({'RMSE' if task == 'regression' else 'accuracy'}) | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4:])
