"""Writes the fixture of modality/text/tokenizer: 1,000 lines, and the ids that the
tokenizers library gives them when it loads the tokenizer.json files that
package tokenizer trains on the same lines.

    python scripts/parity/tokenizer.py

It also trains the library's own trainer on the same words and prints how the
vocabularies compare. Needs Go and: pip install tokenizers==0.23.3
"""

import gzip
import hashlib
import json
import pathlib
import random
import subprocess
import tempfile

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "modality" / "text" / "tokenizer" / "testdata"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

PHRASES = {
    "en": "a small red fox jumps over nine lazy dogs and sleeps in the warm barn until morning "
    "unbelievably overjoyed photographers photographed the photograph don't won't they're rock'n'roll",
    "de": "Straße Fußgänger größer Öl Äpfel über Müller Weißbier GROSSE STRAẞE Donaudampfschifffahrt schön",
    "fr": "élève naïve façade œuvre garçon où déjà vu l'été Noël cœur ÇA ÉTÉ À L'ÉCOLE château",
    "tr": "İstanbul Iğdır ılık ışık İğne çiçek şeker güzel dİLİM KIRMIZI ISPARTA ğ",
    "es": "¿dónde está el niño? ¡mañana! corazón pingüino canción español ÑANDÚ",
    "pl": "zażółć gęślą jaźń ŁÓDŹ źdźbło chrząszcz brzmi w trzcinie",
    "vi": "tiếng Việt đường phố Hà Nội một hai ba bốn năm ngày mai trời đẹp",
    "el": "Σίσυφος ΟΔΥΣΣΕΥΣ ἀρχή λόγος καὶ Ἀθῆναι ΆΝΘΡΩΠΟΣ ᾳ ώρα",
    "ru": "съешь же ещё этих мягких французских булок да выпей чаю ЙОД подъезд Ёлка",
    "uk": "їжак ґанок щастя м'яч Єва ЇЖА",
    "ar": "مرحبا بالعالم السَّلامُ عَلَيْكُم كتاب ٱلْحَمْدُ ﻻ ﷺ ١٢٣",
    "he": "שלום עולם בְּרֵאשִׁית ספר ילדים",
    "hi": "नमस्ते दुनिया हिन्दी क्षेत्र ज़िंदगी कृपया श्री",
    "bn": "বাংলা ভাষা কো ধন্যবাদ",
    "ta": "தமிழ் வணக்கம் கொ நன்றி",
    "th": "สวัสดีชาวโลก ภาษาไทย กำลัง น้ำ",
    "ko": "안녕하세요 세계 한국어 값 닭 각 한글",
    "ja": "東京タワー こんにちは カタカナ ｶﾞｷﾞｸﾞ が ガ 々 日本語 ㍿ ㌔",
    "zh": "你好世界 天地玄黃 豈更車 𠀀𠀁 㐀 漢字 中文",
    "am": "ሰላም ዓለም አማርኛ",
    "ka": "გამარჯობა მსოფლიო ᲛᲗᲐᲕᲠᲣᲚᲘ",
    "hy": "Բարեւ աշխարհ և ﬓ",
    "chr": "ᏣᎳᎩ ꭰꭱ",
    "math": "𝐇𝐞𝐥𝐥𝐨 𝕎𝕠𝕣𝕝𝕕 x²+y³≤∑∞ ½ ⅔ ℌ ℡ ℃ Å Ω ① ⑽ Ⅷ ª º µ ∀x∈ℝ",
    "wide": "ＦＵＬＬ　ｗｉｄｔｈ １２３ ！？",
    "ligature": "ﬁne ﬂow oﬃce ǆ Ǆ ǅ ĳ ŉ ſtop",
}
EMOJI = "🙂 👩\u200d👩\u200d👧\u200d👦 👍🏽 🏳️\u200d🌈 🇩🇪🇯🇵 ❤️ 1️⃣ ☺︎ 🧑🏿\u200d🚀 © ™".split(" ")
PUNCTUATION = list(".,;:!?-_'\"()[]{}<>/\\@#$%^&*+=|~`") + "… — – « » “ ” ‘ ’ „ ¿ ¡ § ¶ • ‽ 、 。 「 」 ・ ؟ ۔ । ፡ ·".split()
CONTROL = ["\x00", "\x01", "\x07", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\xad", "\u200b", "\u200e", "\u202e", "\u2060", "\ufeff", "\ufffd", "\ue000", "\U000f0000"]
SPACE = [" ", "  ", "\t", "\n", "\r\n", "\xa0", "\u2003", "\u2028", "\u2029", "\u3000", "\u1680"]
MARKS = "\u0300 \u0301 \u0302 \u0303 \u0307 \u0308 \u030a \u0323 \u0327 \u0328 \u0334 \u0345 \u0316 \u05b4 \u064e \u0e38 \u3099 \u093c \u0344 \u1dc4 \u20d0 \u0898 \u1ac1".split()


def lines(rng):
    out = ["", " ", "\t \n", "\u3000", "\x00\x01", "a", "Z", "é", "[MASK]", "a [MASK] b", "x[SEP]y [PAD][CLS] [UNK]", "[mask] [MASK", "[[CLS]]"]
    out += ["e[MASK]\u0301", "İ", "ß", "ẞ", "ﬃ", "\u0301", "e\u200d\u0301", "e\x01\u0301", "a" * 99, "a" * 100, "a" * 101, "é" * 100, "e\u0301" * 60, "ab" * 5000]
    out += ["e" + "\u0323\u0301" * 40, "東" * 300, "ก" * 120, "가" * 101, "\u1100\u1161\u11a8", "가\u11a8", "😀" * 120, "##a ##", "a##b", "Ġ Ġa", "▁a"]
    out += [text for text in PHRASES.values()]
    words = [w for text in PHRASES.values() for w in text.split()]
    latin = [w for k in ("en", "de", "fr", "es") for w in PHRASES[k].split()]

    def word():
        w = rng.choice(latin if rng.random() < 0.5 else words)
        r = rng.random()
        if r < 0.08:
            w = w.upper()
        elif r < 0.14:
            w = w.title()
        elif r < 0.18:
            w = "".join(c.upper() if rng.random() < 0.5 else c for c in w)
        elif r < 0.26:
            i = rng.randrange(len(w) + 1)
            w = w[:i] + "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 4))) + w[i:]
        elif r < 0.32:
            w = rng.choice(EMOJI)
        elif r < 0.36:
            w = str(rng.randrange(10 ** rng.randint(1, 9)))
        elif r < 0.40:
            i = rng.randrange(len(w) + 1)
            w = w[:i] + rng.choice(CONTROL) + w[i:]
        elif r < 0.43:
            w = "".join(chr(rng.choice([rng.randrange(0x20, 0x3000), rng.randrange(0x3000, 0xD800), rng.randrange(0x10000, 0x1FBFF)])) for _ in range(rng.randint(1, 3)))
        elif r < 0.50:
            w = w + rng.choice(latin)
        if rng.random() < 0.2:
            w += rng.choice(PUNCTUATION)
        return w

    while len(out) < 1000:
        parts = []
        for _ in range(rng.choice([1, 2, 3, 4, 5, 6])):
            parts += [word(), " " if rng.random() < 0.9 else rng.choice(SPACE)]
        out.append("".join(parts[:-1]))
    return out


def write(path, value):
    raw = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(raw, 9, mtime=0))
    print(path.relative_to(ROOT), path.stat().st_size, "bytes")


