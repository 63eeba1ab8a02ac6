"""Writes trainer/testdata/classweights.json: a small network trained with class weights, whole batches at a time.

Run from the root of the repository:  python scripts/parity/classweights.py

It is numpy in float64 with the gradients written out, and needs no PyTorch. In PyTorch the losses are
  binary, multilabel  (F.binary_cross_entropy_with_logits(x, t, weight=w, reduction="sum") / w.sum()), where w
                      is the weight of each answer: w[0] where t is 0, w[1] where it is 1
  multiclass          F.cross_entropy(x, y, weight=w, label_smoothing=s)
and a step is that of torch.optim.SGD.
"""

import json
import pathlib

import numpy as np

ROWS, STEPS, RATE = 20, 6, 0.5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def binary(x, t, weights):
    """x, t (B, C), weights (C, 2): the loss and its gradient."""
    w = np.where(t == 1, weights[:, 1], weights[:, 0])
    losses = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))) - x * t
    return (w * losses).sum() / w.sum(), w * (sigmoid(x) - t) / w.sum()


def multiclass(x, y, weights, smoothing):
    """x (B, C), y (B), weights (C)."""
    rows, c = x.shape
    logs = x - x.max(1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(1, keepdims=True))
    total = weights[y].sum()
    target = np.zeros_like(x) + smoothing / c * weights
    target[np.arange(rows), y] += (1 - smoothing) * weights[y]
    return -(target * logs).sum() / total, (target.sum(1, keepdims=True) * np.exp(logs) - target) / total


def train(x, size, loss, rng):
    params = {
        "encoders.facts.mlp.0.weight": rng.normal(size=(3, 2)), "encoders.facts.mlp.0.bias": rng.normal(size=3),
        "head.weight": rng.normal(size=(size, 3)), "head.bias": rng.normal(size=size),
    }
    params = {k: v.astype(np.float32).astype(np.float64) for k, v in params.items()}
    before = {k: v.tolist() for k, v in params.items()}
    losses = []
    w1, b1, w2, b2 = params.values()
    for _ in range(STEPS):
        h = x @ w1.T + b1
        a = np.maximum(h, 0)
        value, dx = loss(a @ w2.T + b2)
        losses.append(value)
        dh = (dx @ w2) * (h > 0)
        w2, b2 = w2 - RATE * dx.T @ a, b2 - RATE * dx.sum(0)
        w1, b1 = w1 - RATE * dh.T @ x, b1 - RATE * dh.sum(0)
    after = dict(zip(params, (v.tolist() for v in (w1, b1, w2, b2))))
    return {"before": before, "after": after, "losses": losses}


def main():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(ROWS, 2)).round(3)
    z = (x - x.mean(0)) / x.std(0)
    y = np.array([0] * 11 + [1] * 6 + [2] * 3)
    marks = (rng.random((ROWS, 3)) < [0.5, 0.2, 0.8]).astype(float)
    cases = []

    def case(type, weights, loss, size, smoothing=0.0, absent=None):
        cases.append({"type": type, "weights": weights, "absent": absent, "smoothing": smoothing, **train(z, size, loss, rng)})

    yes = (y > 0).astype(float)[:, None]
    for w in ([1.0, 1.0], [0.5, 8.0], [30.0, 2.0]):
        case("binary", w, lambda s, w=w: binary(s, yes, np.array([w])), 1)
    for w, e in (([1.0, 2.0, 100.0], 0.0), ([0.5, 4.0, 0.25], 0.1)):
        case("multiclass", w, lambda s, w=w, e=e: multiclass(s, y, np.array(w), e), 3, e)
    w, absent = [3.0, 20.0, 1.0], [1.0, 0.5, 6.0]
    case("multilabel", w, lambda s: binary(s, marks, np.array([absent, w]).T), 3, absent=absent)
    out = {"versions": {"numpy": np.__version__}, "rate": RATE, "x": x.tolist(), "labels": y.tolist(), "marks": marks.astype(int).tolist(), "cases": cases}
    path = pathlib.Path("trainer/testdata/classweights.json")
    path.write_text(json.dumps(out, indent=1) + "\n")


main()
