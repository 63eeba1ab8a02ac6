"""A network in PyTorch that reads the weights of `chiasm export --format safetensors`.

It is the twin of one architecture: a picture (cnn) and a caption (transformer)
that attend to each other (cross_attention), joined by concat with facts (mlp):

    fusion: {type: concat, of: [{type: cross_attention, of: [picture, caption]}, facts]}

Modules have the names of parameters, so load_state_dict needs no table, and sizes
come from the weights. Other models are put together of the same parts.

    pip install torch numpy safetensors
    python twin.py WEIGHTS CASE

WEIGHTS is the exported folder, CASE a folder of inputs as .npy files, as
`chiasm export --format onnx --check` leaves them in cases/ where there is no ONNX
Runtime. It prints how far the probabilities are from those in the case.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


def masked_mean(x, mask):
    """Tokens (N, T, D) over those whose mask (N, T) is 1; zeros where there is none."""
    total = mask.sum(1, keepdim=True)
    return (x * mask[:, :, None]).sum(1) / torch.where(total > 0, total, 1.0)


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))

    def forward(self, x, y, mask):
        q, k, v = (f(z).unflatten(2, (self.heads, -1)).transpose(1, 2) for f, z in ((self.query, x), (self.key, y), (self.value, y)))
        keep = mask[:, None, None, :] != 0
        scores = (q @ k.transpose(2, 3) / q.shape[-1] ** 0.5).masked_fill(~keep, -1e30)
        return self.out((scores.softmax(-1) * keep @ v).transpose(1, 2).flatten(2))  # zeros where no key exists


class MLP(nn.ModuleDict):
    """Layers called 0, 1, … with an activation between them."""

    def __init__(self, widths, activation):
        super().__init__({str(i): nn.Linear(a, b) for i, (a, b) in enumerate(zip(widths, widths[1:]))})
        self.activation = activation

    def forward(self, x):
        for i in range(len(self)):
            x = self[str(i)](self.activation(x) if i else x)
        return x


class Block(nn.Module):
    """A pre-norm block of self attention, or, with cross, of attention to y."""

    def __init__(self, dim, heads, hidden, cross=False):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        if cross:
            self.norm_kv = nn.LayerNorm(dim)
        self.attention, self.mlp = Attention(dim, heads), MLP([dim, hidden, dim], F.gelu)

    def forward(self, x, mask, y=None):
        h = self.norm1(x)
        x = x + self.attention(h, h if y is None else self.norm_kv(y), mask)
        return x + self.mlp(self.norm2(x))


class CNN(nn.Module):
    def __init__(self, w):
        super().__init__()
        for i in range(w.count("stage")):
            out, channels, kernel, _ = w.shape(f"stage{i}.block0.conv.weight")
            block = nn.Module()
            block.conv = nn.Conv2d(channels, out, kernel, padding=kernel // 2, bias=False)
            block.norm = nn.BatchNorm2d(out)
            stage = nn.Module()
            stage.block0 = block
            self.add_module(f"stage{i}", stage)
        self.position = nn.Parameter(torch.empty(w.shape("position")))

    def forward(self, x, present):
        for stage in self.children():
            x = F.relu(stage.block0.norm(stage.block0.conv(x)))
            if min(x.shape[2:]) >= 4:
                x = F.max_pool2d(x, 2)
        x = x.flatten(2).transpose(1, 2)
        mask = present.expand(-1, x.shape[1])
        return x + self.position, mask, masked_mean(x, mask)


class Text(nn.Module):
    def __init__(self, w, heads):
        super().__init__()
        self.embedding = nn.Embedding(*w.shape("embedding.weight"))
        self.position = nn.Parameter(torch.empty(w.shape("position")))
        hidden, dim = w.shape("block0.mlp.0.weight")
        self.blocks = w.count("block")
        for i in range(self.blocks):
            self.add_module(f"block{i}", Block(dim, heads, hidden))
        self.norm = nn.LayerNorm(dim)

    def forward(self, ids, mask):
        x = self.embedding(ids) + self.position
        for i in range(self.blocks):
            x = getattr(self, f"block{i}")(x, mask)
        x = self.norm(x)
        return x, mask, masked_mean(x, mask)


class Facts(nn.Module):
    def __init__(self, w, sizes):
        super().__init__()
        if sizes:  # one table for all columns, one after the other
            self.embedding = nn.Embedding(*w.shape("embedding.weight"))
            self.register_buffer("offsets", torch.tensor(np.cumsum([0] + sizes[:-1])), persistent=False)
        self.mlp = MLP(w.widths("mlp"), F.relu)

    def forward(self, numbers, categories):
        if categories is not None:
            numbers = torch.cat([numbers, self.embedding(categories + self.offsets).flatten(1)], 1)
        return F.relu(self.mlp(numbers))


class Join(nn.Module):
    """One modality's place in a joined vector: projected and normalised, or a learned vector where it is absent."""

    def __init__(self, w):
        super().__init__()
        dim, width = w.shape("project.weight")
        self.project, self.norm, self.absent = nn.Linear(width, dim), nn.LayerNorm(dim), nn.Parameter(torch.empty(dim))

    def forward(self, x, present):
        return torch.where(present != 0, self.norm(self.project(x)), self.absent)


