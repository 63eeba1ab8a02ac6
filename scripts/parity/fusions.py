"""Writes fusion/testdata/parity/<fusion>.json: fusions written in PyTorch from their definitions.

Run from the root of the repository:  python scripts/parity/fusions.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from fixture import generator, write
from modules import Block, ConvBlock, case, masked_mean

# Modalities by name: tokens (T, D) of each. Four rows: all there is; padded tokens; no caption, no sound; nothing.
SIZES = {"picture": (3, 5), "caption": (4, 3), "sound": (2, 4)}
MASKS = {
    "picture": [[1, 1, 1], [1, 1, 0], [1, 1, 1], [0, 0, 0]],
    "caption": [[1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    "sound": [[1, 1], [1, 1], [0, 0], [0, 0]],
}


def modalities(*names):
    """The inputs of a case: what a row lacks holds numbers all the same."""
    inputs = {}
    for n in names:
        t, d = SIZES[n]
        mask = torch.tensor(MASKS[n], dtype=torch.float32)
        gen = generator("modality " + n)
        inputs[n + ".tokens"] = torch.randn((4, t, d), generator=gen)
        inputs[n + ".pooled"] = torch.randn((4, d), generator=gen)
        inputs[n + ".mask"] = mask
        inputs[n + ".present"] = mask.amax(1, keepdim=True)
    return inputs


def unused(inputs, what):
    return {k: v for k, v in inputs.items() if not k.endswith("." + what)}


def fused(pooled, tokens=None, mask=None):
    """What is compared: the pooled vector, and behind it the tokens that exist."""
    return pooled if tokens is None else torch.cat([pooled, (tokens * mask[:, :, None]).flatten(1)], 1)


def run(name, make, inputs, attrs):
    """A case of a module that is called with a dict of the inputs."""
    sizes = [{"name": n, "tokens": SIZES[n][0], "dim": SIZES[n][1]} for n in SIZES if n + ".present" in inputs]
    return case(name, make, inputs, lambda m, *x: m(dict(zip(inputs, x))), {"inputs": sizes, "config": attrs})


def present_mean(xs, present):
    """The mean over what is present; zeros where nothing is."""
    there = [p.reshape(-1, *[1] * (x.dim() - 1)) for x, p in zip(xs, present)]
    return sum(x * p for x, p in zip(xs, there)) / sum(there).clamp(min=1)


class Streams(nn.Module):
    """LN(P X) + a vector of the modality, + its time; by name."""

    def __init__(self, dim, names, times=False):
        super().__init__()
        self.names = sorted(names)
        for n in self.names:
            t, d = SIZES[n]
            m = nn.ModuleDict({"project": nn.Linear(d, dim), "norm": nn.LayerNorm(dim)})
            m.modality = nn.Parameter(0.5 * torch.randn(dim))
            if times:
                m["time"] = nn.Module()
                m["time"].register_buffer("position", sinusoids(1000 * (torch.arange(t) + 0.5) / t, dim))
            self.add_module(n, m)

    def stream(self, n, x):
        m = getattr(self, n)
        y = m["norm"](m["project"](x[n + ".tokens"] * x[n + ".present"][:, :, None])) + m.modality
        return y + m["time"].position if "time" in m else y

    def joined(self, x):
        return torch.cat([self.stream(n, x) for n in self.names], 1), torch.cat([x[n + ".mask"] for n in self.names], 1)


def sinusoids(places, dim):
    j = torch.arange(dim)
    angle = places.double()[:, None] / 10000 ** (2 * (j // 2) / dim).double()
    return torch.where(j % 2 == 0, angle.sin(), angle.cos()).float()


def some(masks):
    return masks.amax(1, keepdim=True)


class Early(Streams):
    def __init__(self, dim, heads, layers, hidden, names, align="none", pool="mean"):
        super().__init__(dim, names, align == "time")
        for i in range(layers):
            self.add_module(f"block{i}", Block(dim, heads, hidden))
        self.layers = layers
        self.norm = nn.LayerNorm(dim)
        if pool == "cls":
            self.cls = nn.Parameter(0.5 * torch.randn(1, dim))

    def forward(self, x):
        x, mask = self.joined(x)
        every, first = mask, 0
        if hasattr(self, "cls"):
            x, every, first = torch.cat([self.cls.expand(len(x), 1, -1), x], 1), torch.cat([some(mask), mask], 1), 1
        for i in range(self.layers):
            x = getattr(self, f"block{i}")(x, every)
        x = self.norm(x)
        return fused(x[:, 0] if first else masked_mean(x, mask), x[:, first:], mask)


class Perceiver(Streams):
    def __init__(self, dim, heads, layers, hidden, names, latents):
        super().__init__(dim, names)
        self.latents = nn.Parameter(0.5 * torch.randn(latents, dim))
        for i in range(layers):
            self.add_module(f"layer{i}", nn.ModuleDict({"cross": Block(dim, heads, hidden, cross=True), "self": Block(dim, heads, hidden)}))
        self.layers = layers
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        tokens, mask = self.joined(x)
        z = self.latents.expand(len(tokens), -1, -1)
        for i in range(self.layers):
            layer = getattr(self, f"layer{i}")
            z = layer["self"](layer["cross"].cross(z, tokens, mask))
        z, exist = self.norm(z), some(mask).expand(-1, z.shape[1])
        return fused(masked_mean(z, exist), z, exist)


class Bottleneck(Streams):
    def __init__(self, dim, heads, layers, hidden, names, bottlenecks):
        super().__init__(dim, names)
        self.bottleneck = nn.Parameter(0.5 * torch.randn(bottlenecks, dim))
        for n in self.names:
            for i in range(layers):
                getattr(self, n)[f"layer{i}"] = Block(dim, heads, hidden)
        self.layers = layers
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        xs = {n: self.stream(n, x) for n in self.names}
        mask = {n: x[n + ".mask"] for n in self.names}
        present = [x[n + ".present"] for n in self.names]
        z = self.bottleneck.expand(len(present[0]), -1, -1)
        for i in range(self.layers):
            made = []
            for n in self.names:
                every = torch.cat([mask[n], torch.ones(z.shape[:2])], 1)
                y = getattr(self, n)[f"layer{i}"](torch.cat([xs[n], z], 1), every)
                xs[n], new = y[:, : xs[n].shape[1]], y[:, xs[n].shape[1] :]
                made.append(new)
            nothing = 1 - torch.stack(present).amax(0)
            z = present_mean(made, present) + z * nothing[:, :, None]
        xs = {n: self.norm(t) for n, t in xs.items()}
        return fused(present_mean([masked_mean(xs[n], mask[n]) for n in self.names], present),
                     torch.cat([xs[n] for n in self.names], 1), torch.cat([mask[n] for n in self.names], 1))


class FiLM(nn.Module):
    """(γ, β) of each place: a linear map of LN of each condition's vector, added up over those present."""

    def __init__(self, conditions, places):
        super().__init__()
        self.conditions, self.places = sorted(conditions), places
        for n in self.conditions:
            d = SIZES[n][1]
            m = nn.ModuleDict({"norm": nn.LayerNorm(d)})
            for i, c in enumerate(places):
                m[f"modulation{i}"] = nn.Linear(d, 2 * c)
            self.add_module(n, m)

    def modulation(self, i, x):
        """γ and β (B, C) of place i."""
        both = 0
        for n in self.conditions:
            m = getattr(self, n)
            both = both + m[f"modulation{i}"](m["norm"](x[n + ".pooled"])) * x[n + ".present"]
        return both.chunk(2, 1)


