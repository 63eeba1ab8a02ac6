"""Writes optim/testdata/parity.json: 100 steps of PyTorch's optimizers and schedules.

Run from the root of the repository:  python scripts/parity/optim.py

The gradient of a case is computed by both sides from the parameters, in float32 and in this order,
so that errors would feed back as they do in training, and the fixture stays small:

    g[i] = scale * (a[i] * (p[i] - c[i]) + ((7919*t + 104729*i) % 2003 - 1001) / 2048)

with t the step from 0. The groups are in "groups": long enough that vector kernels have whole vectors
and a rest in each.
"""

import json
import math
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler as lrs

from fixture import numbers, versions

warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")  # schedulers call it of each other

STEPS = 100
KEEP = (0, 1, 9, 49, 99)  # steps after which the parameters are written
GROUPS = ((0, 37, True), (37, 58, False), (58, 77, True))


def start():
    gen = torch.Generator().manual_seed(1)
    p = torch.randn(GROUPS[-1][1], generator=gen)
    a = torch.rand(GROUPS[-1][1], generator=gen) * 2 + 0.1
    c = torch.randn(GROUPS[-1][1], generator=gen)
    return p, a, c


def gradient(p, a, c, t, scale):
    noise = torch.tensor([((7919 * t + 104729 * i) % 2003 - 1001) / 2048 for i in range(len(p))], dtype=torch.float32)
    return (a * (p - c) + noise) * scale


def optimizer_case(name, kind, options, decay=0.0, schedule=None, clip=0.0, scale=1.0):
    p0, a, c = start()
    parts = [torch.nn.Parameter(p0[lo:hi].clone()) for lo, hi, _ in GROUPS]
    groups = [{"params": [q], "weight_decay": decay if d else 0.0} for q, (_, _, d) in zip(parts, GROUPS)]
    if kind == "adamw":
        opt = torch.optim.AdamW(groups, lr=options["learning_rate"], betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
    else:
        opt = torch.optim.SGD(groups, lr=options["learning_rate"], momentum=options["momentum"], nesterov=options["nesterov"])
    scheduler = make_schedule(opt, **schedule) if schedule else None
    kept, norms = [], []
    for t in range(STEPS):
        g = gradient(torch.cat([q.detach() for q in parts]), a, c, t, scale)
        for q, (lo, hi, _) in zip(parts, GROUPS):
            q.grad = g[lo:hi].clone()
        if clip:
            norms.append(float(torch.nn.utils.clip_grad_norm_(parts, clip)))
        opt.step()
        if scheduler:
            scheduler.step()
        if t in KEEP:
            kept.append(numbers(torch.cat([q.detach() for q in parts])))
    return {
        "name": name, "kind": kind, "options": {**options, "weight_decay": decay}, "schedule": schedule, "clip": clip, "scale": scale,
        "start": numbers(p0), "a": numbers(a), "c": numbers(c), "params": kept, "norms": [norms[t] for t in KEEP] if clip else None,
    }


def make_schedule(opt, type, warmup=0, final_factor=0.0, step_size=0, gamma=1.0):
    rest = STEPS - warmup
    if type == "constant":
        main = lrs.ConstantLR(opt, factor=1.0, total_iters=rest)
    elif type == "cosine":
        base = opt.param_groups[0]["lr"]
        main = lrs.CosineAnnealingLR(opt, T_max=rest, eta_min=base * final_factor)
    elif type == "linear":
        main = lrs.LinearLR(opt, start_factor=1.0, end_factor=final_factor, total_iters=rest)
    else:
        main = lrs.StepLR(opt, step_size=step_size, gamma=gamma)
    if warmup == 0:
        return main
    # A rise from base/W at step 0 to base at step W-1.
    up = lrs.LinearLR(opt, start_factor=1 / warmup, end_factor=1.0, total_iters=max(warmup - 1, 1))
    return lrs.SequentialLR(opt, [up, main], milestones=[warmup])


def schedule_case(name, base, **schedule):
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    scheduler = make_schedule(opt, **schedule)
    rates = []
    for _ in range(STEPS):
        rates.append(opt.param_groups[0]["lr"])
        opt.step()
        scheduler.step()
    assert all(math.isfinite(r) for r in rates)
    return {"name": name, "base": base, "schedule": schedule, "rates": rates}


ADAM = {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
SGD = {"learning_rate": 0.05, "momentum": 0.9, "nesterov": False}

fixture = {
    "versions": versions(),
    "steps": STEPS,
    "kept": KEEP,
    "groups": [{"lo": lo, "hi": hi, "decay": d} for lo, hi, d in GROUPS],
    "optimizers": [
        optimizer_case("adamw with decay groups", "adamw", ADAM, decay=0.1),
        optimizer_case("adamw without decay", "adamw", ADAM),
        optimizer_case("adamw other betas", "adamw", {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}, decay=0.05),
        optimizer_case("adamw clipped, cosine with warm-up", "adamw", ADAM, decay=0.1, clip=1.0, scale=3.0,
                       schedule={"type": "cosine", "warmup": 10, "final_factor": 0.05}),
        optimizer_case("sgd plain", "sgd", {**SGD, "momentum": 0.0}, decay=0.02),
        optimizer_case("sgd momentum", "sgd", SGD, decay=0.02),
        optimizer_case("sgd nesterov", "sgd", {**SGD, "nesterov": True}, decay=0.02),
        optimizer_case("sgd momentum clipped, linear with warm-up", "sgd", SGD, clip=0.5,
                       schedule={"type": "linear", "warmup": 5, "final_factor": 0.1}),
    ],
    "schedules": [
        schedule_case("constant", 0.1, type="constant"),
        schedule_case("constant warm-up", 0.1, type="constant", warmup=7),
        schedule_case("cosine", 0.001, type="cosine"),
        schedule_case("cosine warm-up", 0.001, type="cosine", warmup=10, final_factor=0.05),
        schedule_case("linear", 0.3, type="linear", final_factor=0.25),
        schedule_case("linear warm-up", 0.3, type="linear", warmup=20),
        schedule_case("step", 0.5, type="step", step_size=30, gamma=0.1),
        schedule_case("step warm-up", 0.5, type="step", warmup=5, step_size=17, gamma=0.5),
    ],
}

out = pathlib.Path("optim/testdata/parity.json")
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
print(out, out.stat().st_size, "bytes")
