package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// usage is what a process holds.
type usage struct{ files, goroutines, heap int }

// used waits for a save that is under way, since the machine decides how many of
// them would be measured, and then for all that nobody holds to be collected:
// pools are emptied by the second collection, finalizers free what the next finds.
func used() usage {
	stacks := make([]byte, 1<<20)
	saving := func() bool {
		all := stacks[:runtime.Stack(stacks, true)]
		return bytes.Contains(all, []byte("trainer.(*saver).write")) || bytes.Contains(all, []byte("trainer.(*Trainer).save"))
	}
	for saving() {
		time.Sleep(time.Millisecond) // what it is asked costs more than what it waits for
	}
	for range 4 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{goroutines: runtime.NumGoroutine(), heap: int(m.HeapAlloc)}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(open)
	}
	return u
}

// least is the smallest of each.
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

// perEpoch is what an epoch may leave in memory: its line of the history.
const perEpoch = 2 << 10

// TestI5_NothingGrows trains for many epochs: open files and goroutines stay as
// they are, and memory grows by no more than the history of figures.
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
	if after.files > before.files || after.goroutines > before.goroutines || after.heap > before.heap+(epochs-20)*perEpoch {
		t.Errorf("%+v after epoch 20, %+v after epoch %d", before, after, epochs)
	}
}
