"""Writes fusion/testdata/parity/<fusion>.json: fusions written in PyTorch from their definitions.

Run from the root of the repository:  python scripts/parity/fusions.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from fixture import generator, write
from modules import MLP, Block, ConvBlock, case, masked_mean

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
        z, exist = self.norm(z), torch.stack(present).amax(0).expand(-1, z.shape[1])
        tokens = [z] + [self.norm(xs[n]) for n in self.names]
        return fused(masked_mean(z, exist), torch.cat(tokens, 1), torch.cat([exist] + [mask[n] for n in self.names], 1))


class CrossAttention(nn.Module):
    """Every pair (a, b): a's tokens attend to b's, in layers. The mean of what a learnt from those present, or a's
    own tokens where none is; the mean over a's tokens; then [LN(P x); ...] by name, absent ones a learned vector."""

    def __init__(self, dim, heads, layers, hidden, names, pairs=None):
        super().__init__()
        self.names, self.layers, self.join = sorted(names), layers, nn.ModuleDict()
        self.pairs = [(a, b) for a in self.names for b in self.names if a != b and (not pairs or {"query": a, "key": b} in pairs)]
        for n in self.names:
            if SIZES[n][1] != dim:
                self.add_module(n, nn.ModuleDict({"tokens": nn.Linear(SIZES[n][1], dim)}))
        for a, b in self.pairs:
            self.add_module(f"{a}_to_{b}", nn.ModuleDict({f"layer{i}": Block(dim, heads, hidden, cross=True) for i in range(layers)}))
        for n in self.names:
            self.join[n] = nn.ModuleDict({"project": nn.Linear(dim, dim), "norm": nn.LayerNorm(dim)})
            self.join[n].absent = nn.Parameter(torch.randn(dim))

    def forward(self, x):
        tokens = {n: x[n + ".tokens"] for n in self.names}
        tokens = {n: getattr(self, n)["tokens"](t) if hasattr(self, n) else t for n, t in tokens.items()}
        out = []
        for a in self.names:
            learnt, present = [], []
            for _, b in [p for p in self.pairs if p[0] == a]:
                y = tokens[a]
                for i in range(self.layers):
                    y = getattr(self, f"{a}_to_{b}")[f"layer{i}"].cross(y, tokens[b], x[b + ".mask"])
                learnt.append(y)
                present.append(x[b + ".present"])
            z = tokens[a]
            if learnt:
                z = torch.where(torch.stack(present).amax(0)[:, :, None] > 0, present_mean(learnt, present), z)
            z = masked_mean(z, x[a + ".mask"])
            m = self.join[a]
            out.append(torch.where(x[a + ".present"] > 0, m["norm"](m["project"](z)), m.absent))
        return torch.cat(out, 1)


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


class Features(nn.Module):
    """u = LN(P x) of each modality, by name: what the pooled fusions begin with."""

    def __init__(self, dim, names):
        super().__init__()
        self.names = sorted(names)
        for n in self.names:
            self.add_module(n, nn.ModuleDict({"project": nn.Linear(SIZES[n][1], dim), "norm": nn.LayerNorm(dim)}))

    def features(self, x):
        return [getattr(self, n)["norm"](getattr(self, n)["project"](x[n + ".pooled"])) for n in self.names]

    def present(self, x):
        return [x[n + ".present"] for n in self.names]

    def add(self, name, make):
        """A module of each modality."""
        for n in self.names:
            getattr(self, n)[name] = make(n)

    def each(self, name, xs):
        return [getattr(self, n)[name](x) for n, x in zip(self.names, xs)]


def present_softmax(logits, present):
    """Weights (B, M, N) over the modalities present; zeros where there are none."""
    there = torch.stack(present, 1)
    return torch.softmax(torch.stack(logits, 1).masked_fill(there == 0, -1e30), 1) * there


class Concat(Features):
    def __init__(self, dim, hidden, names):
        super().__init__(dim, names)
        for n in self.names:
            getattr(self, n).absent = nn.Parameter(torch.randn(dim))
        self.mlp = MLP("relu", dim * len(names), *hidden)

    def forward(self, x):
        xs = [torch.where(p > 0, u, getattr(self, n).absent) for n, u, p in zip(self.names, self.features(x), self.present(x))]
        return torch.relu(self.mlp(torch.cat(xs, 1)))


class Sum(Features):
    def forward(self, x):
        return present_mean(self.features(x), self.present(x))


