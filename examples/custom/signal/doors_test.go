package signal_test

import (
	"context"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"

	"example.com/custom/signal"
)

// What a graph is given leads to what Write writes, of made-up cells too, and equal
// series are found in two splits.
func TestDoors(t *testing.T) {
	p, err := signal.New(signal.Options{Column: "s", Length: 4, Missing: data.MissingError})
	if err != nil {
		t.Fatal(err)
	}
	train, err := data.NewTable("train", data.Strings("s", "1 3 5 7", "[2, 4]"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), train, []int{0, 1}, nil); err != nil {
		t.Fatal(err)
	}
	table, err := data.NewTable("rows", data.Strings("s", "[1.5, 2]", "1.50 2.0", p.Sample("s", rng.New(1)), "1 2 3 4 5"))
	if err != nil {
		t.Fatal(err)
	}
	feature := p.Features()[0]
	prelude, _ := p.Prelude(feature)
	scaling := prelude.Steps[0].(data.Standardise)[0]
	var prints []string
	for row := range table.Len() {
		item, err := p.Load(table, row, nil)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, p.Fingerprint(item))
		raw, want := make([]float64, 4), make([]float32, 4)
		if err := p.Raw(table, row, item, feature, data.Raw{F64: raw}); err != nil {
			t.Fatal(err)
		}
		p.Write(item, []data.Slot{{F32: want}}, data.Augment{})
		for i, v := range raw {
			z := 0.0
			if !math.IsNaN(v) {
				z = (v - scaling.Mean) / scaling.Std
			}
			if math.Abs(z-float64(want[i])) > 1e-6 {
				t.Errorf("row %d, place %d: the graph makes %g, Write %g", row, i, z, want[i])
			}
		}
	}
	if prints[0] != prints[1] || prints[0] == prints[3] || prints[0] == "" {
		t.Errorf("fingerprints are %q", prints)
	}
	names, _ := p.Names(table, 0, feature)
	if f := p.Fields()[0]; f.Length != 4 || !f.Shorter || f.Type != data.AsNumbers || len(names) != 4 {
		t.Errorf("the field is %+v, the names %q", f, names)
	}
}
