package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/nn"
)

// A training step of every reference model allocates nothing once it has run,
// and trains.
func TestTrainingStepAllocatesNothing(t *testing.T) {
	for _, r := range references {
		r.batch = 2
		step, parameters, err := trainingStep(r)
		if err != nil {
			t.Fatal(err)
		}
		if parameters == 0 {
			t.Errorf("%s has no parameters", r.name)
		}
		run := func() {
			if err := step(); err != nil {
				t.Fatalf("%s: %v", r.name, err)
			}
		}
		for range 3 { // scratch memory grows on each goroutine that takes part
			run()
		}
		if n := testing.AllocsPerRun(4, run); n > 0 {
			t.Errorf("a step of %s allocates %g times", r.name, n)
		}
	}
}

// A model that overfits one batch has a gradient and an update that work
// together, so that what is timed is training.
func TestReferenceModelsLearn(t *testing.T) {
	for _, name := range []string{"R1", "R4", "R5"} {
		r, err := findReference(name)
		if err != nil {
			t.Fatal(err)
		}
		m, o, err := newModel(r)
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Program(nn.Train, 8, true)
		if err != nil {
			t.Fatal(err)
		}
		fill(p)
		first := 0.0
		for range 30 {
			if err := p.Run(0); err != nil {
				t.Fatal(err)
			}
			if first == 0 {
				first = p.Loss()
			}
			o.Step(m.Weights(), p.Gradients(), learningRate)
		}
		if last := p.Loss(); math.IsNaN(last) || last > first/2 {
			t.Errorf("%s goes from a loss of %.3f to %.3f", name, first, last)
		}
	}
}

// Every operator of the second table runs, forward and backward.
func TestOperatorsRun(t *testing.T) {
	for _, o := range operators {
		step, err := o.step(true)
		if err != nil {
			t.Fatal(err)
		}
		if err := step(); err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
	}
	for _, p := range products {
		if p.m*p.n*p.k <= 1<<21 {
			if err := p.step()(); err != nil {
				t.Errorf("%s: %v", p.name(), err)
			}
		}
	}
}

// takes makes a contender whose runs take so long each, and notes its turns.
func takes(peer string, threads int, d time.Duration, turns *strings.Builder) *contender {
	return &contender{peer: peer, threads: threads, run: func(n int) (time.Duration, error) {
		turns.WriteString(peer[:1])
		return time.Duration(n) * d, nil
	}}
}

func TestContendersTakeTurns(t *testing.T) {
	var turns strings.Builder
	cs := []*contender{takes(ours, 1, time.Millisecond, &turns), takes(eager, 1, 3*time.Millisecond, &turns)}
	seconds, err := measure(context.Background(), plan{rounds: 3, span: 4 * time.Millisecond}, cs)
	if err != nil {
		t.Fatal(err)
	}
	if got := turns.String(); !strings.HasSuffix(got, "cpcpcp") {
		t.Errorf("the turns are %s", got)
	}
	rows := compare("R1", "train", cs, seconds)
	if len(rows) != 1 || math.Abs(rows[0].Ratio-3) > 1e-9 || rows[0].Low > rows[0].Ratio || rows[0].High < rows[0].Ratio {
		t.Errorf("rows %+v, want one of ratio 3", rows)
	}
}

// At two threads the peer's faster thread count is compared as well.
func TestBestOfThePeer(t *testing.T) {
	cs := []*contender{{peer: ours, threads: 1}, {peer: ours, threads: 2}, {peer: eager, threads: 1}, {peer: eager, threads: 2}}
	seconds := [][]float64{{2, 2, 2}, {1, 1, 1}, {3, 3, 3}, {6, 6, 7}}
	got := map[string]float64{}
	for _, r := range append(compare("R1", "train", cs, seconds), scaling("R1", "train", cs, seconds)...) {
		got[r.Peer+string(rune('0'+r.Threads))] = r.Ratio
	}
	for key, want := range map[string]float64{eager + "1": 1.5, eager + "2": 6, eager + best + "2": 3, ours + " at 1 thread2": 2} {
		if got[key] != want {
			t.Errorf("%s: ratio %g, want %g", key, got[key], want)
		}
	}
	if len(got) != 4 {
		t.Errorf("rows %v", got)
	}
}

