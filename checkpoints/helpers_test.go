package checkpoints_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/rng"
)

// exitCode is what the command would end with.
func exitCode(err error) int {
	var e interface{ ExitCode() int }
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	return 1
}

// weights are n tensors of a small model, another one at each step.
func weights(step, n, width int) []checkpoints.Tensor {
	key := rng.New(uint64(step))
	tensors := make([]checkpoints.Tensor, n)
	for i := range tensors {
		tensors[i] = checkpoints.Tensor{Name: fmt.Sprintf("encoders.caption.block%d.weight", i), Shape: []int{2, width}, F32: make([]float32, 2*width)}
		for j := range tensors[i].F32 {
			tensors[i].F32[j] = float32(key.Int(i).Normal(j))
		}
	}
	return tensors
}

// runFiles are the files of the checkpoint of a step.
func runFiles(step int) []checkpoints.File {
	return []checkpoints.File{
		{Name: "model.safetensors", Write: checkpoints.Tensors(weights(step, 6, 80), map[string]string{"format": "pt"})},
		{Name: "optimizer.safetensors", Write: checkpoints.Tensors(weights(step+1000, 12, 80), nil)},
		{Name: "state.json", Write: checkpoints.Bytes(fmt.Appendf(nil, `{"step":%d,"epoch":1}`, step))},
	}
}

// tinyFiles are the same in few operations.
func tinyFiles(step int) []checkpoints.File {
	return []checkpoints.File{
		{Name: "model.safetensors", Write: checkpoints.Tensors(weights(step, 1, 4), nil)},
		{Name: "state.json", Write: checkpoints.Bytes(fmt.Appendf(nil, `{"step":%d}`, step))},
	}
}

// whole checks that c holds what tinyFiles wrote for its step.
func whole(t testing.TB, c *checkpoints.Checkpoint) {
	t.Helper()
	step := c.Manifest.Step
	want := weights(step, 1, 4)
	got := cleared(want)
	if _, err := c.LoadInto("model.safetensors", got); err != nil {
		t.Fatal(err)
	}
	for i, v := range want[0].F32 {
		if got[0].F32[i] != v {
			t.Fatalf("weight %d of step %d is %v, want %v", i, step, got[0].F32[i], v)
		}
	}
	if b, err := c.ReadFile("state.json"); err != nil || string(b) != fmt.Sprintf(`{"step":%d}`, step) {
		t.Fatalf("state.json of step %d: %q, %v", step, b, err)
	}
}

// collect is a Warn that keeps the messages.
func collect(into *[]string) func(error) {
	return func(err error) { *into = append(*into, err.Error()) }
}

func nanValue() float32 { return float32(math.NaN()) }