def compare_trainers(name, ours, options, texts):
    """Trains the library on the words that we learn from."""
    unit = "Ġ" if options["Model"] == "bpe" else ""
    feed = []
    for text in texts:
        pieces = ours.pre_tokenizer.pre_tokenize_str(ours.normalizer.normalize_str(text))
        plain = pre_tokenizers.BertPreTokenizer().pre_tokenize_str(ours.normalizer.normalize_str(text))
        assert len(pieces) == len(plain), (name, text)
        feed += [w for (w, _), (p, _) in zip(pieces, plain) if len(p) <= 100]
        assert all(w.startswith(unit) for w, _ in pieces)
    common = dict(vocab_size=options["VocabSize"], min_frequency=options["MinFrequency"], special_tokens=SPECIAL, show_progress=False)
    if options["Model"] == "bpe":
        theirs = Tokenizer(models.BPE())
        trainer = trainers.BpeTrainer(initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **common)
    else:
        theirs = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        trainer = trainers.WordPieceTrainer(**common)
    theirs.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    theirs.train_from_iterator(feed, trainer)
    a, b = ours.get_vocab(), theirs.get_vocab()
    merges = [json.loads(t.to_str())["model"].get("merges") for t in (ours, theirs)]
    print(f"  trainer: {len(a)} and {len(b)} tokens, {len(a.keys() & b.keys())} in both; same ids: {a == b}; same merges: {merges[0] == merges[1]}")


def main():
    texts = lines(random.Random(20240917))
    assert len(texts) == 1000
    OUT.mkdir(parents=True, exist_ok=True)
    write(OUT / "lines.json.gz", texts)
    fixture = {"tokenizers": tokenizers.__version__, "settings": {}}
    with tempfile.TemporaryDirectory() as folder:
        command = ["go", "test", "./modality/text/tokenizer", "-count=1", "-run", "^TestReference$", "-args", "-write", folder]
        subprocess.run(command, cwd=ROOT, check=True)
        settings = json.loads(pathlib.Path(folder, "settings.json").read_text())
        for name, options in sorted(settings.items()):
            raw = pathlib.Path(folder, name + ".json").read_bytes()
            t = Tokenizer.from_str(raw.decode())
            ids = [e.ids for e in t.encode_batch(texts)]
            fixture["settings"][name] = {"sha256": hashlib.sha256(raw).hexdigest(), "ids": ids}
            print(f"{name}: {t.get_vocab_size()} tokens, {sum(map(len, ids))} ids, {sum(i == 1 for r in ids for i in r)} unknown; saved alike: {t.to_str(pretty=True) == raw.decode().rstrip()}")
            compare_trainers(name, t, options, texts)
    write(OUT / "reference.json.gz", fixture)


if __name__ == "__main__":
    main()