func TestOnly(t *testing.T) {
	for _, c := range []struct {
		only, kinds, name, kind string
		want                    bool
	}{
		{"", "", "R1", "train", true},
		{"R1,gemm", "", "R1", "infer-64", true},
		{"R1,gemm", "", "gemm 64x64x64", "gemm", true},
		{"R1,gemm", "", "R2", "train", false},
		{"R1", "infer", "R1", "infer-1", true},
		{"R1", "infer", "R1", "train", false},
		{"operators", "", "gelu 2048x1024", "forward", true},
		{"operators", "", "R1", "train", false},
		{"picture", "", "picture png", "load", true},
		{"operators", "", "picture png", "load", false},
		{"gelu", "forward", "gelu 2048x1024", "forward", true},
	} {
		o := options{only: list(c.only), kinds: list(c.kinds)}
		if got := o.wanted(c.name, c.kind); got != c.want {
			t.Errorf("--only %q --kind %q, %s %s: %v", c.only, c.kinds, c.name, c.kind, got)
		}
	}
}

func TestTables(t *testing.T) {
	rows := []row{
		{Case: "R1", Kind: "train", Threads: 1, Peer: eager, Ratio: 1.5, Low: 1.4, High: 1.6, Ours: 0.1, Theirs: 0.15},
		{Case: "R1", Kind: "memory", Threads: 1, Peer: eager, Ratio: 4, Low: 4, High: 4, OurBytes: 100e6, Bytes: 400e6},
	}
	var text, js bytes.Buffer
	if err := writeTable(&text, rows); err != nil {
		t.Fatal(err)
	}
	if err := writeJSON(&js, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100.00 ms", "150.00 ms", "400 MB"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
	}
	if got := js.String(); !strings.HasPrefix(got, `[{"case":"R1","kind":"train","threads":1,"peer":"pytorch-eager","ratio":1.5`) || !strings.HasSuffix(got, "}]\n") {
		t.Errorf("JSON:\n%s", got)
	}
}

func TestWrongFlags(t *testing.T) {
	for args, want := range map[string]string{
		"--threads 0":          `"0" is not a number of threads`,
		"--clock sun --peers=": "want wall or cpu",
		"--scripts nowhere":    "nowhere/peer.py",
		"--measure-memory R9":  `no reference model "R9"`,
		"--only R5 --python no-such-python --scripts .": "no-such-python",
	} {
		if err := run(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("bench %s: %v, want %q", args, err, want)
		}
	}
}

// Growth that was measured is drawn, each series once; what was not is left out.
func TestPlots(t *testing.T) {
	b := &bench{options: options{threads: []int{1, 2}}}
	g := growths[0]
	for i, n := range g.sizes {
		for _, threads := range b.threads {
			b.rows = append(b.rows, row{Case: g.name(n), Kind: "growth", Threads: threads, Peer: eager, Ours: 0.01 * float64(i+1), Theirs: 0.03 * float64(i+1)})
		}
	}
	dir := t.TempDir()
	if err := b.plots(dir); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "growth-batch.svg" {
		t.Fatalf("%v, %v", files, err)
	}
	svg, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(svg, new(struct{})); err != nil {
		t.Error(err)
	}
	for part, want := range map[string]int{"<polyline": 2, "<circle": 2 * len(g.sizes), ">PyTorch<": 1, ">128<": 1, ">20 ms<": 1, "stroke=\"#ddd\"": 5} {
		if n := strings.Count(string(svg), part); n != want {
			t.Errorf("%q stands %d times in the plot, want %d", part, n, want)
		}
	}
}
