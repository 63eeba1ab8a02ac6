"""Holds exported models against onnx.checker and ONNX Runtime.

    CHIASM_EXPORTS=/tmp/exports go test ./bundle -run TestRegistry
    python scripts/onnx/check.py /tmp/exports

Every folder below the one given is an export with cases. The checker looks at
all of a graph, shapes included; the answers of ONNX Runtime, for one row at a
time, for 37 and for all, must be those of the model to TOLERANCE.
"""

import json
import pathlib
import subprocess
import sys

import onnx

TOLERANCE = 1e-4

bad, worst, lines, folders = 0, {}, 0, 0
for folder in sorted(p.parent for p in pathlib.Path(sys.argv[1]).glob("*/model.onnx")):
    folders += 1
    model = onnx.load(folder / "model.onnx")
    try:
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as e:
        bad += 1
        print(f"{folder.name}: {e}")
        continue
    run = subprocess.run([sys.executable, folder / "samples/check.py", folder / "cases"], capture_output=True, text=True)
    if run.returncode != 0:
        bad += 1
        print(f"{folder.name}: {run.stderr.strip().splitlines()[-1]}")
        continue
    for line in map(json.loads, run.stdout.splitlines()[1:]):
        lines += 1
        for name in ("logits", "probabilities", "outputs"):
            difference = line.get(name, 0)
            worst[name] = max(worst.get(name, (0, "")), (difference, f"{folder.name} {line['case']} batch {line['batch']}"))
        measured = max(line.get("probabilities", line["logits"]), line.get("outputs", 0))
        if measured > TOLERANCE or line.get("labels_differ", 0):
            bad += 1
            print(f"{folder.name}: {line}")
print(f"{folders} exports, {lines} runs, onnx {onnx.__version__}, {bad} wrong")
for name, (difference, where) in worst.items():
    print(f"largest difference of {name}: {difference:.2g} ({where})")
sys.exit(bad > 0 or folders == 0)
