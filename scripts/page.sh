#!/usr/bin/env bash
# Takes docs/page.png: the page of `chiasm serve` with a model that was trained as
# examples/scenes/train.yaml says. From the top of the repository, with Chromium:
#
#   go run ./examples/scenes
#   go run ./cmd/chiasm train --config examples/scenes/train.yaml
#   bash scripts/page.sh
#
# or bash scripts/page.sh MODEL PICTURE [OUTPUT].
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
model=$(realpath "${1:-runs/scenes}")
picture=$(realpath "${2:-examples/scenes/data/images/09505.png}")
output=$(realpath -m "${3:-docs/page.png}")
go -C tests test ./page -run '^TestScreenshot$' -count=1 -args \
	-shot.model "$model" -shot.picture "$picture" -shot.output "$output" \
	-shot.text "what colour is the thing in the top right" -shot.token top
ls -l "$output"
