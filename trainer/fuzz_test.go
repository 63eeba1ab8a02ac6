package trainer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/metrics"
)

// FuzzState reads where a run stands from any bytes, sealed as a checkpoint: an
// error of exit code 4, or a state that is written and read again unchanged.
func FuzzState(f *testing.F) {
	best := 0.25
	for _, s := range []state{
		{}, {Identity: map[string]string{"seed": "7"}, Steps: 12, Epoch: 3, Batch: 2, Sums: sums{Loss: 1.5, Rows: 8}, Best: &best, BestEpoch: 2, BestStep: 8, Waited: 1},
		{Stopped: true, History: []Epoch{{Epoch: 1, Step: 4, Train: metrics.Values{{Name: "loss", Value: 0.5}}}}},
	} {
		b, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, text := range []string{"", "null", "[]", `{"steps":1e400}`, `{"steps":-1}`, `{"history":[{"train":{"loss":null}}]}`, `{"history":[{"train":{"loss":"x"}}]}`, `{"best":null} {}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := readState(sealed(t, b))
		if err != nil {
			var e *checkpoints.Error
			if !errors.As(err, &e) || e.ExitCode() != 4 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := readState(sealed(t, again))
		if err != nil {
			t.Fatalf("written anew it is refused: %v\n%s", err, again)
		}
		if twice, err := json.Marshal(back); err != nil || !bytes.Equal(again, twice) {
			t.Fatalf("%v: %s", err, difference.Of(string(again), string(twice)))
		}
	})
}

// sealed is a checkpoint with the bytes as its state.
func sealed(t *testing.T, b []byte) *checkpoints.Checkpoint {
	store := &checkpoints.Store{Dir: "checkpoints", FS: checkpointstest.NewDisk()}
	c, err := store.Save(context.Background(), 1, []checkpoints.File{{Name: stateFile, Write: func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