class CrossAttention(nn.Module):
    def __init__(self, w, heads):
        super().__init__()
        self.layers = w.at("caption_to_picture").count("layer")
        self.join = nn.ModuleDict({name: Join(w.at("join." + name)) for name in ("caption", "picture")})
        for a, b in (("caption", "picture"), ("picture", "caption")):
            pair = nn.Module()
            for i in range(self.layers):
                hidden, dim = w.shape(f"{a}_to_{b}.layer{i}.mlp.0.weight")
                pair.add_module(f"layer{i}", Block(dim, heads, hidden, cross=True))
            self.add_module(f"{a}_to_{b}", pair)
        for name in ("caption", "picture"):  # where an encoder's width is another one
            if w.has(f"{name}.tokens.weight"):
                m = nn.Module()
                m.tokens = nn.Linear(*reversed(w.shape(f"{name}.tokens.weight")))
                self.add_module(name, m)

    def forward(self, tokens, masks, present):
        x = {n: getattr(self, n).tokens(t) if hasattr(self, n) else t for n, t in tokens.items()}
        out = []
        for a, b in (("caption", "picture"), ("picture", "caption")):
            y = x[a]
            for i in range(self.layers):
                y = getattr(getattr(self, f"{a}_to_{b}"), f"layer{i}")(y, masks[b], x[b])
            y = torch.where(present[b][:, :, None] != 0, y, x[a])  # of an absent one nothing is learned
            out.append(self.join[a](masked_mean(y, masks[a]), present[a]))
        return torch.cat(out, 1)


class Fusion(nn.Module):
    """concat of the cross attention and the facts, in the order of their names."""

    def __init__(self, w, heads):
        super().__init__()
        for name in ("caption+picture", "facts"):
            self.add_module(name, Join(w.at(name)))
        inner, cross = getattr(self, "caption+picture"), CrossAttention(w.at("caption+picture"), heads)
        for name, module in cross.named_children():
            inner.add_module(name, module)
        self.cross, self.mlp = [cross], MLP(w.widths("mlp"), F.relu)  # in a list: its parts are named already

    def forward(self, tokens, masks, facts, present):
        joined = getattr(self, "caption+picture")(self.cross[0](tokens, masks, present), torch.maximum(present["caption"], present["picture"]))
        return F.relu(self.mlp(torch.cat([joined, self.facts(facts, present["facts"])], 1)))


class Twin(nn.Module):
    def __init__(self, w, heads, sizes):
        super().__init__()
        self.encoders = nn.ModuleDict({
            "picture": CNN(w.at("encoders.picture")), "caption": Text(w.at("encoders.caption"), heads), "facts": Facts(w.at("encoders.facts"), sizes),
        })
        self.fusion = Fusion(w.at("fusion"), heads)
        self.head = nn.Linear(*reversed(w.shape("head.weight")))
        self.output = nn.Module()
        if w.has("output.temperature"):
            self.output.register_buffer("temperature", torch.ones(1))

    def forward(self, pixels, ids, mask, numbers, categories, present):
        tokens, masks = {}, {}
        tokens["picture"], masks["picture"], _ = self.encoders["picture"](pixels, present["picture"])
        tokens["caption"], masks["caption"], _ = self.encoders["caption"](ids, mask * present["caption"])
        facts = self.encoders["facts"](numbers, categories)
        logits = self.head(self.fusion(tokens, masks, facts, present))
        return logits / self.output.temperature if hasattr(self.output, "temperature") else logits


