"""Turns texts into the ids of an exported model, as it was trained to read them.

Needs nothing but Python. words.json beside the model holds the Unicode tables
(they are those of the model, whatever Unicode this Python knows), and
tokenizer.json the vocabulary, for models of sub-words. tokenizer.json is in the
Hugging Face format: the library `tokenizers` gives the same ids.
"""

import json
import re
import unicodedata


def members(ranges):
    return {c for first, last in ranges for c in range(first, last + 1)}


class Words:
    """Cuts texts into words: normal form, clean, accents, lower case, normal form."""

    def __init__(self, tables, form, lowercase, strip_accents):
        self.form = None if form == "none" else form.upper()
        self.strip = strip_accents
        self.removed, self.marks = members(tables["removed"]), members(tables["marks"])
        self.punctuation, self.spaces = members(tables["punctuation"]), members(tables["spaces"])
        self.chinese, self.normalised = members(tables["chinese"]), members(tables["normalised"])
        self.lower = {}
        if lowercase:
            self.lower = {c: chr(c + add) for first, last, step, add in tables["lower"] for c in range(first, last + 1, step)}
            self.lower[0x130] = "i\u0307"

    def normal(self, text, form):
        """A Unicode normal form, in which what is newer than the tables stays."""
        if form is None or text.isascii():
            return text
        out, start = [], 0
        for end in range(1, len(text) + 1):  # a piece is a character and those that may join it
            if end < len(text) and ord(text[end]) in self.normalised:
                continue
            piece, start = text[start:end], end
            first = piece[0]
            if ord(first) not in self.normalised and (unicodedata.normalize(form, first) != first or unicodedata.combining(first)):
                out.append(first)
                piece = piece[1:]
            out.append(unicodedata.normalize(form, piece))
        return "".join(out)

    def clean(self, text):
        out = []
        for c in text:
            n = ord(c)
            if n in self.removed or 0xD800 <= n <= 0xDFFF:
                continue
            if n in self.spaces:
                c = " "
            elif n in self.chinese:
                c = " " + c + " "
            out.append(c)
        return "".join(out)

    def __call__(self, text):
        text = self.clean(self.normal(text, self.form))
        if self.strip:
            text = "".join(c for c in self.normal(text, "NFD") if ord(c) not in self.marks)
        if self.lower:
            text = "".join(self.lower.get(ord(c), c) for c in text)
        words, word = [], ""
        for c in self.normal(text, self.form):
            n = ord(c)
            if n in self.punctuation or n in self.spaces:
                if word:
                    words.append(word)
                    word = ""
                if n in self.punctuation:
                    words.append(c)
            else:
                word += c
        return words + [word] if word else words


def fnv(data, h=2166136261):
    for byte in data:
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return h


def mix(x):
    x = (x ^ x >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    x = (x ^ x >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return x ^ x >> 16


class NGrams:
    """Bags of hashed words and character n-grams; preprocessing.json has the rules."""

    def __init__(self, described, tables):
        self.rules, self.length = described["ngrams"], described["max_tokens"]
        self.words = Words(tables, described["normalization"], described["lowercase"], described["strip_accents"])

    def bag(self, word):
        r = self.rules
        chars = list("<" + word[:100] + (">" if len(word) <= 100 else ""))
        grams = []
        for i in range(len(chars)):
            for n in range(r["min_n"], r["max_n"] + 1):
                if n < len(chars) and i + n <= len(chars):
                    grams.append(fnv("".join(chars[i : i + n]).encode()))
        room = r["max_per_word"] - 1
        if len(grams) > room:
            kept = sorted(sorted(range(len(grams)), key=lambda i: mix(grams[i]))[:room])
            grams = [grams[i] for i in kept]
        return [fnv(b"\x01" + word.encode())] + grams

    def __call__(self, text):
        words = self.words(text)[: self.length]
        bags = [self.bag(w) for w in words]
        if self.rules["word_bigrams"]:
            bags += [[fnv(b"\x02" + a.encode() + b" " + b.encode())] for a, b in zip(words, words[1:])]
        bags = [[1 + h % self.rules["buckets"] for h in bag] for bag in bags[: self.length]]
        width = self.rules["max_per_word"]
        ids = [bag + [0] * (width - len(bag)) for bag in bags]
        return ids + [[0] * width] * (self.length - len(ids)), [1.0] * len(ids) + [0.0] * (self.length - len(ids))


class Tokens:
    """Sub-words by WordPiece or byte-level BPE."""

    def __init__(self, described, tables, tokenizer):
        self.length = described["max_tokens"]
        self.words = Words(tables, described["normalization"], described["lowercase"], described["strip_accents"])
        model = tokenizer["model"]
        self.vocab, self.unknown = model["vocab"], model.get("unk_token")
        self.special = {t["content"]: t["id"] for t in tokenizer["added_tokens"] if t["special"]}
        self.template = tokenizer["post_processor"] is not None
        if model["type"] == "BPE":
            self.ranks = {tuple(pair): i for i, pair in enumerate(model["merges"])}
            self.bytes, other = {}, 0x100
            for b in range(256):
                if 0x20 < b < 0x7F or b > 0xA0 and b != 0xAD:
                    self.bytes[b] = chr(b)
                else:
                    self.bytes[b], other = chr(other), other + 1
            self.cut = self.byte_pairs
        else:
            self.cut = self.word_pieces

    def word_pieces(self, word):
        out, start = [], 0
        while start < len(word) <= 100:
            end = len(word)
            while end > start and ("##" if start else "") + word[start:end] not in self.vocab:
                end -= 1
            if end == start:
                break
            out.append(self.vocab[("##" if start else "") + word[start:end]])
            start = end
        return out if start == len(word) else [self.vocab[self.unknown]]

    def byte_pairs(self, word):
        parts = [self.bytes[b] for b in b" " + word.encode()]
        while len(parts) > 1:
            rank, at = min((self.ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self.vocab[p] for p in parts]

    def __call__(self, text):
        ids = []
        for part in re.split("(" + "|".join(map(re.escape, self.special)) + ")", text):
            ids += [self.special[part]] if part in self.special else [i for w in self.words(part) for i in self.cut(w)]
        if self.template:
            ids = [self.special["[CLS]"]] + ids[: max(0, self.length - 2)] + [self.special["[SEP]"]]
        ids = ids[: self.length]
        return ids + [0] * (self.length - len(ids)), [1.0] * len(ids) + [0.0] * (self.length - len(ids))


def encoder(described, folder):
    """What encodes the texts of one input: text -> (ids, mask)."""
    with open(folder / described["words"], encoding="utf-8") as f:
        tables = json.load(f)
    if "ngrams" in described:
        return NGrams(described, tables)
    with open(folder / described["tokenizer"], encoding="utf-8") as f:
        return Tokens(described, tables, json.load(f))