class Max(Features):
    def forward(self, x):
        us = torch.stack([u.masked_fill(p == 0, -torch.inf) for u, p in zip(self.features(x), self.present(x))])
        return torch.where(torch.stack(self.present(x)).amax(0) > 0, us.amax(0), 0)


class Gated(Features):
    def __init__(self, dim, names):
        super().__init__(dim, names)
        self.add("value", lambda n: nn.Linear(dim, dim, bias=False))
        if len(names) > 1:
            self.add("gate", lambda n: nn.ModuleDict({k: nn.Linear(dim, dim, bias=False) for k in self.names}))

    def forward(self, x):
        present = self.present(x)
        us = [u * p for u, p in zip(self.features(x), present)]
        values = [torch.tanh(v) for v in self.each("value", us)]
        gates = [torch.cat([getattr(self, n)["gate"][k].weight for k in self.names], 1) for n in self.names]  # V_m
        logits = [F.linear(torch.cat(us, 1), v) for v in gates]
        return (present_softmax(logits, present) * torch.stack(values, 1)).sum(1)


class AttentionPool(Features):
    def __init__(self, dim, hidden, names):
        super().__init__(dim, names)
        self.hidden, self.score = nn.Linear(dim, hidden, bias=False), nn.Linear(hidden, 1, bias=False)

    def forward(self, x):
        us = self.features(x)
        weights = present_softmax([self.score(torch.tanh(self.hidden(u))) for u in us], self.present(x))
        return (weights * torch.stack(us, 1)).sum(1)


class Bilinear(Features):
    def __init__(self, dim, rank, names):
        super().__init__(dim, names)
        self.add("factor", lambda n: nn.Linear(dim, rank * dim))
        self.weight, self.bias = nn.Parameter(torch.randn(rank, dim)), nn.Parameter(torch.randn(dim))

    def forward(self, x):
        factors = [torch.where(p > 0, f, 1) for f, p in zip(self.each("factor", self.features(x)), self.present(x))]
        product = torch.stack(factors).prod(0).view(-1, *self.weight.shape)
        return torch.einsum("brd,rd->bd", product, self.weight) + self.bias


class Tensor(Features):
    def __init__(self, dim, hidden, names):
        super().__init__(dim, names)
        self.mlp = MLP("relu", (dim + 1) ** len(names), *hidden)

    def forward(self, x):
        z = torch.ones(4, 1)
        for u, p in zip(self.features(x), self.present(x)):
            z = torch.einsum("bi,bj->bij", z, torch.cat([torch.ones(4, 1), u * p], 1)).flatten(1)
        return torch.relu(self.mlp(z))


class Mixture(Features):
    """The probabilities, or numbers, that a gate mixes, as the logits of the mixture; classes are log p."""

    def __init__(self, dim, gate, hidden, names, outputs, decision):
        super().__init__(dim, names)
        self.add("head", lambda n: MLP("relu", dim, *hidden, outputs))
        self.add("look", lambda n: nn.Linear(dim, gate, bias=False))
        self.add("trust", lambda n: nn.Linear(gate, 1))
        self.bias, self.decision = nn.Parameter(torch.randn(gate)), decision

    def forward(self, x):
        present = self.present(x)
        us = [u * p for u, p in zip(self.features(x), present)]
        seen = torch.relu(sum(self.each("look", us)) + self.bias)
        weights = present_softmax(self.each("trust", [seen] * len(us)), present)
        scores = torch.stack(self.each("head", us), 1)
        if self.decision == "value":
            return (weights * scores).sum(1)
        some = torch.stack(present).amax(0) > 0

        def mix(p):
            return torch.where(some, (weights * p).sum(1), 1).log()

        if self.decision == "sigmoid":
            return mix(torch.sigmoid(scores)) - mix(torch.sigmoid(-scores))
        return mix(torch.softmax(scores, -1))


