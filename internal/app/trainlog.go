package app

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
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
		t.bar = newProgress(t.streams.Err, label, "samples", len(t.data.splits.Train))
	}
	done := min(s.Done*t.config.Training.BatchSize, len(t.data.splits.Train))
	t.bar.set(done, fmt.Sprintf("loss %.4f", s.Mean))
}

func (t *training) epochDone(e trainer.Epoch) error {
	if t.bar != nil {
		t.bar.end()
		t.bar = nil
	}
	line := fmt.Sprintf("epoch %d/%d  ", e.Epoch, t.config.Training.Epochs)
	for _, part := range []split{{"train", e.Train}, {"validation", e.Validation}} {
		for _, name := range []string{"loss", "accuracy", "macro_f1", "subset_accuracy", "mae"} {
			if v, ok := part.values.Get(name); ok {
				line += fmt.Sprintf("%s %s %s  ", part.name, name, number(v))
			}
		}
	}
	best := ""
	if e.Best {
		best = "  best so far"
	}
	fmt.Fprintf(t.streams.Err, "%s%.0f samples/s  %.1f s%s\n", line, float64(e.SamplesPerSecond), float64(e.Seconds), best)
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	failpoint.Here("metrics", "line")
	return t.run.lock.Append(t.run.path(metricsFile), b)
}
