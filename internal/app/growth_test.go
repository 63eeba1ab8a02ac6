package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// usage is what a process holds.
type usage struct{ files, goroutines, heap int }

func used() usage {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{goroutines: runtime.NumGoroutine(), heap: int(m.HeapAlloc)}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(open)
	}
	return u
}

// least is the smallest of each: a save may be under way at any one moment.
func least(all []usage) usage {
	u := all[0]
	for _, v := range all {
		u = usage{min(u.files, v.files), min(u.goroutines, v.goroutines), min(u.heap, v.heap)}
	}
	return u
}

// sampled is a standard error that keeps nothing, and measures at each epoch.
type sampled struct{ all []usage }

func (s *sampled) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("epoch ")) {
		s.all = append(s.all, used())
	}
	return len(p), nil
}

// TestI5_NothingGrows trains for many epochs: open files and goroutines stay as
// they are, and memory grows by less than a tenth after the 20th.
func TestI5_NothingGrows(t *testing.T) {
	epochs := 40
	if slow {
		epochs = 200
	}
	w := newWorkshop(t, sample.Default())
	s := sampled{}
	err := app.Train(context.Background(), app.TrainOptions{
		Config: w.at("train.yaml"), Output: w.at("run"),
		Sets: []string{fmt.Sprint("training.epochs=", epochs), "training.workers=4", "training.checkpoint.every_steps=2"},
	}, app.Streams{Out: io.Discard, Err: &s})
	all := s.all
	if err != nil || len(all) != epochs {
		t.Fatalf("%d epochs, %v", len(all), err)
	}
	before, after := least(all[10:20]), least(all[epochs-20:])
	t.Logf("I5: %d epochs, open files %d and %d, goroutines %d and %d, memory %d kB and %d kB",
		epochs, before.files, after.files, before.goroutines, after.goroutines, before.heap>>10, after.heap>>10)
	if after.files > before.files || after.goroutines > before.goroutines || after.heap > before.heap+before.heap/10 {
		t.Errorf("%+v after epoch 20, %+v after epoch %d", before, after, epochs)
	}
}
