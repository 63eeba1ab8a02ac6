// Reads rows of JSON as the model was trained to read its table.
//
// Needs nothing but JavaScript. A cell is the text that the file holds: the characters
// of a string, the digits of a number as they are written (1.0 is not 1), true or false.
// What a text means is said by the rule of its column, in "cells" of preprocessing.json.
// What a rule does not provide for is refused, never guessed: docs/cells.md of Chiasm
// has all cases.

import { readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, normalize, relative, resolve, sep } from "node:path";

const largest = 3.4028234663852886e38; // that float32 holds
const number = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const literal = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const space = /[ \t\r\n]*/y;
const deepest = 500; // that an object or array of a column that is not read may be
const half = /[\ud800-\udfff]/u; // of a pair, alone

// What stands between groups of digits, with what else people write for it.
const marks = { "": ["\0"], "'": ["'", "\u2019"], " ": [" ", "\u00a0", "\u202f", "\u2009"] };
const url = /^(?:[a-z][a-z0-9+.-]*:\/\/|data:)/i;
const image = /\.(?:png|jpe?g|gif|bmp|webp|tiff?)["'\]]*$/i;

// A number of JSON, which has a point and no groups, whatever texts have.
class Digits extends String {}

// A row that cannot be used, and why.
export class Refused extends Error {}

const notUTF8 = Symbol("a cell whose bytes are no text");

const shown = (text) => JSON.stringify(text.length > 40 ? text.slice(0, 40) + "…" : text);

// The lines of a file that are not blank, each behind its number.
export function* lines(content) {
  let number = 0;
  for (let from = content.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0; from < content.length; ) {
    let end = content.indexOf(10, from);
    if (end < 0) end = content.length;
    const line = content.subarray(from, end);
    number++;
    if (line.some((b) => b !== 32 && b !== 9 && b !== 13)) yield [number, line];
    from = end + 1;
  }
}

// One line of JSON, read from left to right. JSON.parse would forget how a number is
// written, and let the last of two equal keys win.
class Line {
  constructor(line) {
    this.text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(line);
    // U+FFFD stands for bytes that are no UTF-8, or for itself.
    this.broken = this.text.includes("\ufffd") && !Buffer.from(this.text).equals(line);
    this.passOver(0);
  }

  passOver(end) {
    space.lastIndex = end;
    this.at = end + space.exec(this.text)[0].length;
  }

  // Whether a sign comes next; it is then passed over.
  has(sign) {
    if (this.text[this.at] !== sign) return false;
    this.passOver(this.at + 1);
    return true;
  }

  wrong(expected) {
    return new Refused(`the line is not JSON: expected ${expected} at character ${this.at + 1}`);
  }

  string() {
    if (this.text[this.at] !== '"') throw this.wrong("a string");
    let end = this.at + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === "\\" ? 2 : 1;
    let value;
    try {
      value = JSON.parse(this.text.slice(this.at, end + 1));
    } catch {
      throw this.wrong("a string as JSON writes it");
    }
    if (half.test(value)) throw new Refused("half of a surrogate pair (\\ud800 to \\udfff) stands alone");
    this.passOver(end + 1);
    return value;
  }

  key() {
    const name = this.string();
    if (!this.has(":")) throw this.wrong(":");
    return name;
  }

  // Passes over an object or array, whose cell is empty.
  nested() {
    for (const ends = []; ; ) {
      const end = this.has("[") ? "]" : this.has("{") ? "}" : "";
      if (end === "") this.cell(true);
      else if (!this.has(end)) {
        if (ends.push(end) > deepest) throw new Refused(`the value is an object or an array of more than ${deepest} levels`);
        if (end === "}") this.key();
        continue;
      }
      while (ends.length > 0 && !this.has(",")) {
        if (!this.has(ends.at(-1))) throw this.wrong(`, or ${ends.at(-1)}`);
        ends.pop();
      }
      if (ends.length === 0) return null;
      if (ends.at(-1) === "}") this.key();
    }
  }

  // The text of a cell; null for null. One that is not read may be anything, and one of a
  // column of lists an array.
  cell(read, list = false) {
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === "{" || first === "[") {
      if (list && first === "[") {
        const begin = this.at;
        this.nested();
        return this.text.slice(begin, this.at);
      }
      if (read) throw new Refused("the value is an object or an array");
      return this.nested();
    }
    literal.lastIndex = this.at;
    const found = literal.exec(this.text);
    if (found === null) throw this.wrong("a value");
    this.passOver(literal.lastIndex);
    if (found[0] === "null") return null;
    return found[0] === "true" || found[0] === "false" ? found[0] : new Digits(found[0]);
  }

  // The cells of the line, by column, of which the model reads some, and some of these as
  // lists of numbers.
  row(columns, lists = new Set()) {
    if (!this.has("{")) throw new Refused("expected a JSON object");
    const cells = new Map();
    for (let more = !this.has("}"); more; ) {
      const column = this.string();
      if (column === "" || column.includes("\0") || column.includes("\ufeff")) throw new Refused("a column has no name, or one that nobody sees");
      if (this.broken && column.includes("\ufffd")) throw new Refused("the line is not UTF-8");
      if (cells.has(column)) throw new Refused(`column ${shown(column)}: the key occurs twice`);
      if (!this.has(":")) throw this.wrong(":");
      const cell = about(column, () => this.cell(columns.has(column), lists.has(column)));
      cells.set(column, this.broken && String(cell).includes("\ufffd") ? notUTF8 : cell); // refused where the model reads it
      more = this.has(",");
      if (!more && !this.has("}")) throw this.wrong(", or }");
    }
    if (this.at < this.text.length) throw new Refused("the line goes on after its object");
    return cells;
  }
}

