// Turns texts into the ids of an exported model, as it was trained to read them.
//
// Needs nothing but JavaScript. words.json beside the model holds the Unicode
// tables (they are those of the model, whatever Unicode this engine knows), and
// tokenizer.json, in the Hugging Face format, the vocabulary of sub-words.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const utf8 = new TextEncoder();
const point = (c) => c.codePointAt(0);

function members(ranges) {
  const out = new Set();
  for (const [first, last] of ranges) for (let c = first; c <= last; c++) out.add(c);
  return out;
}

// Cuts texts into words: normal form, clean, accents, lower case, normal form.
class Words {
  constructor(tables, form, lowercase, stripAccents) {
    this.form = form === "none" ? null : form.toUpperCase();
    this.strip = stripAccents;
    for (const name of ["removed", "marks", "punctuation", "spaces", "chinese", "normalised"]) this[name] = members(tables[name]);
    this.lower = new Map();
    if (lowercase) {
      for (const [first, last, step, add] of tables.lower) {
        for (let c = first; c <= last; c += step) this.lower.set(c, String.fromCodePoint(c + add));
      }
      this.lower.set(0x130, "i\u0307");
    }
  }

  // A Unicode normal form, in which what is newer than the tables stays.
  normal(text, form) {
    if (form === null) return text;
    let out = "";
    let piece = []; // a character and those that may join it
    const flush = () => {
      if (piece.length === 0) return;
      const [first] = piece;
      if (!this.normalised.has(point(first)) && moves(first, form)) out += piece.shift();
      out += piece.join("").normalize(form);
      piece = [];
    };
    for (const c of text) {
      if (!this.normalised.has(point(c))) flush();
      piece.push(c);
    }
    flush();
    return out;
  }

  clean(text) {
    let out = "";
    for (const c of text) {
      const n = point(c);
      if (this.removed.has(n) || (n >= 0xd800 && n <= 0xdfff)) continue;
      if (this.spaces.has(n)) out += " ";
      else if (this.chinese.has(n)) out += " " + c + " ";
      else out += c;
    }
    return out;
  }

  cut(text) {
    text = this.clean(this.normal(text, this.form));
    if (this.strip) text = [...this.normal(text, "NFD")].filter((c) => !this.marks.has(point(c))).join("");
    if (this.lower.size > 0) text = [...text].map((c) => this.lower.get(point(c)) ?? c).join("");
    const words = [];
    let word = "";
    for (const c of this.normal(text, this.form)) {
      const n = point(c);
      const alone = this.punctuation.has(n);
      if (!alone && !this.spaces.has(n)) {
        word += c;
        continue;
      }
      if (word !== "") words.push(word);
      word = "";
      if (alone) words.push(c);
    }
    if (word !== "") words.push(word);
    return words;
  }
}

// Whether this engine's normal form would change a character, or move marks
// past it.
function moves(c, form) {
  const [low, high] = ["\u0334", "\u0345"]; // of the combining classes 1 and 240
  return c.normalize(form) !== c || (c + low).normalize("NFD") !== c + low || (high + c).normalize("NFD") !== high + c;
}

function fnv(bytes, h = 2166136261) {
  for (const b of bytes) h = Math.imul(h ^ b, 16777619);
  return h >>> 0;
}

