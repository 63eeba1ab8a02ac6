// Predicts rows with the exported model in the folder above this one.
//
//   npm install onnxruntime-node pngjs sharp
//   node predict.mjs rows.jsonl --images FOLDER
//
// Each line of rows.jsonl is a JSON object from column to value; a value that is
// null, empty or left out is missing. An image is a path below FOLDER. A line of
// JSON is printed for each row. A row that cannot be used ends the program with 3.
//
// --features prints what the graph is given for each row instead, or why the row
// cannot be used. That needs nothing but Node (for images pngjs or sharp too). It is
// meant to be read and copied from. pngjs decodes PNG files, sharp all others; for PNG
// alone leave sharp out.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as cells from "./cells.mjs";

// An image file as [width, height, bytes of red, green, blue, alpha].
async function decode(path) {
  if (path.toLowerCase().endsWith(".png")) {
    const { PNG } = (await import("pngjs")).default;
    const { width, height, data } = PNG.sync.read(readFileSync(path));
    return [width, height, data];
  }
  const sharp = (await import("sharp")).default;
  const { data, info } = await sharp(path).rotate().toColourspace("srgb").ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return [info.width, info.height, data];
}

// What each of n output pixels takes of a side of the length size, of which
// [from, to) is seen: a triangle as wide as two output pixels, in whole numbers
// of 22 bits, as Pillow does it.
function taps(size, from, to, n) {
  const scale = (to - from) / n;
  const width = Math.max(scale, 1);
  return Array.from({ length: n }, (_, i) => {
    const centre = from + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - width + 0.5));
    const last = Math.min(size, Math.trunc(centre + width + 0.5));
    const exact = [];
    for (let j = first; j < last; j++) exact.push(Math.max(0, 1 - Math.abs((j - centre + 0.5) * (1 / width))));
    const sum = exact.reduce((a, b) => a + b, 0);
    return [first, exact.map((w) => Math.trunc((w / sum) * (1 << 22) + 0.5))];
  });
}

// One plane, resized: rows first, then columns, rounded to 8 bits after each.
function resize(plane, w, h, box, width, height) {
  const half = 1 << 21;
  const xs = taps(w, box[0], box[2], width);
  const ys = taps(h, box[1], box[3], height);
  const narrow = new Uint8Array(width * h);
  for (let y = 0; y < h; y++) {
    xs.forEach(([first, weights], x) => {
      let sum = half;
      for (let j = 0; j < weights.length; j++) sum += plane[y * w + first + j] * weights[j];
      narrow[y * width + x] = Math.min(255, Math.floor(sum / (1 << 22)));
    });
  }
  const out = new Uint8Array(width * height);
  ys.forEach(([first, weights], y) => {
    for (let x = 0; x < width; x++) {
      let sum = half;
      for (let j = 0; j < weights.length; j++) sum += narrow[(first + j) * width + x] * weights[j];
      out[y * width + x] = Math.min(255, Math.floor(sum / (1 << 22)));
    }
  });
  return out;
}

const luma = (r, g, b) => (19595 * r + 38470 * g + 7471 * b + (1 << 15)) >> 16;
const rounded = (x) => Math.floor(x + 0.5);
const within = (x, low, high) => Math.max(low, Math.min(high, x));

