"""Single operators in PyTorch: forward, or forward and backward of everything that has a gradient."""

import torch
import torch.nn.functional as F


def rnd(*shape):
    return torch.randn(*shape)


def attention(heads):
    def run(q, k, v, mask):
        q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :]).transpose(1, 2).flatten(2)

    return run


def keys(b, t):
    return torch.arange(t)[None] < torch.randint(t // 4, t + 1, (b, 1))


def batch_norm(x, weight, bias):
    mean, var = torch.zeros(x.shape[1]), torch.ones(x.shape[1])
    return F.batch_norm(x, mean, var, weight, bias, training=True)


def conv(stride, padding):
    return lambda x, w: F.conv2d(x, w, stride=stride, padding=padding)


# name: (function, tensors with a gradient, others), as jobs of operators.go.
OPERATORS = {
    "conv 3x3 3-32 32x32": (conv(1, 1), lambda: [rnd(32, 3, 3, 3)], lambda: [rnd(32, 3, 32, 32)]),
    "conv 3x3 32-64 16x16": (conv(1, 1), lambda: [rnd(32, 32, 16, 16), rnd(64, 32, 3, 3)], list),
    "conv 3x3 64-64 16x16": (conv(1, 1), lambda: [rnd(16, 64, 16, 16), rnd(64, 64, 3, 3)], list),
    "conv 3x3 128-128 8x8": (conv(1, 1), lambda: [rnd(16, 128, 8, 8), rnd(128, 128, 3, 3)], list),
    "conv 3x3 256-256 4x4": (conv(1, 1), lambda: [rnd(16, 256, 4, 4), rnd(256, 256, 3, 3)], list),
    "conv 1x1 64-128 /2 16x16": (conv(2, 0), lambda: [rnd(16, 64, 16, 16), rnd(128, 64, 1, 1)], list),
    "attention 32x4x32x32": (attention(4), lambda: [rnd(32, 32, 128) for _ in range(3)], lambda: [keys(32, 32)]),
    "attention 32x4x64x64": (attention(4), lambda: [rnd(32, 64, 256) for _ in range(3)], lambda: [keys(32, 64)]),
    "layer norm 2048x256": (lambda x, w, b: F.layer_norm(x, (256,), w, b), lambda: [rnd(32, 64, 256), rnd(256), rnd(256)], list),
    "batch norm 64x32x32": (batch_norm, lambda: [rnd(32, 64, 32, 32), rnd(64), rnd(64)], list),
    "softmax 4096x64": (lambda x: F.softmax(x, -1), lambda: [rnd(4096, 64)], list),
    "gelu 2048x1024": (F.gelu, lambda: [rnd(32, 64, 1024)], list),
    "dropout 2048x256": (lambda x: F.dropout(x, 0.1), lambda: [rnd(32, 64, 256)], list),
    "max pool 32x32x32": (lambda x: F.max_pool2d(x, 2), lambda: [rnd(32, 32, 32, 32)], list),
    "linear 2048x256-1024": (F.linear, lambda: [rnd(32, 64, 256), rnd(1024, 256), rnd(1024)], list),
    "embedding 2048 of 4000x256": (lambda w, i: F.embedding(i, w), lambda: [rnd(4000, 256)], lambda: [torch.randint(1, 4000, (32, 64))]),
}


def prepare(request):
    torch.manual_seed(1)
    if request["case"] == "adamw 1M":
        return adamw(), {}
    f, learnt, given = OPERATORS[request["case"]]
    learnt, given = learnt(), given()
    if request["backward"]:
        for x in learnt:
            x.requires_grad_()
        # The picture of a first layer is given, and stands first.
        call = (lambda: f(*given, *learnt)) if request["case"].startswith("conv") else (lambda: f(*learnt, *given))
        grad = torch.randn_like(call())
        return lambda: torch.autograd.grad(call(), learnt, grad), {}
    call = (lambda: f(*given, *learnt)) if request["case"].startswith("conv") else (lambda: f(*learnt, *given))

    def step():
        with torch.inference_mode():
            call()

    return step, {}


def adamw():
    p = torch.nn.Parameter(rnd(1 << 20))
    p.grad = rnd(1 << 20)
    return torch.optim.AdamW([p], lr=1e-3, fused=True).step
