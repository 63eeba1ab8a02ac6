package checkpoints_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// benchTensors are 64 MiB: 16 million weights.
func benchTensors() []checkpoints.Tensor { return weights(1, 16, 1<<19) }

func BenchmarkWrite(b *testing.B) {
	tensors := benchTensors()
	b.SetBytes(64 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if err := checkpoints.Write(io.Discard, tensors, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadInto(b *testing.B) {
	tensors := benchTensors()
	file := encode(b, tensors, nil)
	b.SetBytes(64 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := checkpoints.LoadInto(bytes.NewReader(file), int64(len(file)), tensors); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSave includes the hashes and the syncs.
func BenchmarkSave(b *testing.B) {
	ctx := context.Background()
	files := []checkpoints.File{{Name: "model.safetensors", Write: checkpoints.Tensors(benchTensors(), nil)}}
	s := &checkpoints.Store{Dir: b.TempDir()}
	b.SetBytes(64 << 20)
	step := 0
	for b.Loop() {
		step++
		if _, err := s.Save(ctx, step, files); err != nil {
			b.Fatal(err)
		}
		if err := s.Prune(ctx, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLatest(b *testing.B) {
	ctx := context.Background()
	s := &checkpoints.Store{Dir: b.TempDir()}
	if _, err := s.Save(ctx, 1, []checkpoints.File{{Name: "model.safetensors", Write: checkpoints.Tensors(benchTensors(), nil)}}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(64 << 20)
	for b.Loop() {
		if _, err := s.Latest(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
