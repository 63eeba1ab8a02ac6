"""Writes trainer/testdata/parity/*.json: whole models, and the loss of each of 200 steps of training them.

Run from the root of the repository:  python scripts/parity/training.py

Each model is also trained in float64; how far the losses of the two trainings drift apart is printed and
written. It says how much of a difference rounding alone makes.
"""

import copy
import json
import pathlib

import torch
import torch.nn.functional as F
from torch import nn

from fixture import generator, named, versions
from modules import MLP, Block, ConvBlock, buffers, leaves, scramble, token_mean

STEPS, BATCHES, CLIP = 200, 4, 1.0


class Regression(nn.Module):
    """facts (B, 6) -> MLP -> a linear head; mean squared error."""

    def __init__(self):
        super().__init__()
        self.encoders = nn.ModuleDict({"facts": nn.ModuleDict({"mlp": MLP("relu", 6, 16, 12)})})
        self.head = nn.Linear(12, 1)

    def forward(self, facts):
        return self.head(F.relu(self.encoders["facts"]["mlp"](facts)))

    def loss(self, batch):
        return F.mse_loss(self(batch["facts"]), batch["targets"])

    @staticmethod
    def batch(gen):
        x = torch.randn((16, 6), generator=gen)
        y = torch.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:3]
        return {"facts": x, "targets": y}


class Picture(nn.Module):
    """picture (B, 3, 8, 8) -> two conv blocks -> tokens (B, 4, 8) -> projection -> out (B, 4, dim)."""

    def __init__(self, dim):
        super().__init__()
        self.block0 = ConvBlock(3, 6)
        self.block1 = ConvBlock(6, 8)
        self.project = nn.Linear(8, dim)

    def forward(self, x):
        return self.project(self.block1(self.block0(x)).flatten(2).transpose(1, 2))


class Classification(nn.Module):
    """Picture -> one self block over its tokens -> norm -> their mean -> a linear head; cross-entropy."""

    def __init__(self):
        super().__init__()
        self.encoders = nn.ModuleDict({"picture": Picture(8)})
        self.block0 = Block(8, 2, 16)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, picture):
        return self.head(self.norm(self.block0(self.encoders["picture"](picture))).mean(1))

    def loss(self, batch):
        return F.cross_entropy(self(batch["picture"]), batch["targets"])

    @staticmethod
    def batch(gen):
        return {"picture": torch.randn((8, 3, 8, 8), generator=gen), "targets": torch.randint(3, (8,), generator=gen)}


class Caption(nn.Module):
    """ids (B, 7), mask (B, 7) -> embedding + positions -> one self block -> norm -> (B, 7, dim)."""

    def __init__(self, dim):
        super().__init__()
        self.embedding = nn.Embedding(20, dim, padding_idx=0)
        self.position = nn.Parameter(0.1 * torch.randn(7, dim))
        self.block0 = Block(dim, 2, 16)
        self.norm = nn.LayerNorm(dim)

    def forward(self, ids, mask):
        return self.norm(self.block0(self.embedding(ids) + self.position, mask))


class Fusion(nn.Module):
    """Three inputs. Picture and caption attend to each other, both from what the encoders gave; the masked
    means of the two and the MLP of the facts are joined in this order; a linear head; cross-entropy with
    label smoothing 0.1."""

    def __init__(self, dim=8):
        super().__init__()
        self.encoders = nn.ModuleDict({
            "picture": Picture(dim),
            "caption": Caption(dim),
            "facts": nn.ModuleDict({"mlp": MLP("relu", 5, 12, dim)}),
        })
        self.fusion = nn.ModuleDict({
            "picture_caption": Block(dim, 2, 16, cross=True),  # picture attends to caption
            "caption_picture": Block(dim, 2, 16, cross=True),
        })
        self.head = nn.Linear(3 * dim, 4)

    def forward(self, batch):
        p = self.encoders["picture"](batch["picture"])
        c = self.encoders["caption"](batch["caption"], batch["mask"])
        f = self.encoders["facts"]["mlp"](batch["facts"])
        p2 = self.fusion["picture_caption"].cross(p, c, batch["mask"])
        c2 = self.fusion["caption_picture"].cross(c, p)
        return self.head(torch.cat([p2.mean(1), token_mean(c2, batch["mask"]), f], 1))

    def loss(self, batch):
        return F.cross_entropy(self(batch), batch["targets"], label_smoothing=0.1)

    @staticmethod
    def batch(gen):
        lengths = torch.randint(1, 8, (8,), generator=gen)
        mask = (torch.arange(7)[None] < lengths[:, None]).float()
        ids = torch.randint(1, 20, (8, 7), generator=gen) * mask.long()
        return {
            "picture": torch.randn((8, 3, 8, 8), generator=gen), "caption": ids, "mask": mask,
            "facts": torch.randn((8, 5), generator=gen), "targets": torch.randint(4, (8,), generator=gen),
        }


