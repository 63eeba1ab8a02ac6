"""The reference models in PyTorch, written as its users would: its own layers, attention and fused optimizer."""

import io

import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 10
LEARNING_RATE, CLIP = 1e-3, 1.0


class Block(nn.Module):
    """A pre-norm block, of self attention or of attention to another sequence."""

    def __init__(self, dim, heads=4, cross=False, dropout=0.1):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.norm_kv = nn.LayerNorm(dim) if cross else None
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Dropout(dropout), nn.Linear(4 * dim, dim))

    def split(self, x):
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def forward(self, x, y=None, mask=None):
        h = self.norm1(x)
        kv = h if y is None else self.norm_kv(y)
        q, k, v = self.split(self.query(h)), self.split(self.key(kv)), self.split(self.value(kv))
        p = self.dropout if self.training else 0.0
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=None if mask is None else mask[:, None, None, :], dropout_p=p)
        x = x + F.dropout(self.out(a.transpose(1, 2).flatten(2)), self.dropout, self.training)
        return x + F.dropout(self.mlp(self.norm2(x)), self.dropout, self.training)


class CNN(nn.Module):
    def __init__(self, channels, tokens):
        super().__init__()
        stages = []
        for a, b in zip(channels, channels[1:]):
            stages += [nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2)]
        self.stages = nn.Sequential(*stages)
        self.position = nn.Parameter(torch.randn(tokens, channels[-1]) * 0.1)

    def forward(self, x):
        return self.stages(x).flatten(2).transpose(1, 2) + self.position


class Text(nn.Module):
    def __init__(self, vocabulary, tokens, dim, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim, padding_idx=0)
        self.position = nn.Parameter(torch.randn(tokens, dim) * 0.1)
        self.blocks = nn.ModuleList(Block(dim) for _ in range(layers))
        self.norm = nn.LayerNorm(dim)

    def forward(self, ids, mask):
        x = F.dropout(self.embedding(ids) + self.position, 0.1, self.training)
        for b in self.blocks:
            x = b(x, mask=mask)
        return self.norm(x)


def mean(x, mask):
    m = mask.to(x.dtype)
    return (x * m[:, :, None]).sum(1) / m.sum(1, keepdim=True)


def join(dim, width):
    """A modality's projection, normalisation, and the vector that stands for it where it is absent."""
    j = nn.Sequential(nn.Linear(dim, width), nn.LayerNorm(width))
    j.absent = nn.Parameter(torch.zeros(width))
    return j


class Fusion(nn.Module):
    """R1."""

    def __init__(self):
        super().__init__()
        self.picture, self.caption = CNN([3, 32, 64, 128], 16), Text(4000, 32, 128, 2)
        self.facts = nn.Sequential(nn.Linear(16, 128), nn.ReLU(), nn.Dropout(0.1))
        self.to_caption, self.to_picture = Block(128, cross=True), Block(128, cross=True)
        self.joins = nn.ModuleList(join(128, 128) for _ in range(2))
        self.outer = nn.ModuleList([join(256, 128), join(128, 128)])
        self.mlp = nn.Sequential(nn.Dropout(0.1), nn.Linear(256, 128), nn.ReLU())
        self.head = nn.Linear(128, CLASSES)

    def forward(self, pixels, ids, mask, numbers):
        p, c = self.picture(pixels), self.caption(ids, mask)
        a, b = self.to_caption(p, c, mask), self.to_picture(c, p)
        # What is learnt is averaged with nothing else: there is one pair a modality.
        z = torch.cat([self.joins[0](mean(b, mask)), self.joins[1](a.mean(1))], 1)
        z = torch.cat([self.outer[0](z), self.outer[1](self.facts(numbers))], 1)
        return self.head(self.mlp(z))


class Residual(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.conv2, self.norm2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        self.down = nn.Identity()
        if a != b or stride != 1:
            self.down = nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        h = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(h)) + self.down(x))


