"""Writes op/testdata/parity/*.json: outputs and gradients of PyTorch for each operator.

Run from the root of the repository:  python scripts/parity/ops.py
"""

import math

import torch
import torch.nn.functional as F

from fixture import array, generator, named, run, write
from modules import masked_mean, weighted_batch_norm

ACTIVATIONS = {
    "none": lambda x: x,
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


class File:
    """The cases of one operator."""

    def __init__(self, op):
        self.op, self.cases = op, []

    def case(self, name, inputs, f, attrs=None, only=None, **extra):
        """inputs are tensors, or shapes to be filled from the normal distribution."""
        self.key = f"{self.op} {name}"
        gen = generator(self.key)
        inputs = {k: v if torch.is_tensor(v) else torch.randn(v, generator=gen) for k, v in inputs.items()}
        self.cases.append({"op": self.op, "name": name, "attrs": attrs or {}, **run(self.key, inputs, f, only), **extra})

    def write(self):
        write(f"op/testdata/parity/{self.op}.json", self.cases)


def linear():
    f = File("linear")
    for name, act, shape, out, bias in [
        ("two axes", "none", (5, 7), 3, True),
        ("two axes, no bias", "none", (5, 7), 3, False),
        ("three axes", "none", (2, 5, 7), 4, True),
        ("three axes, no bias", "none", (3, 1, 5), 2, False),
        ("one row, one output", "none", (1, 9), 1, True),
        ("wider than a vector register", "none", (19, 37), 33, True),
        ("relu", "relu", (4, 6), 5, True),
        ("gelu", "gelu", (2, 3, 6), 5, True),
        ("gelu_tanh", "gelu_tanh", (4, 6), 5, True),
        ("silu", "silu", (4, 6), 5, True),
        ("tanh", "tanh", (4, 6), 5, True),
        ("sigmoid, no bias", "sigmoid", (4, 6), 5, False),
    ]:
        inputs = {"x": shape, "weight": (out, shape[-1])}
        if bias:
            inputs["bias"] = (out,)
        f.case(name, inputs, lambda x, w, b=None: ACTIVATIONS[act](F.linear(x, w, b)), {"activation": act})
    f.write()


def activations():
    for act in list(ACTIVATIONS)[1:]:
        f = File(act)
        f.case("three axes", {"x": 3 * torch.randn((3, 5, 7), generator=generator(act))}, ACTIVATIONS[act])
        x = torch.tensor([-100.0, -20, -9, -6, -3, -1, -0.1, -1e-6, 1e-6, 0.1, 1, 3, 6, 9, 20, 100])
        f.case("wide range", {"x": x}, ACTIVATIONS[act])
        f.write()


def conv2d():
    f = File("conv2d")
    for name, x, w, bias, stride, padding, groups in [
        ("3x3", (2, 3, 7, 6), (4, 3, 3, 3), True, (1, 1), (0, 0), 1),
        ("padding, no bias", (2, 3, 5, 6), (4, 3, 3, 3), False, (1, 1), (1, 1), 1),
        ("stride 2", (1, 2, 9, 8), (3, 2, 3, 3), True, (2, 2), (1, 1), 1),
        ("stride 2, 7x7", (1, 3, 11, 13), (2, 3, 7, 7), False, (2, 2), (3, 3), 1),
        ("1x1", (3, 5, 3, 4), (2, 5, 1, 1), True, (1, 1), (0, 0), 1),
        ("1x1, stride 2", (2, 3, 5, 5), (4, 3, 1, 1), False, (2, 2), (0, 0), 1),
        ("uneven kernel, stride and padding", (2, 2, 8, 9), (3, 2, 2, 5), True, (3, 2), (1, 2), 1),
        ("two groups", (2, 4, 5, 5), (6, 2, 3, 3), True, (1, 1), (1, 1), 2),
        ("depthwise", (2, 3, 6, 5), (3, 1, 3, 3), True, (1, 1), (1, 1), 3),
        ("depthwise, two a channel, stride 2", (1, 3, 7, 7), (6, 1, 3, 3), False, (2, 2), (1, 1), 3),
        ("kernel as large as the image", (2, 3, 4, 3), (2, 3, 4, 3), True, (1, 1), (0, 0), 1),
        ("17 outputs", (1, 2, 6, 19), (17, 2, 3, 3), True, (1, 1), (1, 1), 1),
    ]:
        inputs = {"x": x, "weight": w}
        if bias:
            inputs["bias"] = w[:1]
        f.case(name, inputs, lambda x, w, b=None: F.conv2d(x, w, b, stride, padding, 1, groups),
               {"stride": stride, "padding": padding, "groups": groups})
    f.write()


def pools():
    f = File("max_pool2d")
    for name, x, kernel, stride, padding in [
        ("2x2", (2, 3, 4, 6), (2, 2), (2, 2), (0, 0)),
        ("2x2, odd image", (1, 2, 5, 7), (2, 2), (2, 2), (0, 0)),
        ("3x3, stride 2, padding", (2, 2, 7, 6), (3, 3), (2, 2), (1, 1)),
        ("overlapping", (1, 2, 5, 5), (3, 2), (1, 1), (0, 0)),
    ]:
        f.case(name, {"x": x}, lambda x: F.max_pool2d(x, kernel, stride, padding), {"kernel": kernel, "stride": stride, "padding": padding})
    f.case("negative, with padding", {"x": -1 - torch.rand((1, 1, 4, 4), generator=generator("negative"))},
           lambda x: F.max_pool2d(x, 3, 2, 1), {"kernel": (3, 3), "stride": (2, 2), "padding": (1, 1)})
    f.write()

    f = File("avg_pool2d")
    for name, x, kernel, stride, padding in [
        ("2x2", (2, 3, 4, 6), (2, 2), (2, 2), (0, 0)),
        ("2x2, odd image", (1, 2, 5, 7), (2, 2), (2, 2), (0, 0)),
        ("overlapping", (1, 2, 5, 5), (3, 2), (1, 2), (0, 0)),
        ("padding not counted", (2, 2, 7, 6), (3, 3), (2, 2), (1, 1)),
    ]:
        f.case(name, {"x": x}, lambda x: F.avg_pool2d(x, kernel, stride, padding, count_include_pad=False),
               {"kernel": kernel, "stride": stride, "padding": padding, "count_include_pad": False})
    f.write()

    f = File("global_avg_pool2d")
    f.case("odd image", {"x": (3, 4, 5, 3)}, lambda x: x.mean((2, 3)))
    f.case("one pixel", {"x": (2, 3, 1, 1)}, lambda x: x.mean((2, 3)))
    f.write()

    f = File("masked_mean")
    f.case("padded", {"x": (3, 5, 4), "mask": torch.tensor([[1.0, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 0, 1]])}, masked_mean)
    f.case("a row of nothing", {"x": (3, 4, 3), "mask": torch.tensor([[1.0, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])}, masked_mean)
    f.case("one token", {"x": (2, 1, 3), "mask": torch.tensor([[1.0], [1.0]])}, masked_mean)
    f.write()


def batch_norm():
    f = File("batch_norm2d")
    for name, shape, train, rows in [
        ("train", (3, 4, 5, 2), True, None),
        ("train, one row", (1, 3, 4, 5), True, None),
        ("train, rows weighted", (4, 3, 3, 2), True, torch.tensor([1.0, 0, 1, 1])),
        ("eval", (3, 4, 2, 5), False, None),
    ]:
        c = shape[1]
        gen = generator("running " + name)
        before = {"running_mean": torch.randn(c, generator=gen), "running_var": torch.rand(c, generator=gen) + 0.5}
        after = {k: v.clone() for k, v in before.items()}
        inputs = {"x": 2 * torch.randn(shape, generator=gen) + 1, "weight": (c,), "bias": (c,)}
        momentum, eps = 0.1, 1e-5
        if rows is None:
            def fn(x, w, b):
                return F.batch_norm(x, after["running_mean"], after["running_var"], w, b, train, momentum, eps)
        else:
            inputs["row_weights"] = rows

            def fn(x, w, b, r):
                keep = x.detach()[r > 0]
                mean, var = before["running_mean"].clone(), before["running_var"].clone()
                want = F.batch_norm(keep, mean, var, w.detach(), b.detach(), True, momentum, eps)
                y = weighted_batch_norm(x, w, b, after["running_mean"], after["running_var"], momentum, eps, r)
                torch.testing.assert_close(y.detach()[r > 0], want)
                torch.testing.assert_close(after["running_mean"], mean)
                torch.testing.assert_close(after["running_var"], var)
                return y

        buffers = {"before": [named(k, v) for k, v in before.items()]}
        only = None if rows is None else (rows > 0)[:, None, None, None]
        f.case(name, inputs, fn, {"train": train, "momentum": momentum, "epsilon": eps}, only, buffers=buffers)
        buffers["after"] = [named(k, v) for k, v in after.items()]
    f.write()


def norms():
    f = File("group_norm")
    for name, shape, groups in [("two groups", (2, 4, 3, 5), 2), ("one group", (2, 3, 2, 2), 1), ("a group a channel", (2, 3, 4, 3), 3)]:
        f.case(name, {"x": shape, "weight": shape[1:2], "bias": shape[1:2]},
               lambda x, w, b: F.group_norm(x, groups, w, b, 1e-5), {"groups": groups, "epsilon": 1e-5})
    f.write()

    f = File("layer_norm")
    for name, shape in [("three axes", (2, 3, 7)), ("two axes", (4, 19)), ("a width of two", (3, 2))]:
        f.case(name, {"x": shape, "weight": shape[-1:], "bias": shape[-1:]},
               lambda x, w, b: F.layer_norm(x, x.shape[-1:], w, b, 1e-5), {"epsilon": 1e-5})
    far = 100 + torch.randn((3, 8), generator=generator("far"))
    f.case("far from zero", {"x": far, "weight": (8,), "bias": (8,)}, lambda x, w, b: F.layer_norm(x, (8,), w, b, 1e-5), {"epsilon": 1e-5})
    f.write()


def embedding():
    f = File("embedding")
    ids = torch.tensor([[3, 1, 3, 0], [5, 5, 0, 0]])
    table = torch.randn((6, 5), generator=generator("table"))
    f.case("no padding", {"table": table, "ids": ids}, lambda w, i: F.embedding(i, w), {"padding_idx": -1})
    table = table.clone()
    table[0] = 0
    f.case("padding is 0", {"table": table, "ids": ids}, lambda w, i: F.embedding(i, w, padding_idx=0), {"padding_idx": 0})
    f.case("one axis of ids", {"table": (4, 3), "ids": torch.tensor([2, 2, 0])}, lambda w, i: F.embedding(i, w), {"padding_idx": -1})
    f.write()

    f = File("embedding_bag")
    ids = torch.tensor([[[3, 1, 0], [2, 0, 0]], [[5, 5, 4], [0, 0, 0]]])
    table = torch.randn((6, 3), generator=generator("bag"))

    def bag(w, i):
        return F.embedding_bag(i.flatten(0, 1), w, mode="mean", padding_idx=0).reshape(*i.shape[:2], -1)

    f.case("0 does not count", {"table": table, "ids": ids}, bag)
    f.write()


def pairwise():
    for op, fn in [("add", torch.add), ("mul", torch.mul)]:
        f = File(op)
        for name, a, b in [
            ("equal shapes", (2, 3, 4), (2, 3, 4)),
            ("a vector", (2, 3, 5), (5,)),
            ("positions", (2, 3, 5), (3, 5)),
            ("a number a row", (3, 4, 5), (3, 1, 1)),
            ("a number a token", (3, 4, 5), (3, 4, 1)),
            ("a vector a row", (3, 4, 5), (3, 1, 5)),
            ("channels", (2, 3, 2, 5), (2, 3, 1, 1)),
            ("each repeats the other", (3, 1, 2), (1, 4, 2)),
        ]:
            f.case(name, {"a": a, "b": b}, fn)
        f.write()


def layout():
    f = File("concat")
    f.case("last axis", {"a": (2, 3), "b": (2, 1), "c": (2, 5)}, lambda *x: torch.cat(x, -1), {"axis": 1})
    f.case("tokens", {"a": (2, 3, 4), "b": (2, 2, 4)}, lambda *x: torch.cat(x, 1), {"axis": 1})
    f.case("rows", {"a": (1, 3, 2), "b": (4, 3, 2)}, lambda *x: torch.cat(x, 0), {"axis": 0})
    f.write()

    f = File("slice")
    f.case("last axis", {"x": (3, 7)}, lambda x: x[:, 2:5], {"axis": 1, "from": 2, "to": 5})
    f.case("middle axis", {"x": (2, 5, 3)}, lambda x: x[:, 4:5], {"axis": 1, "from": 4, "to": 5})
    for i, (lo, hi) in enumerate([(0, 2), (2, 3), (3, 7)]):
        x = torch.randn((2, 3, 7), generator=generator("split"))
        f.case(f"part {i} of a split by 2, 1, 4", {"x": x}, lambda x: torch.split(x, [2, 1, 4], 2)[i], {"axis": 2, "from": lo, "to": hi})
    f.write()

    f = File("reshape")
    f.case("heads apart", {"x": (2, 3, 8)}, lambda x: x.reshape(2, 3, 4, 2), {"shape": [2, 3, 4, 2]})
    f.case("flat", {"x": (2, 3, 2)}, lambda x: x.reshape(2, 6), {"shape": [2, 6]})
    f.write()

    f = File("transpose")
    for name, shape, perm in [("a matrix", (3, 5), (1, 0)), ("channels to tokens", (2, 3, 4), (0, 2, 1)), ("heads", (2, 3, 4, 5), (0, 2, 1, 3)),
                              ("a cycle", (2, 3, 4), (2, 0, 1)), ("channels last", (2, 3, 4, 5), (0, 2, 3, 1))]:
        f.case(name, {"x": shape}, lambda x: x.permute(perm), {"perm": perm})
    f.write()


def rows_alike():
    f = File("expand")
    f.case("tokens", {"x": (3, 5)}, lambda x: x.expand(4, 3, 5), {"b": 4})
    f.case("one row", {"x": (7,)}, lambda x: x.expand(1, 7), {"b": 1})
    f.write()

    f = File("modulate")
    for name, shape, axis in [("channels", (2, 3, 4, 5), 1), ("features of tokens", (2, 3, 5), 2), ("a vector", (4, 19), 1)]:
        c = (shape[0], shape[axis])
        broadcast = [shape[i] if i in (0, axis) else 1 for i in range(len(shape))]
        f.case(name, {"x": shape, "gamma": c, "beta": c},
               lambda x, gamma, beta: x * (1 + gamma.reshape(broadcast)) + beta.reshape(broadcast), {"axis": axis})
    f.write()


def pools_of_decisions():
    """Decisions joined by the definitions of fusion: presence p, weights w, prior q."""
    gen = generator("presences")
    present = [(torch.rand((6, 1), generator=gen) < 0.7).float() for _ in range(3)]
    for p in present:
        p[0], p[1] = 1, 0  # all, none
    weights, prior = torch.tensor([0.5, 0.2, 0.3]), torch.tensor([0.4, 0.3, 0.2, 0.1])

    def shares(p, w):  # (B, M)
        s = torch.cat(p, 1) * w
        return s / s.sum(1, keepdim=True).clamp_min(1e-9)

    def linear(sigmoid, x, p, w):
        probability = torch.sigmoid if sigmoid else lambda l: torch.softmax(l, 1)
        none = (torch.cat(p, 1).sum(1, keepdim=True) == 0).float()
        mean = sum(shares(p, w)[:, m:m + 1] * probability(l) for m, l in enumerate(x)) + none / 2  # no log of 0
        joined = torch.log(mean) - torch.log1p(-mean) if sigmoid else torch.log(mean)
        return joined * (1 - none)

    def product(sigmoid, mean, x, p, q, w):
        logs = (lambda l: l) if sigmoid else lambda l: F.log_softmax(l, 1)
        n = torch.cat(p, 1).sum(1, keepdim=True)
        joined = sum(shares(p, w)[:, m:m + 1] * logs(l) for m, l in enumerate(x))
        return torch.where(n > 0, joined, q) if mean else n * joined + (1 - n) * q

    logits = {f"logits{m}": (6, 4) for m in range(3)}
    presences = {f"present{m}": p for m, p in enumerate(present)}
    for sigmoid in (False, True):
        kind = "sigmoid" if sigmoid else "softmax"
        f = File(f"average_scores_{kind}")
        for name, w in [("equal", None), ("weighted", weights)]:
            extra = {} if w is None else {"pool_weights": w}
            f.case(name, {**logits, **presences, **extra},
                   lambda *a: linear(sigmoid, a[:3], a[3:6], a[6] if len(a) > 6 else torch.ones(3)), {"m": 3, "sigmoid": sigmoid})
        f.write()
        f = File(f"product_scores_{kind}")
        q = torch.log(prior) - torch.log1p(-prior) if sigmoid else torch.log(prior)
        for mean in (False, True):
            for name, w in [("equal", None), ("weighted", weights)]:
                extra = {} if w is None else {"pool_weights": w}
                f.case(name + (" log pool" if mean else " product"), {**logits, **presences, "prior": q, **extra},
                       lambda *a: product(sigmoid, mean, a[:3], a[3:6], a[6], a[7] if len(a) > 7 else torch.ones(3)),
                       {"m": 3, "sigmoid": sigmoid, "mean": mean})
        f.write()
    f = File("temper")
    f.case("above 1", {"x": (5, 7), "temperature": torch.tensor([2.3])}, lambda x, t: x / t)
    f.case("below 1", {"x": (3, 1), "temperature": torch.tensor([0.37])}, lambda x, t: x / t)
    f.write()


def heads_apart(x, heads):  # (B, T, D) -> (B, H, T, K)
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


def attention():
    f = File("attention")
    for name, b, tq, tk, d, heads, mask in [
        ("one head", 2, 3, 3, 4, 1, None),
        ("heads", 2, 5, 5, 6, 3, None),
        ("more keys than queries", 3, 2, 7, 8, 2, None),
        ("more queries than keys", 1, 9, 2, 8, 4, None),
        ("mask", 3, 4, 5, 6, 2, [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 1, 0, 1, 1]]),
        ("mask that leaves one key", 2, 3, 4, 4, 2, [[0, 0, 1, 0], [1, 1, 1, 0]]),
        ("one token", 2, 1, 1, 4, 2, None),
        ("odd head width", 2, 17, 19, 15, 3, None),
    ]:
        inputs = {"query": (b, tq, d), "key": (b, tk, d), "value": (b, tk, d)}
        if mask:
            inputs["mask"] = torch.tensor(mask, dtype=torch.float32)
        weights = []

        def fn(q, k, v, m=None):
            q, k, v = (heads_apart(t, heads) for t in (q, k, v))
            keep = None if m is None else m[:, None, None, :] > 0
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=keep)
            scores = (q @ k.transpose(2, 3) / math.sqrt(q.shape[3])).detach()
            weights.append(torch.softmax(scores if keep is None else scores.masked_fill(~keep, -math.inf), -1))
            return y.transpose(1, 2).reshape(b, tq, d)

        f.case(name, inputs, fn, {"heads": heads})
        f.cases[-1]["weights"] = array(weights[0])
    f.write()