// The cells of one line, a Map from column to text; columns is a Set of those that the
// model reads.
export const row = (line, columns, lists) => new Line(line).row(columns, lists);

// A value of JavaScript as the text of a cell; a number has the shortest digits that
// mean it.
export function textOf(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Digits || value === notUTF8) return value;
  if (["number", "bigint"].includes(typeof value)) return new Digits(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return JSON.stringify(Array.from(value));
  if (["string", "boolean"].includes(typeof value)) return String(value);
  throw new Refused(`the value is a ${typeof value}, expected a text or a number`);
}

function about(column, f) {
  try {
    return f();
  } catch (e) {
    throw e instanceof Refused ? new Refused(`column ${shown(column)}: ${e.message}`) : e;
  }
}

// What a cell means by the rule of its column: a number or a text; null where it is
// missing and may be.
export function read(rule, text, folder = ".") {
  return about(rule.column, () => {
    const markers = rule.missing_values ?? [];
    if (text === notUTF8) throw new Refused("the cell is not UTF-8");
    const cell = text === null || text === undefined ? "" : String(text);
    if (cell.includes("\0")) throw new Refused("the cell holds a NUL byte");
    if (cell === "" || markers.includes(cell) || markers.includes(trimmed(cell))) {
      if (rule.missing === "error") throw new Refused("the cell is missing, and the model was trained on rows that all have it");
      return null;
    }
    if (rule.as === "date") {
      const values = readDate(rule.date, String(text));
      near(rule, values.at(-1), text);
      return values;
    }
    if (rule.as === "numbers" && rule.arrays && !(text instanceof Digits) && /\.npy$/i.test(cell.trim())) {
      const path = imageFile(rule, folder, cell.trim());
      return path === null ? null : fitted(rule, array(path));
    }
    if (rule.as === "numbers") return numberList(rule, cell);
    return rule.as === "number" ? readNumber(rule, text) : cell;
  });
}

