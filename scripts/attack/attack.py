"""Attacks `chiasm serve` with the worst requests of each kind, 256 clients at a time, and
prints one table: the peak of its resident memory, how long a bystander waited for /healthz
and for a plain prediction, and how long SIGTERM took under the flood.

    go build -o /tmp/chiasm ./cmd/chiasm
    /tmp/chiasm train --config examples/clipart/train.yaml --set training.epochs=1 --output /tmp/clipart
    python3 scripts/attack/attack.py --chiasm /tmp/chiasm --model /tmp/clipart

Linux, and Python's standard library alone: pictures are made here, and the model of 8,192
labels is trained here, in seconds. The clients are processes of their own, and so is the
bystander. `--only KIND` runs the kinds whose name holds this. The command in `fair` measures
a normal client beside explanations.
"""

import argparse, base64, collections, json, multiprocessing, os, re, resource, signal, socket, struct, subprocess, sys, tempfile, threading, time, zlib

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--chiasm", default="chiasm")
parser.add_argument("--model", required=True)
parser.add_argument("--memory", default="512MiB")
parser.add_argument("--clients", type=int, default=256)
parser.add_argument("--seconds", type=float, default=6, help="of each flood")
parser.add_argument("--only", default="", help="kinds whose name holds this")
args = parser.parse_args()
fork = multiprocessing.get_context("fork")
PROCESSES = 4
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Server:
    def __init__(self, model=args.model):
        self.log = tempfile.NamedTemporaryFile("w+")
        self.process = subprocess.Popen([args.chiasm, "serve", "--model", model, "--listen", "127.0.0.1:0", "--memory", args.memory], stdout=self.log, stderr=subprocess.STDOUT)
        self.port = None
        while self.port is None and self.process.poll() is None:
            found = re.search(r"http://127.0.0.1:(\d+)", open(self.log.name).read())
            self.port = found and int(found.group(1))
            time.sleep(0.02)
        if self.port is None:
            sys.exit(open(self.log.name).read())
        self.peak = self.resident()
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

    def stop(self):
        began = time.time()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(120)
        return time.time() - began, code


def send(port, request, timeout=60, hold=0):
    """The status of a request's answer; hold leaves it unread for so many seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as c:
        if hold:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.sendall(request)
        if hold:
            time.sleep(hold)
            return "held"
        answer = b""
        while part := c.recv(65536):
            answer = answer or part
        return answer[9:12].decode() or "none"


def post(path, body):
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def png(side, depth, kind):
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    row = b"\0" * (1 + side * depth * {0: 1, 6: 4}[kind] // 8)
    pack = zlib.compressobj(9)
    pixels = b"".join(pack.compress(row) for _ in range(side)) + pack.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0)) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def gif(side):
    """Of one colour, every pixel a code of its own, so that it is as long as it can be."""
    out, acc, bits = bytearray(), 0, 0
    for i in range(side * side * 3 // 2):
        code = 4 if i % 3 == 0 else 0  # a clear code before codes grow
        acc |= code << bits
        bits += 3
        while bits >= 8:
            out.append(acc & 255)
            acc, bits = acc >> 8, bits - 8
    acc |= 5 << bits
    out += bytes([acc & 255, acc >> 8 & 255])
    blocks = b"".join(bytes([len(out[i:i + 255])]) + bytes(out[i:i + 255]) for i in range(0, len(out), 255))
    return b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0" * 6 + b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02" + blocks + b"\0;"


def plain(model):
    row = {}
    for i in model["inputs"]:
        for c in i["columns"]:
            row[c["name"]] = {"image": base64.b64encode(png(16, 8, 0)).decode(), "number": 1, "category": "a"}.get(c["type"], "a")
    return row


def kinds(model):
    """Name, request, whether its answer is left unread."""
    row = plain(model)
    of = lambda kind: next((c["name"] for i in model["inputs"] for c in i["columns"] if c["type"] == kind), None)
    image, text = of("image"), of("text")
    rows = lambda *all, **more: json.dumps({**more, "rows": all}).encode()
    yield "nothing but /healthz", HEALTHZ, False
    if image:
        for name, file in {"PNG of 64 million pixels": png(8000, 1, 0), "PNG of 8 bytes a pixel": png(2000, 16, 6), "GIF of 4 million pixels": gif(2000)}.items():
            yield name, post("/v1/predict", rows({**row, image: base64.b64encode(file).decode()})), False
    keys = ",".join(f'"k{i}":1' for i in range(1_000_000)).encode()
    yield "a million keys", post("/v1/predict", b'{"rows":[{' + keys + b"}]}"), False
    yield "a million keys, skipped", post("/v1/predict", b'{"on_error":"skip","rows":[{' + keys + b"}]}"), False
    long = post("/v1/predict", b'{"rows":[{"' + b"<" * 15_000_000 + b'":1}]}')
    yield "a key of 15 MB", long, False
    yield "a key of 15 MB, the error not read", long, True
    if text:
        yield "a text of 12 MB", post("/v1/predict", rows({**row, text: "a b " * 3_000_000})), False
    many = post("/v1/predict", rows(*[row] * 1024))
    yield "1,024 rows", many, False
    yield "1,024 rows, the answer not read", many, True
    if model.get("explain"):
        yield "explanations", post("/v1/explain", rows(row)), False
        yield "explanations of 16 rows", post("/v1/explain", rows(*[row] * 16)), False


def labelled(folder):
    """A model of 8,192 labels, and the request that its answers make expensive."""
    with open(f"{folder}/data.csv", "w") as f:
        f.write("x,label,split\n" + "".join(f"{i % 97},label-{i % 8192},{'train' if i < 8192 else 'validation' if i < 8300 else 'test'}\n" for i in range(8400)))
    with open(f"{folder}/config.yaml", "w") as f:
        f.write("name: labels\nseed: 1\ndata: {path: data.csv, split: {column: split}}\ninputs:\n  x: {type: tabular, numeric: [x], encoder: {type: mlp, hidden: [8]}}\n"
                "output: {type: multiclass, column: label}\ntraining: {epochs: 1, batch_size: 512, optimizer: {type: adamw, learning_rate: 1e-3}}\n")
    subprocess.run([args.chiasm, "train", "--config", f"{folder}/config.yaml", "--output", f"{folder}/run"], check=True, stdout=subprocess.DEVNULL)
    return f"{folder}/run", post("/v1/predict", json.dumps({"rows": [{"x": 1}] * 1024}).encode())


def attack(port, action, threads, end, told):
    statuses = collections.Counter()

    def client():
        while time.time() < end:
            try:
                statuses[action(port)] += 1
            except ConnectionRefusedError:
                return  # the server has stopped
            except OSError:
                statuses["cut"] += 1

    all = [threading.Thread(target=client, daemon=True) for _ in range(threads)]
    for t in all:
        t.start()
    for t in all:
        t.join(max(0, end + 1 - time.time()))
    told.put(statuses)


def watch(port, ordinary, end, told):
    """A bystander: what it waited for, and what it was not answered."""
    waits, failed = collections.defaultdict(list), collections.Counter()
    while time.time() < end:
        for what, ask in {"healthz": HEALTHZ, "predict": ordinary}.items():
            began = time.time()
            try:
                status = send(port, ask)
            except OSError as e:
                status = str(e)
            waits[what].append((time.time() - began) * 1000)
            if status != "200":
                failed[f"{what} {status}"] += 1
        time.sleep(0.02)
    told.put((dict(waits), failed))


def slow(port):
    """A header that never ends, as long as it is let."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as c:
        c.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"%04x:\r\n" % i for i in range(2700)))
        return "read" if c.recv(1) else "closed"


