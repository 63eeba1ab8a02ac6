// Runs an exported model by onnxruntime-node on the cases beside it: what
// samples/check.py does, in JavaScript.
//
//   npm install onnxruntime-node
//   node check.mjs EXPORT CASES
//
// It prints the largest difference of each case and batch, and fails beyond 1e-4.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ort = createRequire(join(process.cwd(), "x"))("onnxruntime-node");
const [folder, cases] = process.argv.slice(2);
const types = { "<f4": ["float32", Float32Array], "<f8": ["float64", Float64Array], "<i8": ["int64", BigInt64Array], "|u1": ["uint8", Uint8Array] };

function npy(path) {
  const file = readFileSync(path);
  const header = file.subarray(10, 10 + file.readUInt16LE(8)).toString("latin1");
  const [type, Numbers] = types[/'descr': '(...)'/.exec(header)[1]];
  const shape = /\(([^)]*)\)/.exec(header)[1].split(",").filter((s) => s.trim() !== "").map(Number);
  const raw = new Uint8Array(file.subarray(10 + file.readUInt16LE(8))).buffer;
  return { type, shape, data: new Numbers(raw), width: shape.slice(1).reduce((a, b) => a * b, 1) };
}

const session = await ort.InferenceSession.create(join(folder, "model.onnx"));
let failed = 0;
for (const name of readdirSync(cases).sort()) {
  const dir = join(cases, name);
  const feed = Object.fromEntries(session.inputNames.map((n) => [n, npy(join(dir, n + ".npy"))]));
  const output = session.outputNames.includes("probabilities") ? "probabilities" : "logits";
  const want = npy(join(dir, `want.${output}.npy`));
  const [rows, width] = want.shape;
  for (const batch of [1, 37, rows]) {
    let [difference, labels] = [0, 0];
    for (let lo = 0; lo < rows; lo += batch) {
      const hi = Math.min(lo + batch, rows);
      const part = {};
      for (const [n, a] of Object.entries(feed)) {
        part[n] = new ort.Tensor(a.type, a.data.slice(lo * a.width, hi * a.width), [hi - lo, ...a.shape.slice(1)]);
      }
      const got = (await session.run(part, [output]))[output].data;
      got.forEach((v, i) => (difference = Math.max(difference, Number.isNaN(v) ? Infinity : Math.abs(v - want.data[lo * width + i]))));
      for (let i = lo; i < hi && width > 1; i++) {
        const [w, g] = [want.data.slice(i * width, (i + 1) * width), got.slice((i - lo) * width, (i - lo + 1) * width)];
        const [first, second] = [...w].sort((a, b) => b - a);
        if (first - second > 1e-3 && w.indexOf(first) !== g.indexOf(Math.max(...g))) labels++;
      }
    }
    failed += difference > 1e-4 || labels > 0;
    console.log(`${name}, batch ${batch}: ${rows} rows, ${output} differ by ${difference.toPrecision(2)}, ${labels} labels differ`);
  }
}
process.exit(failed > 0 ? 1 : 0);
