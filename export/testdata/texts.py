"""Encodes texts by samples/text.py of an export: texts.py FOLDER TEXTS, both for every input of text."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder / "samples"))
sys.dont_write_bytecode = True
import text

about = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
texts = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
encode = text.encoder(next(i["text"] for i in about["inputs"] if "text" in i), folder)
for t in texts:
    ids, mask = encode(t)
    print(json.dumps([i for row in ids for i in row] if isinstance(ids[0], list) else ids), int(sum(mask)))
