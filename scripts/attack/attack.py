"""Attacks `chiasm serve` with the worst requests of each kind, 256 at a time, and prints
what it took: the peak of its resident memory, how long a bystander waited for /healthz and
for a plain prediction, and how long SIGTERM took under the flood.

    python3 scripts/attack/attack.py --chiasm /tmp/chiasm --model runs/clipart --memory 512MiB

Linux, and Python's standard library alone. The pictures are PNG and GIF, made here.
"""

import argparse, base64, collections, json, re, signal, socket, struct, subprocess, sys, tempfile, threading, time, zlib

parser = argparse.ArgumentParser()
parser.add_argument("--chiasm", default="chiasm")
parser.add_argument("--model", required=True)
parser.add_argument("--memory", default="512MiB")
parser.add_argument("--clients", type=int, default=256)
parser.add_argument("--seconds", type=float, default=10, help="of each flood")
parser.add_argument("--only", default="", help="kinds whose name holds this")
args = parser.parse_args()


class Server:
    def __init__(self):
        self.log = tempfile.NamedTemporaryFile("w+")
        self.process = subprocess.Popen([args.chiasm, "serve", "--model", args.model, "--listen", "127.0.0.1:0", "--memory", args.memory], stdout=self.log, stderr=subprocess.STDOUT)
        self.port = None
        while self.port is None and self.process.poll() is None:
            found = re.search(r"http://127.0.0.1:(\d+)", open(self.log.name).read())
            self.port = found and int(found.group(1))
            time.sleep(0.02)
        self.idle = self.peak = self.resident()
        threading.Thread(target=self.watch, daemon=True).start()

    def resident(self):
        try:
            return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) / 1024
        except (OSError, AttributeError):
            return 0

    def watch(self):
        while self.process.poll() is None:
            self.peak = max(self.peak, self.resident())
            time.sleep(0.01)

    def send(self, request, timeout=60, read=True):
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as c:
            c.sendall(request)
            answer = b""
            while read:
                part = c.recv(65536)
                if not part:
                    break
                answer = (answer + part)[:1 << 16]
            if not read:
                time.sleep(timeout)
            return answer[9:12].decode() or "none"


def post(path, body):
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def png(side, depth, kind):
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    row = b"\0" * (1 + side * depth * {0: 1, 6: 4}[kind] // 8)
    pack = zlib.compressobj(9)
    pixels = b"".join(pack.compress(row) for _ in range(side)) + pack.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0)) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def plain(model):
    row = {}
    for i in model["inputs"]:
        for c in i["columns"]:
            row[c["name"]] = {"image": base64.b64encode(png(16, 8, 0)).decode(), "number": 1, "category": "a"}.get(c["type"], "a")
    return row


def kinds(model):
    row = plain(model)
    image = next((c["name"] for i in model["inputs"] for c in i["columns"] if c["type"] == "image"), None)
    text = next((c["name"] for i in model["inputs"] for c in i["columns"] if c["type"] == "text"), None)
    rows = lambda *all, **more: json.dumps({**more, "rows": all}).encode()
    all = {}
    if image:
        for name, file in {"PNG of 64 million pixels": png(8000, 1, 0), "PNG of 8 bytes a pixel": png(2000, 16, 6)}.items():
            all[name] = post("/v1/predict", rows({**row, image: base64.b64encode(file).decode()}))
    keys = ",".join(f'"k{i}":1' for i in range(1_000_000))
    all["a million keys"] = post("/v1/predict", b'{"rows":[{' + keys.encode() + b"}]}")
    all["a million keys, skipped"] = post("/v1/predict", b'{"on_error":"skip","rows":[{' + keys.encode() + b"}]}")
    all["a key of 15 MB"] = post("/v1/predict", b'{"rows":[{"' + b"<" * 15_000_000 + b'":1}]}')
    if text:
        all["a text of 12 MB"] = post("/v1/predict", rows({**row, text: "a b " * 3_000_000}))
    all["1,024 rows"] = post("/v1/predict", rows(*[row] * 1024))
    if model.get("explain"):
        all["explanations"] = post("/v1/explain", rows(row))
    return all


def get(server, path):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as c:
        c.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: c.recv(65536), b"")).partition(b"\r\n\r\n")[2]


def flood(name, request, ordinary, read=True):
    server, statuses, stop = Server(), collections.Counter(), threading.Event()

    def client():
        while not stop.is_set():
            try:
                statuses[server.send(request, read=read, timeout=60 if read else args.seconds)] += 1
            except OSError:
                statuses["cut"] += 1

    for _ in range(args.clients):
        threading.Thread(target=client, daemon=True).start()
    waits, end = collections.defaultdict(list), time.time() + args.seconds
    while time.time() < end:
        for what, ask in {"healthz": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "predict": ordinary}.items():
            began = time.time()
            try:
                status = server.send(ask)
            except OSError as e:
                status = str(e)
            waits[what].append(time.time() - began)
            if status != "200":
                waits[what + " not answered"].append(status)
        time.sleep(0.05)
    peak, began = server.peak, time.time()
    server.process.send_signal(signal.SIGTERM)
    code = server.process.wait(120)
    took = time.time() - began
    stop.set()
    shown = lambda w: f"{sorted(w)[len(w) // 2] * 1000:.0f}/{max(w) * 1000:.0f}"
    failed = {k: len(v) for k, v in waits.items() if "not" in k}
    print(f"{name}: idle {server.idle:.0f} MiB, peak {peak:.0f} MiB; ms, median/longest: healthz {shown(waits['healthz'])}, predict {shown(waits['predict'])} {failed or ''}; "
          f"SIGTERM {took:.1f} s, exit {code}; {dict(statuses.most_common(5))}", flush=True)


first = Server()
model = json.loads(get(first, "/v1/model"))
first.process.terminate()
first.process.wait()
ordinary = post("/v1/predict", json.dumps({"rows": [plain(model)]}).encode())
flood("nothing", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", ordinary) if args.only == "" else None
for name, request in kinds(model).items():
    if args.only in name:
        flood(name, request, ordinary)
for name in ("1,024 rows", "a key of 15 MB"):
    if args.only in name:
        flood(name + ", not read", kinds(model)[name], ordinary, read=False)