def softmaxes():
    for op, fn in [("softmax", F.softmax), ("log_softmax", F.log_softmax)]:
        f = File(op)
        f.case("three axes", {"x": (2, 3, 5)}, lambda x: fn(x, -1))
        f.case("one class", {"x": (3, 1)}, lambda x: fn(x, -1))
        f.case("wider than a vector register", {"x": 5 * torch.randn((2, 37), generator=generator(op))}, lambda x: fn(x, -1))
        f.case("large", {"x": torch.tensor([[1e4, 0, -1e4], [-1e4, -1e4, 1e4], [50, 60, 70]])}, lambda x: fn(x, -1))
        f.write()


def softmax_cross_entropy():
    f = File("softmax_cross_entropy")
    weights = torch.tensor([0.5, 2, 1, 0.25, 3])
    rows = torch.tensor([1.0, 0.5, 0, 1, 2, 0, 1])
    for name, classes, class_weights, smoothing, row_weights in [
        ("plain", 5, None, 0.0, None),
        ("two classes", 2, None, 0.0, None),
        ("class weights", 5, weights, 0.0, None),
        ("label smoothing", 5, None, 0.1, None),
        ("class weights and label smoothing", 5, weights, 0.1, None),
        ("row weights", 5, None, 0.0, rows),
        ("all of them", 5, weights, 0.2, rows),
    ]:
        gen = generator(name)
        inputs = {"logits": 3 * torch.randn((7, classes), generator=gen), "targets": torch.randint(classes, (7,), generator=gen)}
        if class_weights is not None:
            inputs["class_weights"] = class_weights
        if row_weights is not None:
            inputs["row_weights"] = row_weights

        def fn(x, y, *_):
            r = torch.ones(7) if row_weights is None else row_weights
            w = torch.ones(classes) if class_weights is None else class_weights
            each = F.cross_entropy(x, y, class_weights, reduction="none", label_smoothing=smoothing)
            loss = (r * each).sum() / (r * w[y]).sum()
            if row_weights is None:
                torch.testing.assert_close(loss, F.cross_entropy(x, y, class_weights, label_smoothing=smoothing))
            return loss

        f.case(name, inputs, fn, {"label_smoothing": smoothing})
    large = torch.tensor([[1e4, 0, -1e4], [-1e4, -1e4, 1e4], [50, 60, 70]])
    f.case("large logits", {"logits": large, "targets": torch.tensor([1, 2, 0])}, F.cross_entropy, {"label_smoothing": 0.0})
    f.write()