class ScoreAverage(nn.Module):
    """The mean of probabilities, or numbers, of heads of their own, or of their logarithms, as logits."""

    def __init__(self, hidden, names, outputs, decision, pool="linear"):
        super().__init__()
        self.names, self.decision, self.pool = sorted(names), decision, pool
        if pool == "log":
            self.register_buffer("prior", torch.zeros(outputs).log_softmax(0) if decision == "softmax" else torch.zeros(outputs))
        for n in self.names:
            self.add_module(n, nn.ModuleDict({"head": MLP("relu", SIZES[n][1], *hidden, outputs)}))

    def forward(self, x):
        present = [x[n + ".present"] for n in self.names]
        scores = [getattr(self, n)["head"](x[n + ".pooled"]) for n in self.names]
        some = torch.stack(present).amax(0)

        def mean(f):
            return present_mean([f(s) for s in scores], present)

        if self.decision == "value":
            return mean(lambda s: s)
        if self.pool == "log":
            return mean(lambda s: s if self.decision == "sigmoid" else s.log_softmax(1)) + (1 - some) * self.prior
        if self.decision == "sigmoid":
            yes, no = mean(torch.sigmoid), mean(lambda s: torch.sigmoid(-s))
            return torch.where(some > 0, yes, 1).log() - torch.where(some > 0, no, 1).log()
        return torch.where(some > 0, mean(lambda s: s.softmax(1)), 1).log()


two, three = ("picture", "caption"), ("sound", "picture", "caption")
sizes = {"dim": 4, "heads": 2, "layers": 2, "hidden": 5}
one = {"dim": 6, "heads": 3, "layers": 1, "hidden": 4}
small = {"dim": 4, "heads": 1, "layers": 1, "hidden": 3}


def stream(name, module, names, config, **options):
    """A case of a fusion that reads tokens."""
    return run(name, lambda: module(names=names, **config, **options), unused(modalities(*names), "pooled"), {**config, **options})


write("fusion/testdata/parity/cross_attention.json", [
    stream("two layers", CrossAttention, two, sizes),
    stream("three modalities", CrossAttention, three, small),
    stream("some pairs", CrossAttention, three, small, pairs=[{"query": "picture", "key": "sound"}, {"query": "caption", "key": "picture"}]),
])
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



def pooled(name, module, names, config, **more):
    """A case of a fusion that reads pooled vectors."""
    inputs = {k: v for k, v in modalities(*names).items() if k.endswith((".pooled", ".present"))}
    c = run(name, lambda: module(names=names, **config, **more), inputs, config)
    c["attrs"] |= more
    return c


for fusion, module, config in [
    ("concat", Concat, {"dim": 4, "hidden": [6, 5]}), ("sum", Sum, {"dim": 4}), ("max", Max, {"dim": 4}), ("gated", Gated, {"dim": 4}),
    ("attention_pool", AttentionPool, {"dim": 4, "hidden": 3}), ("bilinear", Bilinear, {"dim": 4, "rank": 3}),
    ("tensor", Tensor, {"dim": 3, "hidden": [5]}),
]:
    write(f"fusion/testdata/parity/{fusion}.json", [pooled("two modalities", module, two, config), pooled("three modalities", module, three, config)])

config = {"dim": 4, "gate": 5, "hidden": [3]}
write("fusion/testdata/parity/mixture.json", [
    pooled("classes", Mixture, two, config, outputs=3, decision="softmax"),
    pooled("classes of three modalities", Mixture, three, config, outputs=2, decision="softmax"),
    pooled("yes or no", Mixture, three, config, outputs=2, decision="sigmoid"),
    pooled("numbers", Mixture, three, config, outputs=1, decision="value"),
])

config = {"hidden": [3]}
write("fusion/testdata/parity/score_average.json", [
    pooled("classes", ScoreAverage, three, config, outputs=3, decision="softmax"),
    pooled("yes or no", ScoreAverage, three, config, outputs=2, decision="sigmoid"),
    pooled("numbers", ScoreAverage, three, config, outputs=1, decision="value"),
    pooled("logarithms", ScoreAverage, three, {**config, "pool": "log"}, outputs=3, decision="softmax"),
    pooled("logarithms of yes or no", ScoreAverage, three, {**config, "pool": "log"}, outputs=2, decision="sigmoid"),
])

channels = [2, 3, 4]
there = modalities("caption", "sound")
inputs = {"pixels": torch.randn((4, 2, 8, 9), generator=generator("pixels")), "picture.present": torch.tensor([[1.0], [1], [1], [0]]),
          **{k: v for k, v in there.items() if k.endswith((".pooled", ".present"))}}
write("fusion/testdata/parity/film_cnn.json", [
    case("two conditions", lambda: InCNN(channels, ["caption", "sound"]), inputs, lambda m, *x: m(dict(zip(inputs, x))),
         {"size": [2, 8, 9], "channels": channels[1:], "inputs": [{"name": n, "tokens": SIZES[n][0], "dim": SIZES[n][1]} for n in ("caption", "sound")]}),
])
