"""Products of matrices by NumPy's OpenBLAS."""

import numpy as np


def prepare(request):
    b, m, n, k = (request[x] for x in ("batch", "m", "n", "k"))
    r = np.random.default_rng(1)

    def matrix(rows, columns, transposed):
        shape = (columns, rows) if transposed else (rows, columns)
        if b > 1:
            shape = (b, *shape)
        x = r.standard_normal(shape, dtype=np.float32)
        return x.swapaxes(-1, -2) if transposed else x

    x, y = matrix(m, k, request["ta"]), matrix(k, n, request["tb"])
    out = np.empty((b, m, n) if b > 1 else (m, n), dtype=np.float32)
    np.matmul(x, y, out=out)
    return (lambda: np.matmul(x, y, out=out)), {"kernels": np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]}
