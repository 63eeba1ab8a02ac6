package app

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// epochLine is how each line of metrics.jsonl begins.
const epochLine = `{"epoch":`

// restoreMetrics cuts metrics.jsonl down to the epochs that the run has
// completed: a killed run may have written one line more.
func (t *training) restoreMetrics(epochs int) error {
	history := t.trainer.History()
	var b []byte
	for _, e := range history[:min(epochs, len(history))] {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		b = append(append(b, line...), '\n')
	}
	return t.run.home.WriteLog(t.run.in+metricsFile, epochLine, checkpoints.Bytes(b))
}

func (t *training) stepped(s trainer.Step) {
	if t.firstStep == 0 {
		t.firstStep = time.Since(t.started)
	}
	if t.watch != nil {
		t.watch(s)
		return
	}
	if t.bar == nil {
		label := fmt.Sprintf("epoch %d/%d", s.Epoch, t.config.Training.Epochs)
		t.bar = newProgress(t.streams.Err, label, "samples", len(t.data.Splits.Train))
	}
	done := min(s.Done*t.config.Training.BatchSize, len(t.data.Splits.Train))
	t.bar.set(done, fmt.Sprintf("loss %.4f", s.Mean))
}

// writeEpoch writes the line of an epoch. On a terminal that it does not fit, it
// leaves out what is less looked at, and keeps the loss that the run is judged by.
func writeEpoch(w io.Writer, e trainer.Epoch, of int) {
	const judged, best, other, seconds, speed = 1, 2, 3, 5, 8
	pieces := []piece{{fmt.Sprintf("epoch %d/%d", e.Epoch, of), 0}}
	for k, part := range []split{{"train", e.Train}, {"validation", e.Validation}} {
		rank := other + 1 - k // figures of validation are kept longer
		for _, name := range []string{"loss", "accuracy", "macro_f1", "subset_accuracy", "mae"} {
			v, ok := part.values.Get(name)
			if !ok {
				continue
			}
			p := piece{fmt.Sprintf("%s %s %s", part.name, name, number(v)), rank}
			if name == "loss" && (part.name == "validation" || len(e.Validation) == 0) {
				p.rank = judged
			}
			pieces, rank = append(pieces, p), rank+3
		}
		for _, v := range part.values { // of operators, and of several outputs
			figure := v.Name[strings.LastIndexByte(v.Name, '.')+1:]
			if figure != v.Name && (slices.Contains([]string{"accuracy", "subset_accuracy", "mae"}, figure) || strings.HasPrefix(v.Name, metrics.LossPrefix)) {
				pieces, rank = append(pieces, piece{fmt.Sprintf("%s %s %s", part.name, v.Name, number(v.Value)), rank}), rank+3
			}
		}
	}
	pieces = append(pieces, piece{fmt.Sprintf("%.0f samples/s", float64(e.SamplesPerSecond)), speed}, piece{fmt.Sprintf("%.1f s", float64(e.Seconds)), seconds})
	if e.Best {
		pieces = append(pieces, piece{"best so far", best})
	}
	fmt.Fprintln(w, fitting(widthOf(w), "  ", pieces...))
}

func (t *training) epochDone(e trainer.Epoch) error {
	if t.bar != nil {
		t.bar.end()
		t.bar = nil
	}
	writeEpoch(t.streams.Err, e, t.config.Training.Epochs)
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	failpoint.Here("metrics", "line")
	return t.run.lock.Append(t.run.path(metricsFile), b)
}