// A text without the spaces and tabs around it; trim() would take others too.
function trimmed(text) {
  const blank = (i) => text[i] === " " || text[i] === "\t";
  let [from, to] = [0, text.length];
  while (from < to && blank(from)) from++;
  while (to > from && blank(to - 1)) to--;
  return text.slice(from, to);
}

// A number as texts of the table write it, with a point and without groups.
function plain(numbers, digits) {
  const literally = (sign) => sign.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const thousands = numbers.thousands ?? "";
  for (const mark of marks[thousands] ?? [thousands]) {
    const groups = `[1-9][0-9]{0,2}(?:${literally(mark)}[0-9]{3})+`;
    const found = new RegExp(`^([+-]?)([0-9]*|${groups})(?:${literally(numbers.decimal ?? ".")}([0-9]*))?([eE][+-]?[0-9]+)?$`).exec(digits);
    if (found === null) continue;
    const [, sign, whole, rest, exponent] = found;
    return sign + whole.replaceAll(mark, "") + (rest === undefined ? "" : "." + rest) + (exponent ?? "");
  }
  return "";
}

// The number of the only month of which a name begins with a word; 0 for none.
function monthNamed(months, word) {
  const plain = word.replace(/\.$/, "").toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "");
  const of = months.flatMap((names, i) => (names.some((name) => name.startsWith(plain)) ? [i + 1] : []));
  return of.length === 1 && plain.length >= 3 ? of[0] : 0;
}

// The milliseconds of midnight of a day; NaN where the calendar has none.
function midnight(year, month, day) {
  const when = new Date(0);
  when.setUTCFullYear(year, month - 1, day);
  return when.getUTCMonth() === month - 1 && when.getUTCDate() === day && year >= 1 && month >= 1 ? when.getTime() : NaN;
}

// The milliseconds of midnight of a day of a week of ISO 8601, of which 0 is its Thursday.
function weekDay(year, week, day) {
  const days = 86400000;
  const first = (y) => {
    const fourth = midnight(y, 1, 4); // is in week 1
    return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * days;
  };
  const at = first(year) + (7 * (week - 1) + (day || 4) - 1) * days;
  return week >= 1 && first(year) + 7 * (week - 1) * days < first(year + 1) ? at : NaN;
}

// The milliseconds of midnight of the day that the fields of a date name; a month begins
// with its first day, a quarter with its first month, and a time of day is on no date.
function dayNamed(rule, parts) {
  if (rule.fields.includes("hour") && !rule.fields.includes("year")) return 0;
  if ("week" in parts) return weekDay(Number(parts.iso_year), Number(parts.week), Number(parts.weekday ?? 0));
  let year = Number(parts.year);
  if (parts.year.length === 2) year += year >= 69 ? 1900 : 2000; // as strptime of POSIX
  if ("quarter" in parts) return midnight(year, 3 * Number(parts.quarter) - 2, 1);
  const month = /^[0-9]/.test(parts.month) ? Number(parts.month) : monthNamed(rule.months, parts.month);
  return midnight(year, month, Number(parts.day ?? 1));
}