class Weights:
    """Weights by name, as seen from a module."""

    def __init__(self, tensors, path=""):
        self.tensors, self.path = tensors, path

    def at(self, name):
        return Weights(self.tensors, self.path + name + ".")

    def has(self, name):
        return self.path + name in self.tensors

    def shape(self, name):
        return tuple(self.tensors[self.path + name].shape)

    def count(self, prefix):
        names = {n[len(self.path) :].split(".")[0] for n in self.tensors if n.startswith(self.path + prefix)}
        return len(names)

    def widths(self, name):
        inside = self.at(name)
        n = len({k for k in self.tensors if k.startswith(inside.path) and k.endswith("weight")})
        return [inside.shape("0.weight")[1]] + [inside.shape(f"{i}.weight")[0] for i in range(n)]


def scaled(x, scales):
    """Numbers (N, C) as the columns' scales say; see docs/export.md."""
    out = []
    for v, s in zip(x.T, scales):
        if s["transform"] == "log":
            v = torch.sign(v) * torch.log1p(v.abs())
        if s["transform"] == "quantile":
            knots = torch.tensor(s["knots"], dtype=torch.float64)
            first, after = (torch.searchsorted(knots, v.contiguous(), side=side) for side in ("left", "right"))
            low, high = knots[(first - 1).clamp(min=0)], knots[first.clamp(max=len(knots) - 1)]
            between = first - 1 + (v - low) / torch.where(high > low, high - low, 1.0)
            rank = torch.where(first < after, (first + after - 1) / 2, between.clamp(0, len(knots) - 1))
            v = torch.special.ndtri((rank + 0.5) / len(knots))
        out.append((v - s["mean"]) / s["std"])
    return torch.stack(out, 1)


def prepare(state, case):
    """The network's inputs of a case: what an exported graph does before its first layer."""
    states = {i["name"]: i["state"] for i in state["inputs"]}
    present = {n: (torch.from_numpy(case[n + ".present"]) != 0).float() for n in states}
    clear = lambda name, x: torch.where(present[name].reshape([-1] + [1] * (x.ndim - 1)) != 0, x, torch.zeros_like(x))
    mean, std = (torch.tensor(states["picture"][k])[:, None, None] for k in ("mean", "std"))
    pixels = (torch.from_numpy(case["picture.pixels"]).permute(0, 3, 1, 2).float() / 255 - mean) / std
    numbers = torch.from_numpy(case["facts.numeric"])
    missing = numbers.isnan()
    facts = states["facts"]
    numbers = torch.where(missing, 0.0, scaled(numbers.nan_to_num(), facts["numeric"]).float())
    if facts["config"]["missing"] == "mask":
        numbers = torch.cat([numbers, missing.float()], 1)
    categories = clear("facts", torch.from_numpy(case["facts.categories"])) if facts.get("categories") else None
    ids, mask = (clear("caption", torch.from_numpy(case["caption." + k])) for k in ("ids", "mask"))
    return clear("picture", pixels), ids, mask, clear("facts", numbers), categories, present


def load(folder, heads=4):
    """The twin with its weights, and the fitted preprocessing."""
    folder = pathlib.Path(folder)
    tensors, state = load_file(folder / "model.safetensors"), json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
    facts = next(i["state"] for i in state["inputs"] if i["name"] == "facts")
    twin = Twin(Weights(tensors), heads, [len(c) + 1 for c in facts.get("categories") or []])
    missing, unexpected = twin.load_state_dict(tensors, strict=False)
    missing = [k for k in missing if not k.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"the weights are of another architecture: {missing} are missing, {unexpected} are too many")
    return twin.eval(), state


if __name__ == "__main__":
    twin, state = load(sys.argv[1])
    case = {p.name[:-4]: np.load(p) for p in pathlib.Path(sys.argv[2]).glob("*.npy")}
    with torch.no_grad():
        got = twin(*prepare(state, case)).softmax(-1).numpy()
    want = case["want.probabilities"]
    print(f"{len(want)} rows: probabilities differ by {np.abs(got - want).max():.2g}")
    sys.exit(bool(np.abs(got - want).max() > 1e-4))