def rowwise(each, r):
    """The mean of each (B, N) over N, then over rows by their weights."""
    each = each.reshape(each.shape[0], -1).mean(1)
    return each.mean() if r is None else (r * each).sum() / r.sum()


def other_losses():
    rows = torch.tensor([1.0, 0, 2, 0.5, 1])
    f = File("bce_with_logits")
    for name, shape, r in [("one column", (5, 1), None), ("several", (5, 3), None), ("row weights", (5, 3), rows)]:
        inputs = {"logits": 3 * torch.randn(shape, generator=generator(name)), "targets": (torch.rand(shape, generator=generator(name)) < 0.4).float()}
        if r is not None:
            inputs["row_weights"] = r
        f.case(name, inputs, lambda x, y, _=None: rowwise(F.binary_cross_entropy_with_logits(x, y, reduction="none"), r))
    f.case("large logits", {"logits": torch.tensor([[1e4, -1e4, 90], [-1e4, 1e4, -90]]), "targets": torch.tensor([[1.0, 1, 0], [1, 1, 1]])},
           F.binary_cross_entropy_with_logits)
    f.write()

    for op, attrs, fn in [
        ("mse", {}, lambda x, y: F.mse_loss(x, y, reduction="none")),
        ("l1", {}, lambda x, y: F.l1_loss(x, y, reduction="none")),
        ("huber", {"delta": 1.0}, lambda x, y: F.huber_loss(x, y, reduction="none", delta=1.0)),
        ("huber", {"delta": 0.3}, lambda x, y: F.huber_loss(x, y, reduction="none", delta=0.3)),
    ]:
        if op != "huber" or attrs["delta"] == 1:
            f = File(op)
        tail = f", delta {attrs['delta']}" if attrs else ""
        for name, shape, r in [("one column", (5, 1), None), ("several", (5, 3), None), ("row weights", (5, 2), rows)]:
            inputs = {"predictions": shape, "targets": shape}
            if r is not None:
                inputs["row_weights"] = r
            f.case(name + tail, inputs, lambda x, y, _=None: rowwise(fn(x, y), r), attrs)
        if op != "huber" or attrs["delta"] != 1:
            f.write()