// A date as the numbers that the rule names; without a zone it is in UTC.
function readDate(rule, text) {
  const found = new RegExp(rule.pattern).exec(text.replace(/^[ \t]+|[ \t]+$/g, ""));
  const refused = new Refused(`${shown(text)} is no date as ${rule.name}`);
  if (found === null) throw refused;
  const parts = Object.fromEntries(rule.fields.map((field, i) => [field, found[i + 1]]));
  if ("epoch" in parts || "epoch_ms" in parts) {
    const ms = Number(parts.epoch_ms ?? 0);
    const more = ms % 1000;
    return dateParts(rule, new Date(Number(parts.epoch ?? 0) * 1000 + ms - more), more ? String(more).padStart(3, "0") : parts.fraction);
  }
  const [minute, second] = ["minute", "second"].map((field) => Number(parts[field] ?? 0));
  let hour = Number(parts.hour ?? 0);
  if (parts.half !== undefined) {
    if (hour < 1 || hour > 12) throw refused;
    hour = (hour % 12) + (/^p/i.test(parts.half) ? 12 : 0);
  }
  const start = dayNamed(rule, parts);
  if (Number.isNaN(start) || hour > 23 || minute > 59 || second > 59) throw refused;
  const when = new Date(start + ((hour * 60 + minute) * 60 + second) * 1000);
  const zone = parts.zone ?? "Z";
  if (/^[+-]/.test(zone)) {
    const digits = (zone.slice(1).replace(":", "") + "00").slice(0, 4);
    const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
    if (hours > 23 || minutes > 59) throw refused;
    when.setTime(when.getTime() - (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60000);
  }
  if (when.getUTCFullYear() < 1 || when.getUTCFullYear() > 9999) throw refused;
  return dateParts(rule, when, parts.fraction);
}

// The numbers of a time, with what is behind its seconds.
function dateParts(rule, when, fraction) {
  const seconds = when.getTime() / 1000 + Number(((fraction ?? "") + "000000000").slice(0, 9)) / 1e9;
  const values = { year: when.getUTCFullYear(), age_days: (rule.newest - seconds) / 86400, hours: seconds / 3600 };
  const turns = { month: [when.getUTCMonth(), 12], weekday: [(when.getUTCDay() + 6) % 7, 7], hour: [when.getUTCHours(), 24], time: [seconds, 86400] };
  for (const [name, [place, of]] of Object.entries(turns)) {
    const twelve = (v) => Math.floor(v * 1e12 + 0.5) / 1e12;
    values[`${name}_sin`] = twelve(Math.sin((2 * Math.PI * place) / of));
    values[`${name}_cos`] = twelve(Math.cos((2 * Math.PI * place) / of));
  }
  return rule.parts.map((part) => values[part]);
}

// A number without the unit behind it or before it: 12 kg, $5, -$5, $-5.
function withoutUnit(text, unit) {
  const left = (s) => s.replace(/^[ \t\u00a0\u202f\u2009]+/, "");
  const right = (s) => s.replace(/[ \t\u00a0\u202f\u2009]+$/, "");
  text = left(right(text));
  if (text.endsWith(unit)) return right(text.slice(0, -unit.length));
  const sign = /^[+-]/.test(text) ? text[0] : "";
  const rest = left(text.slice(sign.length));
  return rest.startsWith(unit) ? sign + left(rest.slice(unit.length)) : text;
}

function readNumber(rule, text) {
  const digits = text instanceof Digits ? String(text) : plain(rule.numbers ?? {}, trimmed(rule.unit === undefined ? text : withoutUnit(text, rule.unit)));
  if (!number.test(digits)) throw new Refused(`${shown(text)} is not a number`);
  const value = Number(digits);
  if (Math.abs(value) > largest) throw new Refused(`${shown(text)} is too large`);
  near(rule, value, text);
  return value;
}

// An array of numbers as JSON writes it.
const jsonList = /^\[[ \t\r\n]*(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[ \t\r\n]*(?:,[ \t\r\n]*(?!\])|(?=\])))*\]$/;

// The numbers of a list: of JSON, or with spaces between them; NaN where there may be
// fewer.
function numberList(rule, text) {
  const list = text.trim();
  let values;
  if (list.startsWith("[")) {
    if (!jsonList.test(list)) throw new Refused(`${shown(text)} is no list of numbers`);
    values = list.slice(1, -1).trim() === "" ? [] : list.slice(1, -1).split(",").map(Number);
  } else {
    values = list.split(/\s+/).map((word) => readNumber({ numbers: rule.numbers }, word));
  }
  if (values.some((v) => !(Math.abs(v) <= largest))) throw new Refused(`${shown(text)}: a number is too large`);
  return fitted(rule, values);
}

