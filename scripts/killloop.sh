#!/usr/bin/env bash
# Trains clip art while killing the training again and again (kill -9), resumes it
# until it is done, and compares the final weights with those of a training that
# was left alone:
#
#   scripts/killloop.sh [EPOCHS [SEED]]
#
# Two trainings of 4 epochs take about a minute on two cores. It ends with exit
# code 1 if a byte differs, or if anything that a kill left is invalid.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

epochs=${1:-4}
RANDOM=${2:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/chiasm" ./cmd/chiasm

train() {
	exec "$work/chiasm" train --config examples/clipart/train.yaml --output "$work/$1" --resume \
		--set training.epochs="$epochs" --set training.checkpoint.every_steps=5 >"$work/$1.log" 2>&1
}

begun=$(date +%s%N)
(train whole)
took=$((($(date +%s%N) - begun) / 1000000))
echo "left alone: $took ms"

# From soon after the start, while the table is read, to a third of a training;
# later and later, since on a busy machine reading alone can take that long.
kills=0
while :; do
	train killed &
	job=$!
	after=$((RANDOM % (took / 3 + 1) + took / 20 + kills * took / 20))
	sleep "$((after / 1000)).$(printf %03d $((after % 1000)))"
	kill -KILL "$job" 2>/dev/null || true # it may be done
	if { wait "$job"; } 2>/dev/null; then break; fi
	kills=$((kills + 1))
	if [ -e "$work/killed/checkpoints" ] && ! "$work/chiasm" verify "$work/killed" >"$work/verified"; then
		# Of a log that is cut at the next start, a kill may leave half a line.
		! grep '^invalid' "$work/verified" | grep -v metrics.jsonl || exit 1
	fi
	echo "kill $kills after $after ms: $(ls "$work/killed/checkpoints" 2>/dev/null | grep step- | tail -1)"
done

sum() { sha256sum <"$work/$1/model/model.safetensors" | cut -d' ' -f1; }
echo "$kills kills; SHA-256 of the weights: $(sum killed), left alone $(sum whole)"
[ "$(sum killed)" = "$(sum whole)" ]