class ResNet(nn.Module):
    """R2."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        width = 64
        for stage, out in enumerate([64, 128, 256, 512]):
            for i in range(2):
                layers.append(Residual(width, out, 2 if stage and not i else 1))
                width = out
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(512, CLASSES)

    def forward(self, pixels):
        return self.head(self.layers(pixels).mean((2, 3)))


class Sentence(nn.Module):
    """R3."""

    def __init__(self, tokens=64):
        super().__init__()
        self.text, self.head = Text(4000, tokens, 256, 4), nn.Linear(256, CLASSES)

    def forward(self, ids, mask):
        return self.head(mean(self.text(ids, mask), mask))


class Table(nn.Module):
    """R4: 32 numbers and 8 categories of 10 values, a token a column."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(32, 64)), nn.Parameter(torch.randn(32, 64))
        self.embedding = nn.Embedding(80, 64)
        self.register_buffer("first", torch.arange(8) * 10)
        self.blocks = nn.ModuleList(Block(64) for _ in range(3))
        self.norm, self.head = nn.LayerNorm(64), nn.Linear(64, CLASSES)

    def forward(self, numbers, categories):
        x = torch.cat([numbers[:, :, None] * self.weight + self.bias, self.embedding(categories + self.first)], 1)
        for b in self.blocks:
            x = b(x)
        return self.head(self.norm(x).mean(1))


class MLP(nn.Sequential):
    """R5."""

    def __init__(self):
        super().__init__(
            nn.Linear(64, 256), nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, CLASSES)
        )


def text(batch, tokens):
    mask = torch.arange(tokens)[None] < torch.randint(tokens // 4, tokens + 1, (batch, 1))
    return torch.randint(1, 4000, (batch, tokens)), mask


REFERENCES = {
    "R1": (Fusion, lambda b: (torch.randn(b, 3, 32, 32), *text(b, 32), torch.randn(b, 16))),
    "R2": (ResNet, lambda b, pixels=64: (torch.randn(b, 3, pixels, pixels),)),
    "R3": (Sentence, lambda b, tokens=64: text(b, tokens)),
    "R4": (Table, lambda b: (torch.randn(b, 32), torch.randint(10, (b, 8)))),
    "R5": (MLP, lambda b: (torch.randn(b, 64),)),
}


class Probabilities(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *x):
        return F.softmax(self.model(*x), 1)


def prepare(peer, threads, request):
    torch.manual_seed(1)
    make, batch = REFERENCES[request["case"]]
    size = {k: request[k] for k in ("tokens", "pixels") if k in request}
    model = make(**{k: v for k, v in size.items() if k == "tokens"})
    inputs = batch(request["batch"], **size)
    parameters = sum(p.numel() for p in model.parameters())
    if request["kind"] == "train":
        step = training(model, inputs, request["batch"], peer == "pytorch-compile")
    elif peer == "onnxruntime":
        step = onnx_runtime(Probabilities(model).eval(), inputs, threads)
    else:
        step = inference(Probabilities(model).eval(), inputs, peer == "pytorch-compile")
    step()
    return step, {"parameters": parameters, "kernels": f"PyTorch {torch.__version__} {torch.backends.cpu.get_cpu_capability()}"}


def training(model, inputs, batch, compiled):
    target = torch.randint(CLASSES, (batch,))
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=0.01, fused=True)
    model.train()

    def loss_of(*x):
        return F.cross_entropy(model(*x), target)

    if compiled:
        loss_of = torch.compile(loss_of)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(*inputs).backward()
        nn.utils.clip_grad_norm_(parameters, CLIP, foreach=True)
        optimizer.step()

    return step


def inference(model, inputs, compiled):
    if compiled:
        model = torch.compile(model)

    def step():
        with torch.inference_mode():
            model(*inputs)

    return step


def onnx_runtime(model, inputs, threads):
    import onnxruntime

    f = io.BytesIO()
    names = [f"x{i}" for i in range(len(inputs))]
    torch.onnx.export(model, inputs, f, input_names=names, opset_version=17, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(f.getvalue(), options, providers=["CPUExecutionProvider"])
    feed = {n: x.numpy() for n, x in zip(names, inputs)}
    return lambda: session.run(None, feed)
