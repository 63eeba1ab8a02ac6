"""Writes nn/testdata/parity and attention/testdata/parity: outputs and gradients of whole modules.

Run from the root of the repository:  python scripts/parity/layers.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from fixture import generator, write
from modules import MLP, Block, ConvBlock, EnsembleMLP, MultiHead, case


def attend(m, x, y, mask=None):
    return m(x, y, mask)


def same_as_pytorch(module):
    """A block must be PyTorch's own encoder layer, and attention PyTorch's own."""
    gen = generator("peer")
    mask = torch.tensor([[1.0] * 5, [1, 1, 1, 0, 0]])
    if isinstance(module, MultiHead):
        dim = module.out.in_features
        x, y = torch.randn((2, 3, dim), generator=gen), torch.randn((2, 5, dim), generator=gen)
        torch.testing.assert_close(module(x, y, mask), module.peer()(x, y, y, key_padding_mask=mask == 0)[0])
        return
    hidden, dim = module.mlp[0].weight.shape
    peer = nn.TransformerEncoderLayer(dim, module.attention.heads, hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
    peer.load_state_dict({
        **{"self_attn." + k: v for k, v in module.attention.peer().state_dict().items()},
        **{f"linear{i + 1}.{k}": v for i in (0, 1) for k, v in module.mlp[i].state_dict().items()},
        **{f"norm{i}.{k}": v for i in (1, 2) for k, v in getattr(module, f"norm{i}").state_dict().items()},
    })
    x = torch.randn((2, 5, dim), generator=gen)
    torch.testing.assert_close(module(x, mask), peer(x, src_key_padding_mask=mask == 0))


mask = torch.tensor([[1.0, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 1, 0, 1, 1]])

write("nn/testdata/parity/mlp.json", [
    case("two layers", lambda: MLP("relu", 5, 7, 3), {"x": (4, 5)}, lambda m, x: m(x), {"activation": "relu", "widths": [5, 7, 3]}),
    case("three layers over tokens", lambda: MLP("silu", 3, 6, 4, 2), {"x": (2, 5, 3)}, lambda m, x: m(x), {"activation": "silu", "widths": [3, 6, 4, 2]}),
])
write("nn/testdata/parity/ensemble_mlp.json", [
    case("two members", lambda: EnsembleMLP(2, 5, 3), {"x": (4, 5)}, lambda m, x: m(x), {"members": 2, "widths": [5, 3]}),
    case("two layers", lambda: EnsembleMLP(5, 4, 7, 3), {"x": (3, 4)}, lambda m, x: m(x), {"members": 5, "widths": [4, 7, 3]}),
])
write("nn/testdata/parity/conv_block.json", [
    case("conv, batch norm, relu, max pool", lambda: ConvBlock(3, 5), {"x": (3, 3, 6, 8), "row_weights": torch.ones(3)},
         lambda m, x, r: F.max_pool2d(m(x, r), 2), {"in": 3, "out": 5, "pool": 2}),
    case("odd image, no pool", lambda: ConvBlock(2, 3), {"x": (2, 2, 5, 3), "row_weights": torch.ones(2)},
         lambda m, x, r: m(x, r), {"in": 2, "out": 3, "pool": 1}),
    case("a row that does not count", lambda: ConvBlock(2, 3), {"x": (3, 2, 4, 3), "row_weights": torch.tensor([1.0, 0, 1])},
         lambda m, x, r: m(x, r), {"in": 2, "out": 3, "pool": 1}, only=torch.tensor([1.0, 0, 1])[:, None, None, None]),
])
write("attention/testdata/parity/multi_head.json", [
    case("self", lambda: MultiHead(6, 3), {"x": (2, 5, 6)}, lambda m, x: m(x, x), {"dim": 6, "heads": 3}),
    case("cross", lambda: MultiHead(8, 2), {"x": (2, 3, 8), "y": (2, 7, 8)}, attend, {"dim": 8, "heads": 2}),
    case("cross with mask", lambda: MultiHead(8, 4), {"x": (3, 4, 8), "y": (3, 5, 8), "mask": mask}, attend, {"dim": 8, "heads": 4}, same_as_pytorch),
    case("a row of nothing", lambda: MultiHead(4, 2), {"x": (3, 2, 4), "y": (3, 5, 4), "mask": torch.tensor([[1.0] * 5, [0.0] * 5, [0, 0, 1, 1, 0]])},
         attend, {"dim": 4, "heads": 2}, same_as_pytorch),
])
write("attention/testdata/parity/self_block.json", [
    case("block", lambda: Block(6, 3, 10), {"x": (2, 5, 6)}, lambda m, x: m(x), {"dim": 6, "heads": 3, "hidden": 10}, same_as_pytorch),
    case("block with mask", lambda: Block(8, 2, 16), {"x": (3, 5, 8), "mask": mask}, lambda m, x, k: m(x, k), {"dim": 8, "heads": 2, "hidden": 16}, same_as_pytorch),
])
write("attention/testdata/parity/cross_block.json", [
    case("cross block", lambda: Block(6, 2, 12, cross=True), {"x": (2, 3, 6), "y": (2, 7, 6)}, lambda m, x, y: m.cross(x, y), {"dim": 6, "heads": 2, "hidden": 12}),
    case("cross block with mask", lambda: Block(8, 4, 16, cross=True), {"x": (3, 4, 8), "y": (3, 5, 8), "mask": mask},
         lambda m, x, y, k: m.cross(x, y, k), {"dim": 8, "heads": 4, "hidden": 16}),
])
