"""The modules of the project written in PyTorch, under the same parameter names."""

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu, "silu": F.silu}


class MLP(nn.ModuleList):
    """Linear layers 0, 1, …, with an activation after each but the last."""

    def __init__(self, activation, *widths):
        super().__init__(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.activation = ACTIVATIONS[activation]

    def forward(self, x):
        for i, layer in enumerate(self):
            x = layer(x if i == 0 else self.activation(x))
        return x


class MultiHead(nn.Module):
    """torch.nn.MultiheadAttention; leaves() takes its packed weights apart."""

    def __init__(self, dim, heads):
        super().__init__()
        self.packed = nn.MultiheadAttention(dim, heads, batch_first=True)
        nn.init.uniform_(self.packed.in_proj_bias, -0.3, 0.3)  # zeros would hide a bias left out
        nn.init.uniform_(self.packed.out_proj.bias, -0.3, 0.3)

    def forward(self, x, y, mask=None):
        ignore = None if mask is None else mask == 0
        return self.packed(x, y, y, key_padding_mask=ignore, need_weights=False)[0]


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
    """Convolution 3×3 without bias, batch normalisation, ReLU, then max pooling by pool (1: none)."""

    def __init__(self, channels, out, pool=2):
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.pool = pool

    def forward(self, x):
        return F.max_pool2d(F.relu(self.norm(self.conv(x))), self.pool)


def leaves(module, of=lambda t: t):
    """(name, of(parameter)) in the order of making, packed attention weights cut into query, key and value."""
    out = []
    for name, p in module.named_parameters():
        t = of(p)
        if ".packed." not in name and not name.startswith("packed."):
            out.append((name, t))
            continue
        path, leaf = name.split("packed.")
        if leaf.startswith("in_proj_"):
            for part, s in zip(("query", "key", "value"), t.chunk(3)):
                out.append((f"{path}{part}.{leaf.removeprefix('in_proj_')}", s))
        else:
            out.append((path + leaf.replace("out_proj", "out"), t))
    return out


def buffers(module):
    return [(name, b) for name, b in module.named_buffers() if not name.endswith("num_batches_tracked")]


def scramble(module, gen):
    """Moves the gains and shifts of normalisation away from one and zero, where errors would hide."""
    with torch.no_grad():
        for m in module.modules():
            if isinstance(m, (nn.LayerNorm, nn.BatchNorm2d)):
                m.weight += 0.3 * torch.randn(m.weight.shape, generator=gen)
                m.bias += 0.3 * torch.randn(m.bias.shape, generator=gen)


def token_mean(x, mask):
    return (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
