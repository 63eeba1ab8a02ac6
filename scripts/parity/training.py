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
from modules import MLP, Block, ConvBlock, buffers, masked_mean, scramble

STEPS, BATCHES, CLIP = 200, 4, 1.0


# Encoders: (tokens (B, T, D), mask (B, T), pooled (B, D)). present is (B, 1).


class CNN(nn.Module):
    """pixels (B, C, H, W): stages of one block, each followed by a max pool; H'·W' tokens."""

    def __init__(self, channels, tokens, dim=None, attended=True):
        super().__init__()
        for i, (a, b) in enumerate(zip(channels, channels[1:])):
            self.add_module(f"stage{i}", nn.ModuleDict({"block0": ConvBlock(a, b)}))
        self.stages = len(channels) - 1
        self.project = nn.Linear(channels[-1], dim) if dim else nn.Identity()
        if attended:
            self.position = nn.Parameter(0.1 * torch.randn(tokens, dim or channels[-1]))

    def forward(self, pixels, present):
        x = pixels
        for i in range(self.stages):
            x = F.max_pool2d(getattr(self, f"stage{i}")["block0"](x, present[:, 0]), 2)
        x = self.project(x.flatten(2).transpose(1, 2))
        mask = present.expand(-1, x.shape[1])
        return x + getattr(self, "position", 0), mask, masked_mean(x, mask)


class Transformer(nn.Module):
    """ids (B, T), mask (B, T): embedding and position, one self block, a norm."""

    def __init__(self, vocabulary, tokens, dim):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim, padding_idx=0)
        self.position = nn.Parameter(0.1 * torch.randn(tokens, dim))
        self.block0 = Block(dim, 2, 16)
        self.norm = nn.LayerNorm(dim)

    def forward(self, ids, mask, present):
        x = self.norm(self.block0(self.embedding(ids) + self.position, mask))
        return x, mask * present, masked_mean(x, mask)


class ColumnTokens(nn.Module):
    """numeric (B, N): x · weight + bias, a token a column."""

    def __init__(self, columns, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(columns, dim))
        self.bias = nn.Parameter(torch.randn(columns, dim))

    def forward(self, x):
        return x[:, :, None] * self.weight + self.bias


class Tabular(nn.Module):
    """numeric (B, N): an MLP with an activation behind each layer; its result is a token, perhaps behind one a column."""

    def __init__(self, columns, *hidden, column_tokens=False):
        super().__init__()
        self.mlp = MLP("relu", columns, *hidden)
        if column_tokens:
            self.tokens = ColumnTokens(columns, hidden[-1])

    def forward(self, numeric, present):
        pooled = F.relu(self.mlp(numeric))
        tokens = pooled[:, None]
        if hasattr(self, "tokens"):
            tokens = torch.cat([self.tokens(numeric), tokens], 1)
        return tokens, present.expand(-1, tokens.shape[1]), pooled


class Join(nn.Module):
    """[LN(P x); …] by name, (B, M·D); absent rows have a learned vector instead."""

    def __init__(self, dims, dim):
        super().__init__()
        self.names = sorted(dims)
        for n in self.names:
            m = nn.ModuleDict({"project": nn.Linear(dims[n], dim), "norm": nn.LayerNorm(dim)})
            m.absent = nn.Parameter(0.1 * torch.randn(dim))
            self.add_module(n, m)

    def forward(self, pooled, present):
        out = []
        for n in self.names:
            m = getattr(self, n)
            out.append(torch.where(present[n] > 0, m["norm"](m["project"](pooled[n])), m.absent))
        return torch.cat(out, 1)


class Concat(Join):
    """Pooled vectors joined, one layer behind."""

    def __init__(self, dims, dim, hidden):
        super().__init__(dims, dim)
        self.mlp = MLP("relu", len(dims) * dim, hidden)

    def forward(self, encoded, present):
        return F.relu(self.mlp(super().forward({n: e[2] for n, e in encoded.items()}, present)))