def idle(port):
    """Forty connections that say nothing."""
    all = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(40)]
    for c in all:
        c.recv(1)
        c.close()
    return "closed"


shown = lambda w: f"{sorted(w)[len(w) // 2]:.0f}, {max(w):.0f}"


def flood(name, action, ordinary, model=args.model):
    server, told, seen = Server(model), fork.Queue(), fork.Queue()
    end = time.time() + args.seconds + 0.5
    clients = [fork.Process(target=attack, args=(server.port, action, args.clients // PROCESSES, end + 4, told), daemon=True) for _ in range(PROCESSES)]
    for c in clients:
        c.start()
    time.sleep(0.5)
    bystander = fork.Process(target=watch, args=(server.port, ordinary, end, seen), daemon=True)
    bystander.start()
    waits, failed = seen.get()
    peak = server.peak
    took, code = server.stop()
    statuses = collections.Counter()
    for c in clients:
        statuses += told.get()
    print(f"| {name} | {peak:.0f} | {shown(waits['healthz'])} | {shown(waits['predict'])} | {took:.1f} | {'; '.join(f'{k}: {v}' for k, v in failed.items()) or 'all'} | {', '.join(f'{k}: {v}' for k, v in statuses.most_common(4))} |", flush=True)


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    first = Server()
    with socket.create_connection(("127.0.0.1", first.port), timeout=60) as c:
        c.sendall(b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        model = json.loads(b"".join(iter(lambda: c.recv(65536), b"")).partition(b"\r\n\r\n")[2])
    first.stop()
    row = json.dumps({"rows": [plain(model)]}).encode()
    ordinary = post("/v1/predict", row)
    print(f"--memory {args.memory}, {args.clients} clients, {args.seconds:.0f} s each, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}; MiB, ms (median, longest), s\n")
    print("| kind | peak | healthz | a plain prediction | SIGTERM | the bystander was answered | the attackers |\n|---|---|---|---|---|---|---|")
    for name, request, unread in kinds(model):
        if args.only in name:
            flood(name, lambda port: send(port, request, hold=args.seconds if unread else 0), ordinary)
    for name, action in {"headers of 16 KB that do not end": slow, "idle connections, 40 a client": idle}.items():
        if args.only in name:
            flood(name, action, ordinary)
    if args.only in "8,192 labels":
        with tempfile.TemporaryDirectory() as folder:
            labels, request = labelled(folder)
            flood("8,192 labels", lambda port: send(port, request), post("/v1/predict", b'{"rows":[{"x":1}]}'), labels)
            flood("8,192 labels, the answer not read", lambda port: send(port, request, hold=args.seconds), post("/v1/predict", b'{"rows":[{"x":1}]}'), labels)


main()