// An image file as height × width × channels bytes.
async function loadPixels(path, d) {
  const [w, h, rgba] = await decode(path);
  const n = w * h;
  const back = [1, 3, 5].map((i) => parseInt(d.background.slice(i, i + 2), 16));
  let planes = [0, 1, 2, 3].map(() => new Uint8Array(n));
  for (let i = 0; i < n; i++) {
    const a = rgba[4 * i + 3];
    for (let c = 0; c < 3; c++) {
      const v = rgba[4 * i + c] * a + back[c] * (255 - a) + 128; // over the background, rounded
      planes[c][i] = (v + (v >> 8)) >> 8;
    }
    planes[3][i] = a;
  }
  let fill = [...back, 0];
  if (d.channels === 1) {
    const [r, g, b] = planes;
    planes = [r.map((_, i) => luma(r[i], g[i], b[i]))];
    fill = [luma(...back)];
  }
  const { width, height } = d;
  let size = [width, height];
  let box = [0, 0, w, h];
  if (d.fit === "pad") {
    const s = Math.min(width / w, height / h);
    size = [within(rounded(w * s), 1, width), within(rounded(h * s), 1, height)];
  } else if (d.fit === "crop") {
    const s = Math.max(width / w, height / h);
    const [x, y] = [(w - width / s) / 2, (h - height / s) / 2];
    box = [x, y, x + width / s, y + height / s];
  }
  const [x0, y0] = [Math.floor((width - size[0]) / 2), Math.floor((height - size[1]) / 2)];
  const out = new Uint8Array(width * height * d.channels);
  planes.slice(0, d.channels).forEach((plane, c) => {
    const small = resize(plane, w, h, box, ...size);
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [(i % width) - x0, Math.floor(i / width) - y0];
      const inside = x >= 0 && y >= 0 && x < size[0] && y < size[1];
      out[i * d.channels + c] = inside ? small[y * size[0] + x] : fill[c];
    }
  });
  return out;
}

const arrays = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array, uint8: Uint8Array };

export class Model {
  static async load(folder) {
    const m = new Model();
    m.folder = folder;
    m.about = JSON.parse(readFileSync(join(folder, "preprocessing.json"), "utf8"));
    if (![1, 2, 3].includes(m.about.format)) throw new Error("preprocessing.json is of another format than this program");
    m.texts = {};
    const rules = m.about.inputs.flatMap((one) => one.cells ?? []);
    m.columns = new Set(rules.map((rule) => rule.column));
    m.lists = new Set(rules.filter((rule) => rule.as === "numbers").map((rule) => rule.column));
    for (const one of m.about.inputs) {
      if (one.text) m.texts[one.name] = (await import("./text.mjs")).encoder(one.text, folder);
    }
    return m;
  }

  // The tensors of one input for one row of cells, flat; null if the row lacks it.
  async values(one, row, images) {
    if (!one.cells) throw new Error(`input ${one.name} is of the kind ${one.kind}, which this program does not know`);
    const values = one.cells.map((rule) => cells.read(rule, row.get(rule.column), images));
    if (one.cells.every((rule, i) => values[i] === null && rule.missing !== "mean")) return null;
    if (one.image) {
      const path = cells.imageFile(one.cells[0], images, values[0]);
      return path === null ? null : [await loadPixels(path, one.image)];
    }
    if (one.text) return this.texts[one.name].encode(values[0]);
    const categories = one.tabular?.categories ?? [];
    const numbers = [];
    const kinds = [];
    one.cells.forEach((rule, i) => {
      if (rule.as === "category") kinds.push(values[i]);
      else if (rule.as === "date") numbers.push(...(values[i] ?? rule.date.parts.map(() => NaN))); // its parts follow the numbers
      else if (rule.as === "numbers") numbers.push(...values[i]);
      else numbers.push(values[i] ?? NaN);
    });
    const ids = kinds.map((v, i) => categories[i].indexOf(v) + 1);
    return [numbers, ids].filter((x) => x.length > 0);
  }

  // What the graph is given for one row of cells: by tensor, of the inputs that it has.
  async features(row, images = ".") {
    const found = new Map();
    for (const one of this.about.inputs) {
      const values = await this.values(one, row, images);
      if (values !== null) one.tensors.forEach((t, k) => found.set(t.name, k < values.length ? values[k] : [1]));
    }
    if (found.size === 0 && this.about.missing_all === "error") throw new cells.Refused("the row lacks every input");
    return found;
  }