class CrossAttention(nn.Module):
    """Every pair (a, b): a's tokens attend to b's, one block. The mean of what a learnt from those present, or
    a's own tokens where none is; the mean over a's mask; then joined."""

    def __init__(self, dims, dim, pairs):
        super().__init__()
        for n in sorted(dims):
            if dims[n] != dim:
                self.add_module(n, nn.ModuleDict({"tokens": nn.Linear(dims[n], dim)}))
        self.pairs = sorted(pairs)
        for a, b in self.pairs:
            self.add_module(f"{a}_to_{b}", nn.ModuleDict({"layer0": Block(dim, 2, 16, cross=True)}))
        self.join = Join({n: dim for n in dims}, dim)

    def forward(self, encoded, present):
        xs = {n: getattr(self, n)["tokens"](e[0]) if hasattr(self, n) else e[0] for n, e in encoded.items()}
        pooled = {}
        for a, x in xs.items():
            sources = [b for q, b in self.pairs if q == a]
            if sources:
                learnt = [getattr(self, f"{a}_to_{b}")["layer0"].cross(x, xs[b], encoded[b][1]) for b in sources]
                shares = torch.stack([present[b] for b in sources])[:, :, :, None]  # (M, B, 1, 1)
                mean = (torch.stack(learnt) * shares).sum(0) / shares.sum(0).clamp(min=1)
                x = torch.where(shares.sum(0) > 0, mean, x)
            pooled[a] = masked_mean(x, encoded[a][1])
        return self.join(pooled, present)


class Model(nn.Module):
    """Encoders, a fusion unless there is one input, and a linear head. Batches are by "<input>.<feature>"."""

    def __init__(self, encoders, fusion, width, outputs):
        super().__init__()
        self.encoders = nn.ModuleDict(encoders)
        if fusion:
            self.fusion = fusion
        self.head = nn.Linear(width, outputs)

    def forward(self, batch):
        encoded, present = {}, {}
        for n, e in self.encoders.items():
            features = [v for k, v in batch.items() if k.startswith(n + ".")]  # the last one is presence
            encoded[n], present[n] = e(*features), features[-1]
        if hasattr(self, "fusion"):
            return self.head(self.fusion(encoded, present))
        return self.head(next(iter(encoded.values()))[2])


def pictures(gen, b, present=None):
    return {"picture.pixels": torch.randn((b, 3, 8, 8), generator=gen), "picture.present": torch.ones(b, 1) if present is None else present}


def captions(gen, b, present=None):
    """Sentences of 1 to 7 words of 19; an absent one has none."""
    present = torch.ones(b, 1) if present is None else present
    mask = (torch.arange(7)[None] < torch.randint(1, 8, (b, 1), generator=gen)).float() * present
    ids = torch.randint(1, 20, (b, 7), generator=gen) * mask.long()
    return {"caption.ids": ids, "caption.mask": mask, "caption.present": present}


def facts(gen, b, columns, present=None):
    return {"facts.numeric": torch.randn((b, columns), generator=gen), "facts.present": torch.ones(b, 1) if present is None else present}


def mlp():
    def batch(gen):
        x = facts(gen, 16, 6)
        v = x["facts.numeric"]
        return {**x, "target": torch.sin(2 * v[:, :1]) + v[:, 1:2] * v[:, 2:3]}

    return Model({"facts": Tabular(6, 16, 12)}, None, 12, 1), batch, F.mse_loss


def concat():
    def batch(gen):
        return {**pictures(gen, 8), **captions(gen, 8), "target": torch.randint(2, (8, 1), generator=gen).float()}

    dims = {"picture": 8, "caption": 8}
    encoders = {"picture": CNN([3, 6, 8], 4, attended=False), "caption": Transformer(20, 7, 8)}
    return Model(encoders, Concat(dims, 6, 10), 10, 1), batch, F.binary_cross_entropy_with_logits


def cross_attention():
    def batch(gen):
        return {**pictures(gen, 8), **captions(gen, 8), **facts(gen, 8, 5), "target": torch.randint(4, (8,), generator=gen)}

    dims = {"picture": 8, "caption": 8, "facts": 8}
    encoders = {"picture": CNN([3, 6, 8], 4), "caption": Transformer(20, 7, 8), "facts": Tabular(5, 12, 8)}
    fusion = CrossAttention(dims, 8, [("picture", "caption"), ("caption", "picture")])
    return Model(encoders, fusion, 24, 4), batch, lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1)


CLASS_WEIGHTS = [0.5, 2.0, 1.0]


