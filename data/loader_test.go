package data_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
)

// mixed is a fitted dataset of three inputs over n rows, some of whose cells
// are missing. With augmentation images and texts change each epoch.
func mixed(t testing.TB, n int, o data.DatasetOptions) (*data.Dataset, *data.Splits) {
	t.Helper()
	return mixedFrom(t, fivePictures(t), n, o)
}

// mixedFrom is mixed of the pictures in a folder.
func mixedFrom(t testing.TB, folder *data.Folder, n int, o data.DatasetOptions) (*data.Dataset, *data.Splits) {
	t.Helper()
	columns := map[string][]string{}
	for i := range n {
		add := func(name, format string, missing bool, args ...any) {
			cell := fmt.Sprintf(format, args...)
			if missing {
				cell = ""
			}
			columns[name] = append(columns[name], cell)
		}
		add("image", "%d.png", i%7 == 3, i%5)
		add("text", "word%d word%d of row", i%11 == 5, i%4, i%3)
		add("w", "%d.5", i%4 == 2, i)
		add("c", "c%d", false, i%3)
		add("y", "%s", false, []string{"no", "yes"}[i*i%3%2])
	}
	table, err := data.NewTable("x.csv", data.Strings("image", columns["image"]...), data.Strings("text", columns["text"]...),
		data.Strings("w", columns["w"]...), data.Strings("c", columns["c"]...), data.Strings("y", columns["y"]...), data.Strings("spare", make([]string, n)...))
	if err != nil {
		t.Fatal(err)
	}
	ic := imageOptions()
	ic.Missing, ic.Augment = data.MissingMask, imaging.Augment{Flip: 0.5, Brightness: 0.3}
	picture, err := image.New(ic)
	if err != nil {
		t.Fatal(err)
	}
	picture.ReadFrom(folder)
	tc := textOptions()
	tc.TokenDropout = 0.3
	caption, err := text.NewTokens(tc, tokenOptions())
	if err != nil {
		t.Fatal(err)
	}
	facts, err := tabular.New(tabular.Options{Numeric: []string{"w"}, Categorical: []string{"c"}, Missing: data.MissingMask, Transform: "none", MinCount: 1})
	if err != nil {
		t.Fatal(err)
	}
	y, err := data.NewTarget(data.TargetConfig{Type: data.Binary, Column: "y"})
	if err != nil {
		t.Fatal(err)
	}
	inputs := []data.Input{{Name: "picture", Preprocessor: picture}, {Name: "caption", Preprocessor: caption}, {Name: "facts", Preprocessor: facts}}
	splits, err := data.SplitConfig{Train: 0.7, Validation: 0.2, Test: 0.1}.Split(table, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := data.Fit(context.Background(), table, splits, inputs, y, o.Report); err != nil {
		t.Fatal(err)
	}
	o.Splits = splits
	d, err := data.NewDataset(table, inputs, y, o)
	if err != nil {
		t.Fatal(err)
	}
	return d, splits
}

// snapshot copies what a batch holds.
func snapshot(b *data.Batch) string {
	return fmt.Sprint(b.Index, b.Rows, b.Inputs, b.Present, b.Target, b.Weight)
}

func collect(t testing.TB, l *data.Loader, epoch, from int) []string {
	t.Helper()
	var all []string
	for b, err := range l.Epoch(context.Background(), epoch, from) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, snapshot(b))
	}
	return all
}