  // All tensors of the graph, by name, for rows from column to value.
  async inputs(rows, images = ".") {
    const feed = {};
    const tensors = this.about.inputs.flatMap((one) => one.tensors);
    const size = (t) => t.shape.slice(1).reduce((a, b) => a * b, 1);
    for (const t of tensors) feed[t.name] = new arrays[t.type](rows.length * size(t));
    for (const [i, row] of rows.entries()) {
      const known = [...(row instanceof Map ? row : Object.entries(row))].filter(([column]) => this.columns.has(column));
      const texts = new Map(known.map(([column, v]) => [column, cells.textOf(v)]));
      const found = await this.features(texts, images).catch((e) => {
        throw e instanceof cells.Refused ? new cells.Refused(`row ${i + 1}, ${e.message}`) : e;
      });
      for (const t of tensors) {
        const v = found.get(t.name);
        if (v !== undefined) feed[t.name].set(t.type === "int64" ? Array.from(v, BigInt) : v, i * size(t));
      }
    }
    return Object.fromEntries(tensors.map((t) => [t.name, [t.type, feed[t.name], [rows.length, ...t.shape.slice(1)]]]));
  }

  async predict(rows, images = ".") {
    const feed = await this.inputs(rows, images);
    const ort = (await import("onnxruntime-node")).default;
    this.session ??= await ort.InferenceSession.create(join(this.folder, "model.onnx"));
    for (const name in feed) feed[name] = new ort.Tensor(...feed[name]);
    const outputs = this.about.outputs ?? [this.about.output];
    const scores = await this.session.run(feed, outputs.map((out) => out.tensors[0].name));
    const answers = (out) => {
      const { data } = scores[out.tensors[0].name];
      const width = data.length / rows.length;
      return rows.map((_, i) => this.answer(out, Array.from(data.slice(i * width, (i + 1) * width))));
    };
    if (!this.about.outputs) return answers(outputs[0]);
    const all = outputs.map(answers);
    return rows.map((_, i) => ({ outputs: Object.fromEntries(outputs.map((out, k) => [out.name, all[k][i]])) }));
  }

  answer({ type, labels, threshold = 0, thresholds }, s) {
    if (type === "regression") return { prediction: s[0] };
    let prediction = labels[s.indexOf(Math.max(...s))];
    if (type === "multilabel") prediction = labels.filter((_, i) => s[i] > (thresholds ? thresholds[i] : threshold));
    if (type === "binary") prediction = labels[s[1] > threshold ? 1 : 0];
    return { prediction, probabilities: Object.fromEntries(labels.map((label, i) => [label, s[i]])) };
  }
}

async function main() {
  const flags = { images: ".", model: dirname(dirname(fileURLToPath(import.meta.url))) };
  const files = [];
  for (let i = 2; i < process.argv.length; i++) {
    if (process.argv[i] === "--features") flags.features = true;
    else if (process.argv[i].startsWith("--")) flags[process.argv[i].slice(2)] = process.argv[++i];
    else files.push(process.argv[i]);
  }
  const model = await Model.load(flags.model);
  const rows = [];
  for (const [number, line] of cells.lines(readFileSync(files[0] === "-" ? 0 : files[0]))) {
    try {
      rows.push(cells.row(line, model.columns, model.lists));
      if (flags.features) {
        const found = await model.features(rows.at(-1), flags.images);
        console.log(JSON.stringify(Object.fromEntries([...found].map(([name, values]) => [name, Array.from(values)])))); // NaN is null
      }
    } catch (e) {
      if (!(e instanceof cells.Refused)) throw e;
      if (!flags.features) throw new cells.Refused(`row ${rows.length + 1} (line ${number}), ${e.message}`);
      console.log(JSON.stringify({ error: e.message }));
    }
  }
  if (flags.features) return;
  for (const answer of await model.predict(rows, flags.images)) console.log(JSON.stringify(answer));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main().catch((e) => {
    if (!(e instanceof cells.Refused)) throw e;
    console.error(`predict.mjs: ${e.message}`);
    process.exitCode = 3;
  });
}
