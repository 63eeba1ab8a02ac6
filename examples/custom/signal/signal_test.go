package signal_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/encoders/encoderstest"
	"github.com/chiasm-ml/chiasm/nn"

	"example.com/custom/signal"
)

func TestCNN(t *testing.T) {
	encoderstest.Run(t, encoderstest.Case{
		Features: []data.Feature{{Name: "readings", Shape: []int{7}}},
		New: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return signal.NewCNN(s, in, signal.CNNConfig{Channels: []int{2, 3}, Kernel: 3, Dropout: 0.1})
		},
		Parameters: (1*2*3 + 2) + (2*3*3 + 3),
	})
}

func TestCNNRefuses(t *testing.T) {
	series := []data.Feature{{Name: "readings", Shape: []int{4}}}
	for _, c := range []struct {
		features []data.Feature
		config   signal.CNNConfig
		want     string
	}{
		{[]data.Feature{{Name: "pixels", Shape: []int{3, 8, 8}}}, signal.CNNConfig{Channels: []int{2}, Kernel: 3}, "e: the encoder cnn wants a signal input"},
		{series, signal.CNNConfig{Channels: []int{2}, Kernel: 4}, "e: kernel is 4; it must be odd"},
		{series, signal.CNNConfig{Channels: []int{2, 2, 2}, Kernel: 3}, "e: 3 layers leave nothing of 4 readings"},
	} {
		_, err := signal.NewCNN(nn.NewScope(1).In("e"), encoders.Input{Name: "x", Features: c.features}, c.config)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func fitted(t *testing.T, o signal.Options, cells ...string) (*signal.Preprocessor, *data.Table) {
	t.Helper()
	table, err := data.NewTable("t.csv", data.Strings("series", cells...))
	if err != nil {
		t.Fatal(err)
	}
	o.Column = "series"
	p, err := signal.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, []int{0, 1}, nil); err != nil {
		t.Fatal(err)
	}
	return p, table
}

func written(t *testing.T, p *signal.Preprocessor, table *data.Table, row int, a data.Augment) []float32 {
	t.Helper()
	item, err := p.Load(table, row, nil)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float32, p.Features()[0].Len())
	for i := range dst {
		dst[i] = 99
	}
	p.Write(item, []data.Slot{{F32: dst}}, a)
	return dst
}

// Series are standardised by mean and deviation of the training rows' readings
// (1 3 1 3 1), cut or filled up with the mean, and zero where there is none.
func TestSeries(t *testing.T) {
	p, table := fitted(t, signal.Options{Length: 3, Missing: data.MissingMask}, "1 3", "1 3 1 9", "5", "")
	const mean = 1.8
	for row, want := range [][]float64{{1, 3, mean}, {1, 3, 1}, {5, mean, mean}, {mean, mean, mean}} {
		got := written(t, p, table, row, data.Augment{})
		for i, v := range want {
			if z := (v - mean) / math.Sqrt(0.96); math.Abs(float64(got[i])-z) > 1e-6 {
				t.Errorf("row %d, place %d is %g, want %g", row, i, got[i], z)
			}
		}
	}
	if item, err := p.Load(table, 3, nil); item != nil || err != nil {
		t.Errorf("an empty cell is %v (%v)", item, err)
	}
}

func TestNoise(t *testing.T) {
	p, table := fitted(t, signal.Options{Length: 2, Missing: data.MissingError, Noise: 0.1}, "1 3", "1 3")
	plain := written(t, p, table, 0, data.Augment{})
	first := written(t, p, table, 0, data.Augment{On: true, Key: 7})
	again := written(t, p, table, 0, data.Augment{On: true, Key: 7})
	other := written(t, p, table, 0, data.Augment{On: true, Key: 8})
	if first[0] != again[0] || first[0] == other[0] || first[0] == plain[0] || math.Abs(float64(first[0]-plain[0])) > 0.6 {
		t.Errorf("plain %v, noisy %v, again %v, by another key %v", plain, first, again, other)
	}
}

func TestBadCells(t *testing.T) {
	p, _ := fitted(t, signal.Options{Length: 2, Missing: data.MissingError}, "1", "2")
	for cell, want := range map[string]string{
		"":        "the cell is empty",
		"1 two":   `number 2 of the list: "two"`,
		"1 NaN":   `number 2 of the list: "NaN"`,
		"1,5 2":   `number 1 of the list: "1,5"`,
		"0x1 1e9": `number 1 of the list: "0x1"`,
	} {
		table, err := data.NewTable("t.csv", data.Strings("series", cell))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Load(table, 0, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "row 1") {
			t.Errorf("%q gives %v, want %s", cell, err, want)
		}
	}
}

func TestStateIsRestored(t *testing.T) {
	p, table := fitted(t, signal.Options{Length: 3, Missing: data.MissingError, Noise: 0.5}, "1 3", "4")
	b, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	q := &signal.Preprocessor{}
	if err := q.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	if a, b := written(t, p, table, 0, data.Augment{}), written(t, q, table, 0, data.Augment{}); a[0] != b[0] || a[1] != b[1] {
		t.Errorf("restored, it writes %v, want %v", b, a)
	}
	for _, bad := range []string{`{}`, `{"options":{"length":0},"std":1}`, `{"options":{"length":3},"std":0}`, `[`} {
		if (&signal.Preprocessor{}).UnmarshalJSON([]byte(bad)) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
