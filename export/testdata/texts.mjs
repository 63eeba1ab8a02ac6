// Encodes texts by samples/text.mjs of an export: texts.mjs FOLDER TEXTS.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = resolve(process.argv[2]);
const { encoder } = await import(pathToFileURL(join(folder, "samples/text.mjs")));
const about = JSON.parse(readFileSync(join(folder, "preprocessing.json"), "utf8"));
const encode = encoder(about.inputs.find((i) => i.text).text, folder);
for (const t of JSON.parse(readFileSync(process.argv[3], "utf8"))) {
  const [ids, mask] = encode.encode(t);
  console.log(`[${ids.join(", ")}] ${mask.reduce((a, b) => a + b, 0)}`);
}
