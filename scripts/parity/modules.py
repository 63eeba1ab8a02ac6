"""The modules of the project written in PyTorch, under the same parameter names."""

import torch
import torch.nn.functional as F
from torch import nn

from fixture import generator, named, run

ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu, "silu": F.silu}


def masked_mean(x, mask):
    """The mean of tokens (B, T, D) over those of mask (B, T) 1; zeros where there are none."""
    return (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)


def weighted_batch_norm(x, weight, bias, mean, var, momentum, eps, rows):
    """Batch norm over the rows of weight 1: PyTorch has no such thing, so this is the definition. mean and
    var are the running statistics, updated in place; the variance they take in is the unbiased one."""
    c = (slice(None), None, None)
    r = rows[:, None, None, None]
    n = rows.sum() * x.shape[2] * x.shape[3]
    m = (x * r).sum((0, 2, 3)) / n
    v = ((x - m[c]) ** 2 * r).sum((0, 2, 3)) / n
    with torch.no_grad():
        mean.mul_(1 - momentum).add_(m * momentum)
        var.mul_(1 - momentum).add_(v * (n / (n - 1)) * momentum)
    return (x - m[c]) / torch.sqrt(v[c] + eps) * weight[c] + bias[c]


class MLP(nn.ModuleList):
    """Linear layers 0, 1, …, with an activation after each but the last."""

    def __init__(self, activation, *widths):
        super().__init__(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.activation = ACTIVATIONS[activation]

    def forward(self, x):
        for i, layer in enumerate(self):
            x = layer(x if i == 0 else self.activation(x))
        return x


class EnsembleLinear(nn.Module):
    """TabM's LinearBatchEnsemble: members share a weight, and differ in scales and biases."""

    def __init__(self, members, a, b):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(b, a))
        self.input_scale, self.output_scale = nn.Parameter(torch.randn(members, a)), nn.Parameter(torch.randn(members, b))
        self.bias = nn.Parameter(torch.randn(members, b))

    def forward(self, x):
        return (x * self.input_scale) @ self.weight.T * self.output_scale + self.bias


class EnsembleMLP(nn.ModuleList):
    """Layers 0, 1, …, each with a ReLU behind it, over an input that members share."""

    def __init__(self, members, *widths):
        super().__init__(EnsembleLinear(members, a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        x = x[:, None]
        for layer in self:
            x = F.relu(layer(x))
        return x


class MultiHead(nn.Module):
    """Multi-head attention. It is torch.nn.MultiheadAttention (layers.py checks that), but that a row whose
    keys are all masked has zeros for its heads, where PyTorch has no answer."""

    def __init__(self, dim, heads):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))
        self.heads = heads

    def forward(self, x, y, mask=None):
        q, k, v = (
            t.reshape(*t.shape[:2], self.heads, -1).transpose(1, 2)  # (B, H, T, K)
            for t in (self.query(x), self.key(y), self.value(y))
        )
        scores = q @ k.transpose(2, 3) / k.shape[3] ** 0.5
        some = 1.0
        if mask is not None:
            some = (mask > 0).any(1)[:, None, None, None]
            scores = scores.masked_fill(((mask == 0)[:, None, None, :]) & some, -torch.inf)
        return self.out((torch.softmax(scores, -1) * some @ v).transpose(1, 2).flatten(2))

    def peer(self):
        """PyTorch's own module with these weights."""
        m = nn.MultiheadAttention(self.out.in_features, self.heads, batch_first=True)
        parts = (self.query, self.key, self.value)
        m.load_state_dict({
            "in_proj_weight": torch.cat([p.weight for p in parts]), "in_proj_bias": torch.cat([p.bias for p in parts]),
            "out_proj.weight": self.out.weight, "out_proj.bias": self.out.bias,
        })
        return m


class Block(nn.Module):
    """A pre-norm transformer block: of one sequence (self), or of one that attends to another (cross)."""

    def __init__(self, dim, heads, hidden, cross=False):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        if cross:
            self.norm_kv = nn.LayerNorm(dim)
        self.attention = MultiHead(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = MLP("gelu", dim, hidden, dim)

    def forward(self, x, mask=None):
        h = self.norm1(x)
        return self.rest(x + self.attention(h, h, mask))

    def cross(self, x, y, mask=None):
        return self.rest(x + self.attention(self.norm1(x), self.norm_kv(y), mask))

    def rest(self, x):
        return x + self.mlp(self.norm2(x))


class ConvBlock(nn.Module):
    """Convolution 3×3 without bias, batch normalisation over the rows present, ReLU."""

    def __init__(self, channels, out):
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(out)

    def forward(self, x, rows=None, modulate=lambda x: x):
        """modulate changes features between normalisation and activation."""
        x, n = self.conv(x), self.norm
        if rows is None or rows.all():
            return F.relu(modulate(n(x)))
        return F.relu(modulate(weighted_batch_norm(x, n.weight, n.bias, n.running_mean, n.running_var, n.momentum, n.eps, rows)))


def buffers(module):
    return [(name, b) for name, b in module.named_buffers() if not name.endswith("num_batches_tracked")]


def scramble(module, gen):
    """Moves gains and shifts away from one and zero, where errors would hide."""
    with torch.no_grad():
        for m in module.modules():
            if isinstance(m, (nn.LayerNorm, nn.BatchNorm2d)):
                m.weight += 0.3 * torch.randn(m.weight.shape, generator=gen)
                m.bias += 0.3 * torch.randn(m.bias.shape, generator=gen)


def case(name, make, inputs, f, attrs, check=None, only=None):
    """A module as PyTorch computes it: f(module, *inputs), and the gradients."""
    gen = generator(name)
    torch.manual_seed(gen.initial_seed())
    module = make()
    scramble(module, gen)
    if check:
        check(module)
    params = [named(k, t) for k, t in module.named_parameters()]
    before = [named(k, t) for k, t in buffers(module)]
    inputs = {k: v if torch.is_tensor(v) else torch.randn(v, generator=gen) for k, v in inputs.items()}
    result = run(name, inputs, lambda *x: f(module, *x), only)
    c = {"name": name, "attrs": attrs, "params": params, **result, "param_grads": [named(k, p.grad) for k, p in module.named_parameters()]}
    if before:
        c["buffers"] = {"before": before, "after": [named(k, t) for k, t in buffers(module)]}
    return c