def missing():
    """Every pair, tokens a column, widths that differ, and a third of the inputs absent, never all of a row."""

    def batch(gen):
        p = (torch.rand((8, 3), generator=gen) > 1 / 3).float()
        p[p.sum(1) == 0] = torch.tensor([0.0, 1, 0])
        p[0] = torch.tensor([1.0, 1, 1])
        a, b, c = (p[:, i : i + 1] for i in range(3))
        # What an absent row holds, numbers as any other, must not matter.
        return {**pictures(gen, 8, a), **captions(gen, 8, b), **facts(gen, 8, 5, c), "target": torch.randint(3, (8,), generator=gen)}

    dims = {"picture": 8, "caption": 6, "facts": 8}
    encoders = {"picture": CNN([3, 6, 10], 4, dim=8), "caption": Transformer(20, 7, 6), "facts": Tabular(5, 12, 8, column_tokens=True)}
    fusion = CrossAttention(dims, 8, [(a, b) for a in dims for b in dims if a != b])

    def loss(x, y):
        return F.cross_entropy(x, y, torch.tensor(CLASS_WEIGHTS, dtype=x.dtype))

    return Model(encoders, fusion, 24, 3), batch, loss


def decays(name, p):
    """Weights decay; biases, norms, embeddings, positions and learned vectors do not."""
    return p.ndim > 1 and not name.endswith(("embedding.weight", "position", "tokens.bias"))


def rate(step, base, warmup, cosine):
    """The learning rate of a step from 0, as package optim defines it."""
    if step < warmup:
        return base * (step + 1) / warmup
    u = min((step - warmup) / (STEPS - warmup), 1)
    return base * (1 + torch.cos(torch.tensor(torch.pi * u, dtype=torch.float64)).item()) / 2 if cosine else base


def train(model, loss_of, batches, base, warmup, cosine):
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
        batch = batches[step % BATCHES]
        loss = loss_of(model(batch), batch["target"])
        loss.backward()
        for p in model.parameters():
            if p.grad is None:  # not reached
                p.grad = torch.zeros_like(p)
        if step == 0:
            first = [named(n, p.grad) for n, p in model.named_parameters()]
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)))
        opt.step()
        losses.append(float(loss.detach()))
    return losses, norms, first


def fixture(make, base, warmup=0, cosine=False):
    name = make.__name__
    gen = generator(name)
    torch.manual_seed(gen.initial_seed())
    model, batch, loss_of = make()
    scramble(model, gen)
    # Two decimals are enough for data, and small to store.
    batches = [{k: v if v.dtype == torch.int64 else (v * 100).round() / 100 for k, v in batch(gen).items()} for _ in range(BATCHES)]
    content = {
        "versions": versions(), "name": name,
        "optimizer": {"type": "adamw", "learning_rate": base, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
        "schedule": {"type": "cosine" if cosine else "constant", "warmup": warmup},
        "clip_norm": CLIP, "steps": STEPS,
        "params": [{**named(n, p), "decay": decays(n, p)} for n, p in model.named_parameters()],
        "buffers": [named(n, t) for n, t in buffers(model)],
        "batches": [[named(k, v) for k, v in b.items()] for b in batches],
    }
    double, other = copy.deepcopy(model).double(), copy.deepcopy(model)
    losses, norms, first = train(model, loss_of, batches, base, warmup, cosine)
    exact, _, _ = train(double, loss_of, [{k: v.double() if v.is_floating_point() else v for k, v in b.items()} for b in batches], base, warmup, cosine)
    drift = max(abs(a - b) for a, b in zip(losses, exact))
    content |= {"losses": losses, "norms": norms, "drift": drift, "first_grads": first, "buffers_after": [named(n, t) for n, t in buffers(model)]}
    path = pathlib.Path(f"trainer/testdata/parity/{name}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    clipped = sum(n > CLIP for n in norms)
    print(f"{path}: {path.stat().st_size} bytes, loss {losses[0]:.3f} -> {losses[-1]:.3f}, {clipped} steps clipped, drift of float32 {drift:.1e}")
    assert drift < 2e-4, "too sensitive to compare with"
    if name == "missing":
        blank = [{k: v * b[k.split(".")[0] + ".present"].reshape(-1, *[1] * (v.ndim - 1)) if k.endswith(("pixels", "numeric")) else v for k, v in b.items()} for b in batches]
        again, _, _ = train(other, loss_of, blank, base, warmup, cosine)
        assert max(abs(a - b) for a, b in zip(losses, again)) < 2e-4, "what absent rows hold matters"


fixture(mlp, 3e-3)
fixture(concat, 3e-3, warmup=10)
fixture(cross_attention, 3e-3, warmup=10, cosine=True)
fixture(missing, 3e-3, warmup=10, cosine=True)