func loader(t testing.TB, d *data.Dataset, rows []int, o data.LoaderOptions) *data.Loader {
	t.Helper()
	l, err := data.NewLoader(d, rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Batches depend on seed and epoch: not on workers, not on where the epoch was
// begun, not on what is cached.
func TestLoaderDeterminism(t *testing.T) {
	const rows = 53
	d, _ := mixed(t, rows, data.DatasetOptions{})
	want := map[int][]string{}
	for epoch := range 2 {
		want[epoch] = collect(t, loader(t, d, modalitytest.Rows(rows), data.LoaderOptions{BatchSize: 8, Shuffle: true, Augment: true, Seed: 3}), epoch, 0)
	}
	if len(want[0]) != 7 || difference.None(want[0], want[1]) {
		t.Fatalf("%d batches, or two epochs are equal", len(want[0]))
	}
	for _, cache := range []int64{0, -1, 2000} {
		d, _ := mixed(t, rows, data.DatasetOptions{CacheBytes: cache})
		for _, workers := range []int{0, 1, 3, 16} {
			l := loader(t, d, modalitytest.Rows(rows), data.LoaderOptions{BatchSize: 8, Shuffle: true, Augment: true, Seed: 3, Workers: workers})
			for epoch := range 2 {
				for _, from := range []int{0, 1, 6, 7} {
					if diff := difference.Of(want[epoch][from:], collect(t, l, epoch, from), difference.EmptyIsNil); diff != "" {
						t.Errorf("cache %d, %d workers, epoch %d from %d: %s", cache, workers, epoch, from, diff)
					}
				}
			}
		}
	}
	other := collect(t, loader(t, d, modalitytest.Rows(rows), data.LoaderOptions{BatchSize: 8, Shuffle: true, Augment: true, Seed: 4}), 0, 0)
	if difference.None(want[0], other) {
		t.Error("two seeds give the same batches")
	}
}

func TestLoaderRows(t *testing.T) {
	d, splits := mixed(t, 40, data.DatasetOptions{})
	for _, c := range []struct{ batch, batches, last int }{{1, 28, 1}, {9, 4, 1}, {14, 2, 14}, {28, 1, 28}, {1000, 1, 28}} {
		for _, shuffle := range []bool{false, true} {
			l := loader(t, d, splits.Train, data.LoaderOptions{BatchSize: c.batch, Shuffle: shuffle, Workers: 2})
			if l.Len() != c.batches || l.Rows() != 28 {
				t.Errorf("batch size %d: %d batches of %d rows, want %d", c.batch, l.Len(), l.Rows(), c.batches)
			}
			var rows []int
			last := 0
			for b, err := range l.Epoch(context.Background(), 1, 0) {
				if err != nil {
					t.Fatal(err)
				}
				rows, last = append(rows, b.Rows...), b.Size()
				if len(b.Target.F32) != b.Size() || len(b.Inputs[0][0].F32) != b.Size()*3*4*2 || len(b.Present[1]) != b.Size() || len(b.Weight) != b.Size() {
					t.Fatalf("the arrays are not of %d rows", b.Size())
				}
			}
			if last != c.last {
				t.Errorf("batch size %d: the last has %d rows, want %d", c.batch, last, c.last)
			}
			if slices.IsSorted(rows) == shuffle {
				t.Errorf("shuffle %v: order %v", shuffle, rows)
			}
			slices.Sort(rows)
			if diff := difference.Of(splits.Train, rows); diff != "" {
				t.Error(diff)
			}
		}
	}
	if got := collect(t, loader(t, d, nil, data.LoaderOptions{BatchSize: 4, Workers: 2}), 0, 0); len(got) != 0 {
		t.Errorf("no rows give %d batches", len(got))
	}
	for _, o := range []data.LoaderOptions{{}, {BatchSize: -1}, {BatchSize: 1, Workers: -1}} {
		if _, err := data.NewLoader(d, nil, o); modalitytest.ExitCode(err) != 2 {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// Presence follows the cells, and evaluation changes nothing at random.
func TestLoaderPresence(t *testing.T) {
	d, _ := mixed(t, 40, data.DatasetOptions{})
	l := loader(t, d, modalitytest.Rows(40), data.LoaderOptions{BatchSize: 40})
	for epoch := range 2 {
		for b, err := range l.Epoch(context.Background(), epoch, 0) {
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range b.Rows {
				for input, want := range []bool{row%7 != 3, row%11 != 5, true} {
					if got := b.Present[input][i]; (got == 1) != want || got != 0 && got != 1 {
						t.Errorf("row %d, input %d: present is %v", row, input, got)
					}
				}
				if row%7 == 3 && slices.Max(b.Inputs[0][0].F32[i*24:(i+1)*24]) != 0 {
					t.Errorf("row %d lacks its picture and has pixels", row)
				}
				if missing := b.Inputs[2][1].F32[i]; (missing == 1) != (row%4 == 2) {
					t.Errorf("row %d: numeric_missing is %v", row, missing)
				}
			}
		}
	}
	a, b := collect(t, l, 0, 0), collect(t, l, 5, 0)
	if !difference.None(a, b) {
		t.Error("without shuffle and augmentation two epochs differ")
	}
}

// keyed is a preprocessor that writes down the key it may augment by.
type keyed struct{ faulty }

func (k *keyed) Features() []data.Feature {
	return []data.Feature{{Name: "key", Int: true, Shape: []int{2}}}
}

func (k *keyed) Write(_ data.Item, dst []data.Slot, a data.Augment) {
	dst[0].Int[0], dst[0].Int[1] = int(a.Key), 0
	if a.On {
		dst[0].Int[1] = 1
	}
}

// Each row of each epoch, input and seed has a key of its own, and no place in
// a batch changes it.
func TestAugmentKeys(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("a", make([]string, 20)...))
	d, err := data.NewDataset(table, []data.Input{{Name: "one", Preprocessor: &keyed{}}, {Name: "two", Preprocessor: &keyed{}}}, nil, data.DatasetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		seed              uint64
		epoch, input, row int
	}
	of, by := map[place]int{}, map[int]place{}
	for _, o := range []data.LoaderOptions{{BatchSize: 3}, {BatchSize: 7, Shuffle: true}, {BatchSize: 20, Workers: 2}} {
		for _, o.Seed = range []uint64{1, 2} {
			for epoch := range 3 {
				o.Augment = true
				for b, err := range loader(t, d, modalitytest.Rows(20), o).Epoch(context.Background(), epoch, 0) {
					if err != nil {
						t.Fatal(err)
					}
					for i, row := range b.Rows {
						for input := range b.Inputs {
							at, key := place{o.Seed, epoch, input, row}, b.Inputs[input][0].Int[2*i]
							if k, ok := of[at]; ok && k != key {
								t.Errorf("%+v has two keys", at)
							}
							if p, ok := by[key]; ok && p != at {
								t.Errorf("%+v and %+v have one key", p, at)
							}
							of[at], by[key] = key, at
							if b.Inputs[input][0].Int[2*i+1] != 1 {
								t.Fatal("augmentation is off")
							}
						}
					}
				}
			}
		}
	}
}

// The order changes with epoch and seed.
func TestOrder(t *testing.T) {
	d := faultyDataset(t, &faulty{}, 50, data.DatasetOptions{})
	seen := map[string]bool{}
	for seed := range uint64(3) {
		for epoch := range 3 {
			order := ""
			for b, err := range loader(t, d, modalitytest.Rows(50), data.LoaderOptions{BatchSize: 10, Shuffle: true, Seed: seed}).Epoch(context.Background(), epoch, 0) {
				if err != nil {
					t.Fatal(err)
				}
				order += fmt.Sprint(b.Rows)
			}
			seen[order] = true
		}
	}
	if len(seen) != 9 {
		t.Errorf("3 seeds and 3 epochs give %d orders", len(seen))
	}
}

// faulty is a preprocessor that fails, waits or counts on demand.
type faulty struct {
	data.Preprocessor // nil: only what Dataset and Loader call is there
	bad               map[int]bool
	loads             atomic.Int64
	wait              func(row int)
}

func (f *faulty) Columns() []string { return []string{"a"} }

func (f *faulty) Features() []data.Feature { return []data.Feature{{Name: "row"}} }

func (f *faulty) Load(t *data.Table, row int, n *data.Notes) (data.Item, error) {
	f.loads.Add(1)
	if f.wait != nil {
		f.wait(row)
	}
	if f.bad[row] {
		return nil, t.Errorf(row, "a", "is bad")
	}
	n.Cell("a", "looked at")
	return rowItem(row), nil
}

func (f *faulty) Write(item data.Item, dst []data.Slot, _ data.Augment) {
	dst[0].F32[0] = float32(item.(rowItem))
}

type rowItem int

// Bytes is 52, to make 100 with the entry of a row, and row 7 is large.
func (i rowItem) Bytes() int {
	if i == 7 {
		return 1 << 20
	}
	return 52
}

func faultyDataset(t *testing.T, f *faulty, n int, o data.DatasetOptions) *data.Dataset {
	t.Helper()
	table, _ := data.NewTable("x.csv", data.Strings("a", make([]string, n)...))
	d, err := data.NewDataset(table, []data.Input{{Name: "a", Preprocessor: f}}, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A bad row ends the epoch with its error, after the batches before it.
func TestLoaderError(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 8} {
		f := &faulty{bad: map[int]bool{13: true, 14: true, 30: true}}
		l := loader(t, faultyDataset(t, f, 40, data.DatasetOptions{}), modalitytest.Rows(40), data.LoaderOptions{BatchSize: 4, Workers: workers})
		batches := 0
		var failed error
		for b, err := range l.Epoch(context.Background(), 0, 0) {
			if failed != nil {
				t.Fatal("the epoch goes on after an error")
			}
			if failed = err; err == nil {
				if b.Index != batches {
					t.Errorf("batch %d, want %d", b.Index, batches)
				}
				batches++
			}
		}
		var e *data.Error
		if batches != 3 || !errors.As(failed, &e) || e.Row != 14 {
			t.Errorf("%d workers: %d batches, then %v, want 3, then row 14", workers, batches, failed)
		}
	}
}

func TestLoaderCancel(t *testing.T) {
	for _, workers := range []int{0, 1, 4} {
		l := loader(t, faultyDataset(t, &faulty{}, 1000, data.DatasetOptions{}), modalitytest.Rows(1000), data.LoaderOptions{BatchSize: 4, Workers: workers})
		ctx, cancel := context.WithCancel(context.Background())
		var failed error
		for b, err := range l.Epoch(ctx, 0, 0) {
			if failed = err; err == nil && b.Index == 5 {
				cancel()
			}
		}
		cancel()
		if !errors.Is(failed, context.Canceled) {
			t.Errorf("%d workers: %v", workers, failed)
		}
	}
}

// hang is how long a test waits for what must come: only what never comes takes
// longer, on however busy a machine.
const hang = 5 * time.Minute

// However an epoch ends, its goroutines end with it, and its memory is used
// for the next one.
func TestLoaderLeavesNothing(t *testing.T) {
	var active atomic.Int64
	f := &faulty{bad: map[int]bool{900: true}, wait: func(int) {
		active.Add(1)
		runtime.Gosched()
		active.Add(-1)
	}}
	l := loader(t, faultyDataset(t, f, 1000, data.DatasetOptions{CacheBytes: -1}), modalitytest.Rows(1000), data.LoaderOptions{BatchSize: 4, Workers: 4})
	before := runtime.NumGoroutine()
	for i := range 12 {
		for b, err := range l.Epoch(context.Background(), 0, i*21) {
			if err != nil || i%2 == 0 && b.Index == i*21+i {
				break
			}
		}
		if n := active.Load(); n != 0 {
			t.Fatalf("%d rows are being loaded after the loop", n)
		}
		// A goroutine that has called Done may not have gone yet.
		for end := time.Now().Add(hang); runtime.NumGoroutine() > before; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
			}
		}
	}
	if n := l.Spare(); n != 5 {
		t.Errorf("memory for %d batches, want 5", n)
	}
}

// The workers are ahead of the loop, by no more than there is memory for.
func TestLoaderRunsAhead(t *testing.T) {
	var mu sync.Mutex
	loaded := map[int]bool{}
	f := &faulty{wait: func(row int) { mu.Lock(); loaded[row/4] = true; mu.Unlock() }}
	l := loader(t, faultyDataset(t, f, 400, data.DatasetOptions{}), modalitytest.Rows(400), data.LoaderOptions{BatchSize: 4, Workers: 3})
	for b, err := range l.Epoch(context.Background(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Index != 10 {
			continue
		}
		deadline := time.Now().Add(hang)
		for {
			mu.Lock()
			n, far := len(loaded), loaded[14]
			mu.Unlock()
			if far {
				t.Fatal("batch 14 is prepared while batch 10 is in use, and there is memory for four")
			}
			if n == 14 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d batches prepared, want 14", n)
			}
			runtime.Gosched()
		}
		break
	}
}

// Two epochs of one loader may run at once.
func TestLoaderConcurrentEpochs(t *testing.T) {
	d, splits := mixed(t, 60, data.DatasetOptions{CacheBytes: 3000})
	l := loader(t, d, splits.Train, data.LoaderOptions{BatchSize: 5, Shuffle: true, Augment: true, Workers: 2})
	want := [][]string{collect(t, l, 0, 0), collect(t, l, 1, 0)}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if got := collect(t, l, i%2, 0); !difference.None(want[i%2], got) {
				t.Errorf("epoch %d differs beside another", i%2)
			}
		})
	}
	wg.Wait()
}

// Once items are in memory, a step allocates nothing that grows with its rows.
func TestLoaderAllocations(t *testing.T) {
	d, splits := mixed(t, 200, data.DatasetOptions{Report: nil})
	l := loader(t, d, splits.Train, data.LoaderOptions{BatchSize: 70, Augment: true})
	collect(t, l, 0, 0)
	allocs := testing.AllocsPerRun(20, func() {
		for _, err := range l.Epoch(context.Background(), 1, 0) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs > 10 {
		t.Errorf("an epoch of 140 rows allocates %v times", allocs)
	}
}