function mix(x) {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

// What is left of ids up to the length is 0, and so is its mask.
function padded(ids, width, length) {
  const mask = Array.from({ length }, (_, i) => (i < ids.length ? 1 : 0));
  return [mask.flatMap((m, i) => Array.from({ length: width }, (_, j) => (m ? ids[i][j] ?? 0 : 0))), mask];
}

// Bags of hashed words and character n-grams; preprocessing.json has the rules.
class NGrams {
  constructor(about, tables) {
    this.rules = about.ngrams;
    this.length = about.max_tokens;
    this.words = new Words(tables, about.normalization, about.lowercase, about.strip_accents);
  }

  bag(word) {
    const { min_n, max_n, max_per_word } = this.rules;
    const letters = [...word];
    const chars = ["<", ...letters.slice(0, 100), ...(letters.length <= 100 ? [">"] : [])];
    let grams = [];
    for (let i = 0; i < chars.length; i++) {
      for (let n = min_n; n <= max_n && i + n <= chars.length && n < chars.length; n++) {
        grams.push(fnv(utf8.encode(chars.slice(i, i + n).join(""))));
      }
    }
    if (grams.length > max_per_word - 1) {
      const order = grams.map((g, i) => [mix(g), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      const kept = order.slice(0, max_per_word - 1).map(([, i]) => i).sort((a, b) => a - b);
      grams = kept.map((i) => grams[i]);
    }
    return [fnv(utf8.encode("\x01" + word)), ...grams];
  }

  encode(text) {
    const words = this.words.cut(text).slice(0, this.length);
    const bags = words.map((w) => this.bag(w));
    if (this.rules.word_bigrams) {
      for (let i = 1; i < words.length; i++) bags.push([fnv(utf8.encode("\x02" + words[i - 1] + " " + words[i]))]);
    }
    const ids = bags.slice(0, this.length).map((bag) => bag.map((h) => 1 + (h % this.rules.buckets)));
    return padded(ids, this.rules.max_per_word, this.length);
  }
}

// Sub-words by WordPiece or byte-level BPE.
class Tokens {
  constructor(about, tables, tokenizer) {
    this.length = about.max_tokens;
    this.words = new Words(tables, about.normalization, about.lowercase, about.strip_accents);
    const model = tokenizer.model;
    this.vocab = new Map(Object.entries(model.vocab));
    this.unknown = this.vocab.get(model.unk_token ?? "[UNK]");
    this.special = new Map(tokenizer.added_tokens.filter((t) => t.special).map((t) => [t.content, t.id]));
    this.template = tokenizer.post_processor !== null;
    this.bpe = model.type === "BPE";
    if (this.bpe) {
      this.ranks = new Map(model.merges.map((pair, i) => [pair.join(" "), i]));
      let other = 0x100;
      this.bytes = Array.from({ length: 256 }, (_, b) =>
        String.fromCodePoint((b > 0x20 && b < 0x7f) || (b > 0xa0 && b !== 0xad) ? b : other++));
    }
  }

  wordPieces(word) {
    const chars = [...word];
    const out = [];
    let start = 0;
    while (start < chars.length && chars.length <= 100) {
      let end = chars.length;
      let id;
      for (; end > start; end--) {
        id = this.vocab.get((start > 0 ? "##" : "") + chars.slice(start, end).join(""));
        if (id !== undefined) break;
      }
      if (end === start) break;
      out.push(id);
      start = end;
    }
    return start === chars.length ? out : [this.unknown];
  }

  bytePairs(word) {
    let parts = [...utf8.encode(" " + word)].map((b) => this.bytes[b]);
    for (;;) {
      let [best, at] = [Infinity, -1];
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = this.ranks.get(parts[i] + " " + parts[i + 1]) ?? Infinity;
        if (rank < best) [best, at] = [rank, i];
      }
      if (at < 0) return parts.map((p) => this.vocab.get(p));
      parts.splice(at, 2, parts[at] + parts[at + 1]);
    }
  }

  encode(text) {
    const special = new RegExp("(" + [...this.special.keys()].map((s) => s.replace(/[[\]]/g, "\\$&")).join("|") + ")");
    let ids = [];
    for (const part of text.split(special)) {
      if (this.special.has(part)) ids.push(this.special.get(part));
      else for (const w of this.words.cut(part)) ids.push(...(this.bpe ? this.bytePairs(w) : this.wordPieces(w)));
    }
    if (this.template) ids = [this.special.get("[CLS]"), ...ids.slice(0, Math.max(0, this.length - 2)), this.special.get("[SEP]")];
    return padded(ids.slice(0, this.length).map((id) => [id]), 1, this.length);
  }
}

// What encodes the texts of one input: encode(text) is [ids, mask], flat.
export function encoder(about, folder) {
  const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const tables = read(about.words);
  return about.ngrams ? new NGrams(about, tables) : new Tokens(about, tables, read(about.tokenizer));
}
