"""Measures what balances the inputs of fused models, and prints a table in Markdown.

    python scripts/accuracy/fusions.py CHIASM CONFIG WORK [VARIANT ...]

CHIASM is the program, CONFIG a config of several inputs such as examples/clipart/train.yaml. Each
variant is trained with seeds 1 to 3 on the rows for training; the rows for validation choose the
epoch. Figures are accuracies, the mean over the seeds and, in parentheses, the lowest and highest.
A run that is in WORK already is read and not trained again.
"""

import json
import pathlib
import subprocess
import sys

SEEDS = 1, 2, 3

# Variant: the fusion, and other keys.
VARIANTS = {
    "score_average": ("{type: score_average, dropout: 0}",),
    "concat": ("{type: concat}",),
    "concat, auxiliary": ("{type: concat}", "training.balance=auxiliary"),
    "concat, pareto": ("{type: concat}", "training.balance=pareto"),
    "concat, dropout 0.5": ("{type: concat}", "training.modality_dropout=0.5"),
    "concat, dropout 0.5, auxiliary": ("{type: concat}", "training.modality_dropout=0.5", "training.balance=auxiliary"),
    "concat, dropout 0.5, pareto": ("{type: concat}", "training.modality_dropout=0.5", "training.balance=pareto"),
    "concat, average": ("{type: concat, dropout: 0.5}", "training.balance=average"),
    "cross_attention": ("{type: cross_attention}",),
    "cross_attention, average": ("{type: cross_attention, dropout: 0.5}", "training.balance=average"),
    "cross_attention, auxiliary": ("{type: cross_attention}", "training.balance=auxiliary"),
    "cross_attention, pareto": ("{type: cross_attention}", "training.balance=pareto"),
    "cross_attention, dropout 0.5, pareto": ("{type: cross_attention}", "training.modality_dropout=0.5", "training.balance=pareto"),
}


def run(program, config, work, name, seed, keys):
    folder = work / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}"
    if not (folder / "result.json").exists():
        sets = [x for k in (f"seed={seed}", "fusion=" + keys[0], *keys[1:]) for x in ("--set", k)]
        command = [program, "train", "--config", config, "--output", folder, "--force", "--no-study", *sets]
        subprocess.run(command, check=True, capture_output=True)
    return json.loads((folder / "result.json").read_text())


def cell(values):
    return f"{sum(values) / len(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def main(program, config, work, names):
    work.mkdir(parents=True, exist_ok=True)
    print("| variant | validation | test |\n|---|---|---|")
    for name in names or VARIANTS:
        results = [run(program, config, work, name, seed, VARIANTS[name]) for seed in SEEDS]
        print(f"| {name} | " + " | ".join(cell([r[split]["accuracy"] for r in results]) for split in ("validation", "test")) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:])