def decays(name, p):
    """Weights decay; biases, gains of norms, embeddings and positions do not."""
    return p.ndim > 1 and not name.endswith(("embedding.weight", "position"))


def rate(step, base, warmup, cosine):
    """The learning rate of a step from 0, as package optim defines it."""
    if step < warmup:
        return base * (step + 1) / warmup
    u = min((step - warmup) / (STEPS - warmup), 1)
    return base * (1 + torch.cos(torch.tensor(torch.pi * u, dtype=torch.float64)).item()) / 2 if cosine else base


def train(model, batches, base, warmup, cosine):
    groups = [
        {"params": [p for n, p in model.named_parameters() if decays(n, p)], "weight_decay": 0.01},
        {"params": [p for n, p in model.named_parameters() if not decays(n, p)], "weight_decay": 0.0},
    ]
    opt = torch.optim.AdamW(groups, lr=base, betas=(0.9, 0.999), eps=1e-8)
    losses, norms, first = [], [], None
    model.train()
    for step in range(STEPS):
        for g in opt.param_groups:
            g["lr"] = rate(step, base, warmup, cosine)
        opt.zero_grad()
        loss = model.loss(batches[step % BATCHES])
        loss.backward()
        if step == 0:
            first = [named(k, t) for k, t in leaves(model, lambda p: p.grad)]
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)))
        opt.step()
        losses.append(float(loss.detach()))
    return losses, norms, first


def fixture(name, cls, base, warmup, cosine):
    gen = generator(name)
    torch.manual_seed(gen.initial_seed())
    model = cls()
    scramble(model, gen)
    # Two decimals are enough for data, and small to store.
    batches = [{k: v if v.dtype == torch.int64 else (v * 100).round() / 100 for k, v in cls.batch(gen).items()} for _ in range(BATCHES)]
    content = {
        "versions": versions(), "name": name,
        "optimizer": {"type": "adamw", "learning_rate": base, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
        "schedule": {"type": "cosine" if cosine else "constant", "warmup": warmup},
        "clip_norm": CLIP, "steps": STEPS,
        "params": [{**named(n, t), "decay": decays(n, t)} for n, t in leaves(model)],
        "buffers": [named(n, t) for n, t in buffers(model)],
        "batches": [[named(k, v) for k, v in b.items()] for b in batches],
    }
    double = copy.deepcopy(model).double()
    losses, norms, first = train(model, batches, base, warmup, cosine)
    exact, _, _ = train(double, [{k: v.double() if v.is_floating_point() else v for k, v in b.items()} for b in batches], base, warmup, cosine)
    drift = max(abs(a - b) for a, b in zip(losses, exact))
    content |= {"losses": losses, "norms": norms, "drift": drift, "first_grads": first, "buffers_after": [named(n, t) for n, t in buffers(model)]}
    path = pathlib.Path(f"trainer/testdata/parity/{name}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    clipped = sum(n > CLIP for n in norms)
    print(f"{path}: {path.stat().st_size} bytes, loss {losses[0]:.3f} -> {losses[-1]:.3f}, {clipped} steps clipped, drift of float32 {drift:.1e}")
    assert drift < 2e-4, "too sensitive to compare with"


fixture("mlp", Regression, 3e-3, 0, cosine=False)
fixture("cnn", Classification, 3e-3, 10, cosine=False)
fixture("fusion", Fusion, 3e-3, 10, cosine=True)
