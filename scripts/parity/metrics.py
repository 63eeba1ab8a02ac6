"""Writes metrics/testdata/parity.json: figures of scikit-learn on small tables.

Run from the root of the repository:  python scripts/parity/metrics.py

Probabilities are multiples of 1/64, exact in float32 and full of ties, but for the case "no ties".
Undefined figures are null. scikit-learn has no expected calibration error; it is computed here from
its definition, with 15 bins.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics as sk

NAN = float("nan")


def quantise(p):
    """Rounds rows to multiples of 1/64 that still sum to one."""
    whole = np.floor(p * 64)
    for row, rest in zip(whole, p * 64 - whole):
        row[np.argsort(-rest)[: int(64 - row.sum())]] += 1
    return whole / 64


def defined_mean(values):
    values = [v for v in values if not np.isnan(v)]
    return float(np.mean(values)) if values else NAN


def roc_auc(truth, score):
    return float(sk.roc_auc_score(truth, score)) if 0 < truth.sum() < len(truth) else NAN


def average_precision(truth, score):
    return float(sk.average_precision_score(truth, score)) if truth.sum() else NAN


def top_k(p, y, k):
    target = p[np.arange(len(y)), y][:, None]
    earlier = np.arange(p.shape[1])[None] < y[:, None]
    return float((((p > target) | ((p == target) & earlier)).sum(1) < k).mean())


def calibration_error(confidence, right):
    bins = np.clip(np.ceil(confidence * 15).astype(int) - 1, 0, 14)
    return float(sum(abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)))


def classification(name, seed, rows, classes, absent=(), ties=True, sharpness=1.5):
    rng = np.random.default_rng(seed)
    y = rng.choice([c for c in range(classes) if c not in absent], size=rows)
    logits = rng.normal(size=(rows, classes)) + sharpness * np.eye(classes)[y]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    p = quantise(p) if ties else p.astype(np.float32).astype(np.float64)
    predicted = p.argmax(1)
    every = list(range(classes))
    precision, recall, f1, support = sk.precision_recall_fscore_support(y, predicted, labels=every, zero_division=np.nan)
    columns = [1] if classes == 2 else every
    values = {
        "accuracy": float(sk.accuracy_score(y, predicted)),
        "macro_f1": float(sk.f1_score(y, predicted, average="macro")),  # over the classes that occur
        "roc_auc": defined_mean([roc_auc(y == c, p[:, c]) for c in columns]),
        "average_precision": defined_mean([average_precision(y == c, p[:, c]) for c in columns]),
        "calibration_error": calibration_error(p.max(1), predicted == y),
    }
    if classes > 3:
        values["top_3_accuracy"] = top_k(p, y, 3)
    if not ties:
        assert np.isclose(values["top_3_accuracy"], sk.top_k_accuracy_score(y, p, k=3, labels=every))
    if classes > 2 and len(set(y)) == classes and ties:
        assert np.isclose(values["roc_auc"], sk.roc_auc_score(y, p, multi_class="ovr", average="macro"))
    return {
        "name": name, "classes": classes, "probabilities": p.ravel().tolist(), "targets": y.tolist(), "values": values,
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": [int(n) for n in support],
        "confusion": sk.confusion_matrix(y, predicted, labels=every).tolist(),
    }


def multilabel(name, seed, rows, labels, never_true=(), never_predicted=()):
    rng = np.random.default_rng(seed)
    y = (rng.random((rows, labels)) < 0.35).astype(int)
    y[:, list(never_true)] = 0
    p = np.round(64 / (1 + np.exp(-(rng.normal(size=(rows, labels)) + 2 * y - 1)))) / 64
    p[:, list(never_predicted)] /= 4
    predicted = (p > 0.5).astype(int)
    precision, recall, f1, support = sk.precision_recall_fscore_support(y, predicted, zero_division=np.nan)
    return {
        "name": name, "classes": labels, "probabilities": p.ravel().tolist(), "targets": y.ravel().tolist(),
        "values": {
            "subset_accuracy": float(sk.accuracy_score(y, predicted)),
            "micro_f1": float(sk.f1_score(y, predicted, average="micro", zero_division=np.nan)),
            "macro_f1": float(sk.f1_score(y, predicted, average="macro", zero_division=np.nan)),
            "roc_auc": defined_mean([roc_auc(y[:, c], p[:, c]) for c in range(labels)]),
            "average_precision": defined_mean([average_precision(y[:, c], p[:, c]) for c in range(labels)]),
            "calibration_error": calibration_error(np.maximum(p, 1 - p).ravel(), (predicted == y).ravel()),
        },
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": [int(n) for n in support],
    }


def regression(name, seed, rows, mean, noise):
    rng = np.random.default_rng(seed)
    y = mean + rng.normal(size=rows)
    p = y + noise * rng.normal(size=rows)
    return {
        "name": name, "predictions": p.tolist(), "targets": y.tolist(),
        "values": {
            "mae": float(sk.mean_absolute_error(y, p)),
            "rmse": float(sk.root_mean_squared_error(y, p)),
            "r2": float(sk.r2_score(y, p)),
        },
    }


def clean(x):
    """NaN as null, at any depth."""
    if isinstance(x, dict):
        return {k: clean(v) for k, v in x.items()}
    if isinstance(x, list):
        return [clean(v) for v in x]
    return None if isinstance(x, float) and np.isnan(x) else x


fixture = {
    "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    "classification": [
        classification("binary", 1, 80, 2),
        classification("binary of one class", 2, 12, 2, absent=(1,)),
        classification("five classes", 3, 90, 5),
        classification("no ties", 4, 40, 5, ties=False),
        classification("classes that never occur", 5, 40, 6, absent=(2, 5), sharpness=4),
        classification("one row", 6, 1, 4),
        classification("by chance", 7, 70, 3, sharpness=0),
    ],
    "multilabel": [
        multilabel("four labels", 8, 60, 4),
        multilabel("labels never true or never predicted", 9, 30, 5, never_true=(1, 3), never_predicted=(3, 4)),
    ],
    "regression": [
        regression("good", 11, 40, 0, 0.3),
        regression("worse than the mean", 12, 20, 5, 3),
        regression("far from zero", 13, 30, 1e7, 0.5),
    ],
}

out = pathlib.Path("metrics/testdata/parity.json")
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps(clean(fixture), separators=(",", ":")) + "\n")
print(out, out.stat().st_size, "bytes")