class OfTokens(FiLM):
    def __init__(self, target, names):
        super().__init__([n for n in names if n != target], [SIZES[target][1]])
        self.target = target

    def forward(self, x):
        gamma, beta = self.modulation(0, x)
        tokens = x[self.target + ".tokens"] * (1 + gamma[:, None]) + beta[:, None]
        pooled = (x[self.target + ".pooled"] * (1 + gamma) + beta) * x[self.target + ".present"]
        return fused(pooled, tokens, x[self.target + ".mask"])


class InCNN(nn.Module):
    """Blocks of convolution, batch norm over the rows that have the picture, modulation, ReLU, and a max pool."""

    def __init__(self, channels, conditions):
        super().__init__()
        self.cnn, self.film, self.channels = nn.ModuleDict(), FiLM(conditions, channels[1:]), channels
        for i, (a, b) in enumerate(zip(channels, channels[1:])):
            self.cnn[f"stage{i}"] = nn.ModuleDict({"block0": ConvBlock(a, b)})

    def forward(self, x):
        y, present = x["pixels"], x["picture.present"]
        for i in range(len(self.channels) - 1):
            gamma, beta = (t[:, :, None, None] for t in self.film.modulation(i, x))
            y = F.max_pool2d(self.cnn[f"stage{i}"]["block0"](y, present[:, 0], lambda h: h * (1 + gamma) + beta), 2)
        tokens, mask = y.flatten(2).transpose(1, 2), present.expand(-1, y.shape[2] * y.shape[3])
        return fused(masked_mean(tokens, mask), tokens, mask)


two, three = ("picture", "caption"), ("sound", "picture", "caption")
sizes = {"dim": 4, "heads": 2, "layers": 2, "hidden": 5}
one = {"dim": 6, "heads": 3, "layers": 1, "hidden": 4}


def stream(name, module, names, config, **options):
    """A case of a fusion that reads tokens."""
    return run(name, lambda: module(names=names, **config, **options), unused(modalities(*names), "pooled"), {**config, **options})


write("fusion/testdata/parity/early.json", [
    stream("mean", Early, two, sizes),
    stream("aligned in time", Early, two, one, align="time"),
    stream("three, gathered by a token", Early, three, one, pool="cls"),
])
write("fusion/testdata/parity/perceiver.json", [
    stream("two layers", Perceiver, two, sizes, latents=3),
    stream("three modalities", Perceiver, three, one, latents=2),
])
write("fusion/testdata/parity/bottleneck.json", [
    stream("two layers", Bottleneck, two, sizes, bottlenecks=2),
    stream("three modalities", Bottleneck, three, {**one, "layers": 2}, bottlenecks=1),
])


def of_tokens(name, target, names):
    inputs = {k: v for k, v in modalities(*names).items() if k.startswith(target + ".") or k.endswith((".pooled", ".present"))}
    return run(name, lambda: OfTokens(target, names), inputs, {"target": target})


write("fusion/testdata/parity/film.json", [
    of_tokens("one condition", "picture", two),
    of_tokens("two conditions", "caption", three),
])

channels = [2, 3, 4]
there = modalities("caption", "sound")
inputs = {"pixels": torch.randn((4, 2, 8, 9), generator=generator("pixels")), "picture.present": torch.tensor([[1.0], [1], [1], [0]]),
          **{k: v for k, v in there.items() if k.endswith((".pooled", ".present"))}}
write("fusion/testdata/parity/film_cnn.json", [
    case("two conditions", lambda: InCNN(channels, ["caption", "sound"]), inputs, lambda m, *x: m(dict(zip(inputs, x))),
         {"size": [2, 8, 9], "channels": channels[1:], "inputs": [{"name": n, "tokens": SIZES[n][0], "dim": SIZES[n][1]} for n in ("caption", "sound")]}),
])
