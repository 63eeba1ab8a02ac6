"""The other side of the benchmark: one library, on so many threads, that does what it is told on standard input.

    python bench/peer.py pytorch-eager 2 wall

A request is a line of JSON, and so is its reply:
{"do": "prepare", "case": "R1", "kind": "train", "batch": 32}, then {"do": "run", "n": 10} -> {"seconds": 0.7}.
"""

import json
import os
import sys
import time


def main():
    peer, threads = sys.argv[1], int(sys.argv[2])
    now = {"wall": time.perf_counter, "cpu": time.process_time}[sys.argv[3]]
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not a reply
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                step = None
                step, reply = prepare(peer, threads, request)
            elif request["do"] == "run":
                start = now()
                for _ in range(request["n"]):
                    step()
                reply = {"seconds": now() - start}
            elif request["do"] == "peak":
                reply = {"peak_bytes": peak()}
            else:
                reply = {"error": f"unknown request {request['do']!r}"}
        except Exception as e:  # said on the other side, with the case at hand
            reply = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        print(json.dumps(reply), file=replies, flush=True)


def peak():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM:"))


def prepare(peer, threads, request):
    if peer == "openblas":
        import matrices

        return matrices.prepare(request)
    if peer == "pillow":
        import pictures

        return pictures.prepare(request)
    import torch

    torch.set_num_threads(threads)
    if request["kind"] == "operator":
        import operators

        return operators.prepare(request)
    import models

    return models.prepare(peer, threads, request)


if __name__ == "__main__":
    main()
