package checkpoints_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// A training saves as it goes, and goes on from the newest checkpoint that is
// valid.
func Example() {
	ctx := context.Background()
	run, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(run)
	lock, err := checkpoints.LockFolder(run)
	if err != nil {
		log.Fatal(err)
	}
	defer lock.Release()

	weight := checkpoints.Tensor{Name: "head.weight", Shape: []int{1, 2}, F32: []float32{0.5, -1}}
	store := &checkpoints.Store{
		Dir:  filepath.Join(run, checkpoints.CheckpointsDir),
		Warn: func(err error) { fmt.Println("skipped a damaged checkpoint") },
	}
	for step := 10; step <= 50; step += 10 {
		weight.F32[0] = float32(step)
		_, err := store.Save(ctx, step, []checkpoints.File{
			{Name: "model.safetensors", Write: checkpoints.Tensors([]checkpoints.Tensor{weight}, nil)},
			{Name: "state.json", Write: checkpoints.Bytes(fmt.Appendf(nil, `{"step":%d}`, step))},
		})
		if err != nil {
			log.Fatal(err)
		}
		if err := store.Prune(ctx, 3, 10); err != nil { // the newest three, and the best
			log.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(store.Path(50), "model.safetensors"), 100); err != nil {
		log.Fatal(err)
	}

	c, err := store.Latest(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.LoadInto("model.safetensors", []checkpoints.Tensor{weight}); err != nil {
		log.Fatal(err)
	}
	steps, _ := store.Steps()
	fmt.Println(steps, "on from", c.Manifest.Step, "with", weight.F32)
	// Output:
	// skipped a damaged checkpoint
	// [10 30 40 50] on from 40 with [40 -1]
}

func ExampleWrite() {
	var b bytes.Buffer
	err := checkpoints.Write(&b, []checkpoints.Tensor{
		{Name: "weight", Shape: []int{2, 2}, F32: []float32{1, 2, 3, 4}},
	}, map[string]string{"format": "pt"})
	fmt.Printf("%d %q %v\n", b.Len(), b.Bytes()[8:56], err)
	// Output:
	// 120 "{\"__metadata__\":{\"format\":\"pt\"},\"weight\":{\"dtype" <nil>
}

func ExampleLoadInto() {
	var b bytes.Buffer
	saved := []checkpoints.Tensor{{Name: "head.wieght", Shape: []int{1}, F32: []float32{1}}}
	if err := checkpoints.Write(&b, saved, nil); err != nil {
		log.Fatal(err)
	}
	model := []checkpoints.Tensor{{Name: "head.weight", Shape: []int{1}, F32: []float32{0}}}
	_, err := checkpoints.LoadInto(bytes.NewReader(b.Bytes()), int64(b.Len()), model)
	fmt.Println(err)
	// Output:
	// the weights belong to another model: the model has "head.weight" where the file has "head.wieght"; use the config that the weights were trained with
}

func ExampleBundle() {
	ctx := context.Background()
	run, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(run)
	bundle := &checkpoints.Bundle{Dir: filepath.Join(run, checkpoints.ModelDir)}
	for _, step := range []int{40, 80} { // the better model replaces the good one
		files := []checkpoints.File{{Name: "labels.json", Write: checkpoints.Bytes([]byte(`["cat","dog"]`))}}
		if _, err := bundle.Save(ctx, step, files); err != nil {
			log.Fatal(err)
		}
	}
	c, err := checkpoints.Find(ctx, run, nil)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := c.ReadFile("labels.json")
	fmt.Println(c.Manifest.Step, string(labels), err)
	// Output: 80 ["cat","dog"] <nil>
}