// A list that is as long as the rule says.
function fitted(rule, values) {
  const size = rule.list;
  if (values.length === 0) throw new Refused("the list has no numbers");
  if (size === undefined || values.length === size.length) return values;
  if (values.length > size.length && size.long) return values.slice(0, size.length);
  if (values.length < size.length && size.short) return [...values, ...Array(size.length - values.length).fill(NaN)];
  throw new Refused(`the list has ${values.length} numbers, expected ${size.length}`);
}

const npy = /^\{'descr': '([<>|=]?)([fiu][1248])', 'fortran_order': (?:True|False), 'shape': \(([0-9]{1,9}),\), ?\} *\n?$/;
const types = { f4: "Float32", f8: "Float64", i1: "Int8", i2: "Int16", i4: "Int32", i8: "BigInt64", u1: "Uint8", u2: "Uint16", u4: "Uint32", u8: "BigUint64" };

// The numbers of a .npy file of one axis, as Chiasm reads them: floats of 4 and 8 bytes
// and integers, little-endian, finite.
function array(path) {
  if (statSync(path).size > 32 << 20) throw new Refused("the .npy file is larger than 32 MiB");
  const b = readFileSync(path);
  const wrong = new Refused("the .npy file cannot be read: it is no array of one axis of finite little-endian numbers, or has more or fewer bytes");
  if (b.length < 12 || b.toString("latin1", 0, 6) !== "\x93NUMPY" || ![1, 2, 3].includes(b[6])) throw wrong;
  const at = b[6] === 1 ? 10 : 12;
  const end = at + (b[6] === 1 ? b.readUInt16LE(8) : b.readUInt32LE(8));
  const found = end - at <= 10000 ? npy.exec(b.toString("latin1", at, end)) : null;
  const [, order, kind, n] = found ?? [];
  const size = Number(kind?.[1]);
  if (!found || !types[kind] || (order === ">" && size > 1) || Number(n) * size !== b.length - end) throw wrong;
  const view = new DataView(b.buffer, b.byteOffset + end);
  const values = Array.from({ length: Number(n) }, (_, i) => Number(view[`get${types[kind]}`](i * size, true)));
  if (values.some((v) => !(Math.abs(v) <= largest))) throw wrong;
  return values;
}

// Refuses a number, or the age of a date, that the model could not use.
function near(rule, value, text) {
  if (rule.range === undefined) return;
  if (value < rule.range[0] || value > rule.range[1]) {
    throw new Refused(`${shown(text)} lies more than 1e9 standard deviations from the mean of the training rows`);
  }
}

// The path of an image, which lies in the folder; null where there is none and may be.
export function imageFile(rule, folder, cell) {
  const wrong = (why) => new Refused(`column ${shown(rule.column)}: file ${shown(cell)}: ${why}`);
  const root = realpathSync(folder);
  const inside = (path) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
  const out = "the path leads out of the files folder";
  if (url.test(cell)) throw wrong("it is a URL, and nothing is fetched");
  let parts = cell.split("/");
  if (isAbsolute(cell)) {
    const base = [resolve(folder), root].find((base) => normalize(cell).startsWith(base + sep));
    if (base === undefined) throw wrong(out);
    parts = relative(base, normalize(cell)).split(sep);
  }
  let path = root;
  try {
    let found;
    for (const part of parts) {
      path += sep + part; // in order, as a file system finds it
      if (!inside(normalize(path).replace(/[/\\]$/, ""))) throw wrong(out);
      found = statSync(path);
      if (!inside(realpathSync(path))) throw wrong(out);
    }
    if (!found.isFile()) throw wrong("it is no file");
    return path;
  } catch (e) {
    if (e instanceof Refused) throw e;
    const listed = cell.split(/[;|,\n]/).filter((part) => image.test(part.trim())).length > 1;
    if (e.code === "ENOENT" && rule.missing === "mask" && !listed) return null;
    throw wrong(e.code === "ENOENT" ? "there is no such file in the files folder" : e.message);
  }
}