def joined():
    """Operators that join modalities, of which a row has some: presences are (B, 1)."""
    b = 4
    present = {f"present{m}": torch.tensor(p)[:, None] for m, p in enumerate([[1.0, 1, 0, 0], [1.0, 0, 1, 0], [1.0, 1, 1, 0]])}
    some = torch.tensor([1.0, 1, 1, 0])[:, None]  # the last row has none

    def case(f, name, values, fn, attrs=None, extra=None, present=present):
        m = len(values)
        given = {f"x{i}": v for i, v in enumerate(values)} | dict(list(present.items())[:m]) | (extra or {})
        f.case(name, given, lambda *a: fn(a[:m], a[m:2 * m], *a[2 * m:]), {"M": m} | (attrs or {}))

    everywhere = {k: torch.ones(b, 1) for k in present}

    f = File("present_max")

    def largest(xs, ps):
        x = torch.stack([x.masked_fill(p == 0, -torch.inf) for x, p in zip(xs, ps)])
        return torch.where(some > 0, x.amax(0), 0)

    case(f, "three", [(b, 5)] * 3, largest)
    f.write()

    f = File("present_softmax")

    def softmax(xs, ps):
        x = torch.stack([x.masked_fill(p == 0, -1e30) for x, p in zip(xs, ps)], 1)
        return torch.softmax(x, 1) * torch.stack(ps, 1)

    case(f, "three", [(b, 5)] * 3, softmax)
    case(f, "one place", [(b, 1)] * 2, softmax)
    case(f, "all present", [(b, 3)] * 3, lambda xs, _: torch.softmax(torch.stack(xs, 1), 1), present=everywhere)
    f.write()

    f = File("present_weighted")
    for name, n in [("a weight a place", 5), ("a weight a modality", 1)]:
        case(f, name, [(b, 5)] * 3, lambda xs, ps, w: (torch.stack(xs, 1) * torch.stack(ps, 1) * w).sum(1), extra={"weights": (b, 3, n)})
    f.write()

    f = File("low_rank")
    for rank, d in [(1, 5), (4, 3)]:
        def low_rank(xs, ps, w, bias):
            product = torch.stack([torch.where(p > 0, x, 1) for x, p in zip(xs, ps)]).prod(0)
            return (product.view(b, rank, d) * w).sum(1) + bias

        case(f, f"rank {rank}", [(b, rank * d)] * 3, low_rank, extra={"weights": (rank, d), "bias": (d,)})
    f.write()

    f = File("outer_product")

    def outer(xs, ps):
        one = torch.ones(b, 1)
        vs = [torch.cat([one, x * p], 1) for x, p in zip(xs, ps)]
        return torch.einsum("bi,bj,bk->bijk", *vs).flatten(1)

    case(f, "three", [(b, 2), (b, 4), (b, 3)], outer)
    f.write()

    f = File("mix_scores")
    for name, o in [("three classes", 3), ("two", 2)]:
        def mixture(xs, ps, w):
            p = torch.softmax(torch.stack(xs, 1), -1)
            total = (torch.stack(ps, 1) * w * p).sum(1)
            return torch.where(some > 0, torch.log(torch.where(some > 0, total, 1)), 0)

        weights = torch.rand((b, 3, 1), generator=generator(name)) + 0.1
        case(f, name, [(b, o)] * 3, mixture, {"Sigmoid": False}, {"weights": weights})

    def sigmoids(xs, ps, w):
        p = torch.sigmoid(torch.stack(xs, 1))
        keep = torch.stack(ps, 1) * w
        yes, no = (torch.where(some > 0, (keep * q).sum(1), 1) for q in (p, 1 - p))
        return torch.log(yes) - torch.log(no)

    weights = torch.rand((b, 3, 1), generator=generator("sigmoid")) + 0.1
    case(f, "sigmoids", [(b, 2)] * 3, sigmoids, {"Sigmoid": True}, {"weights": weights})
    f.write()


def columns():
    """Embeddings of single numbers: torch.einsum and torch.cat of cosines and sines."""
    f = File("periodic")
    for name, rows, n, k in [("one", 1, 1, 1), ("columns", 5, 3, 4), ("wider than a vector register", 3, 2, 19)]:
        f.case(name, {"x": (rows, n), "frequencies": (n, k)}, lambda x, frequencies: torch.cat(
            [torch.cos(2 * math.pi * frequencies * x[..., None]), torch.sin(2 * math.pi * frequencies * x[..., None])], -1))
    f.write()
    f = File("grouped_linear")
    for name, rows, n, k, o in [("one", 1, 1, 1, 1), ("columns", 5, 3, 4, 2), ("wider than a vector register", 7, 2, 19, 17)]:
        f.case(name, {"x": (rows, n, k), "weight": (n, o, k), "bias": (n, o)}, lambda x, weight, bias: torch.einsum(
            "bnk,nok->bno", x, weight) + bias)
    f.write()


for family in (linear, activations, conv2d, pools, batch_norm, norms, embedding, pairwise, layout, rows_alike, attention, softmaxes, softmax_cross_entropy, other_losses, joined, pools_of_decisions, columns):
    family()
