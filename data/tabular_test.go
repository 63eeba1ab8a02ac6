package data

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
)

// upTo is 0 to n-1.
func upTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func tabular(t *testing.T, c TabularConfig) *Tabular {
	t.Helper()
	if c.Missing == "" {
		c.Missing = MissingError
	}
	if c.Transform == "" {
		c.Transform = "none"
	}
	if c.MinCount == 0 {
		c.MinCount = 1
	}
	p, err := NewTabular(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// one loads and writes one row and returns its slots.
func one(t *testing.T, p Preprocessor, table *Table, row int, a Augment) ([]Slot, *Notes, bool) {
	t.Helper()
	notes := &Notes{}
	item, err := p.Load(table, row, notes)
	if err != nil {
		t.Fatal(err)
	}
	var slots []Slot
	for _, f := range p.Features() {
		s := makeSlot(f, 1)
		for i := range s.F32 {
			s.F32[i] = 99 // what an earlier batch left
		}
		for i := range s.Int {
			s.Int[i] = 99
		}
		slots = append(slots, s)
	}
	p.Write(item, slots, a)
	return slots, notes, item != nil
}

func TestTabular(t *testing.T) {
	ctx := context.Background()
	table := mustRead(t, CSV, "w,h,maker\n1,10,acme\n3,10,bolt\n5,10,acme\n,10,acme\n100,-10,zap\n,,\n2,10,\n")
	p := tabular(t, TabularConfig{Numeric: []string{"w", "h"}, Categorical: []string{"maker"}, Missing: MissingMask})
	var notes Notes
	if err := p.Fit(ctx, table, upTo(4), &notes); err != nil { // the rows after are not of the training split
		t.Fatal(err)
	}
	if diff := difference.Of([]string{`column "h" is 10 in every training row`}, notes.warnings); diff != "" {
		t.Error(diff)
	}
	want := []Feature{{Name: "numeric", Axes: []Axis{ColumnAxis}, Shape: []int{2}}, {Name: "numeric_missing", Role: Flag, Axes: []Axis{ColumnAxis}, Shape: []int{2}}, {Name: "categories", Axes: []Axis{ColumnAxis}, Shape: []int{1}, Int: true, Sizes: []int{3}}}
	if diff := difference.Of(want, p.Features()); diff != "" {
		t.Error(diff)
	}
	std := float32(math.Sqrt(8.0 / 3)) // of 1, 3, 5
	for _, c := range []struct {
		row     int
		slots   []Slot
		notes   []CellNote
		present bool
	}{
		{0, []Slot{{F32: []float32{-2 / std, 0}}, {F32: []float32{0, 0}}, {Int: []int{1}}}, nil, true},
		{1, []Slot{{F32: []float32{0, 0}}, {F32: []float32{0, 0}}, {Int: []int{2}}}, nil, true},
		{3, []Slot{{F32: []float32{0, 0}}, {F32: []float32{1, 0}}, {Int: []int{1}}}, []CellNote{{"w", Masked}}, true},
		{4, []Slot{{F32: []float32{97 / std, -20}}, {F32: []float32{0, 0}}, {Int: []int{0}}}, []CellNote{{"maker", Unknown}}, true},
		{5, []Slot{{F32: []float32{0, 0}}, {F32: []float32{0, 0}}, {Int: []int{0}}}, []CellNote{{"w", Masked}, {"h", Masked}, {"maker", Masked}}, false},
		{6, []Slot{{F32: []float32{-1 / std, 0}}, {F32: []float32{0, 0}}, {Int: []int{0}}}, []CellNote{{"maker", Masked}}, true},
	} {
		slots, notes, present := one(t, p, table, c.row, Augment{})
		if diff := difference.Of(c.slots, slots, near); diff != "" {
			t.Errorf("row %d: %s", c.row, diff)
		}
		if diff := difference.Of(c.notes, notes.cells); diff != "" {
			t.Errorf("row %d: %s", c.row, diff)
		}
		if present != c.present {
			t.Errorf("row %d: present is %v", c.row, present)
		}
	}
}

var near = difference.Close(func(want, got float64) bool {
	return math.Abs(want-got) <= 1e-5*(1+math.Abs(want))
})

func TestTabularMissing(t *testing.T) {
	ctx := context.Background()
	table := mustRead(t, CSV, "w,maker\n1,a\n3,b\n,a\n5,\n")
	p := tabular(t, TabularConfig{Numeric: []string{"w"}, Missing: MissingMean})
	if err := p.Fit(ctx, table, upTo(3), nil); err != nil {
		t.Fatal(err)
	}
	slots, notes, present := one(t, p, table, 2, Augment{})
	if slots[0].F32[0] != 0 || len(slots) != 1 || !present || notes.cells[0] != (CellNote{"w", Filled}) {
		t.Errorf("mean: %v, %v, %v", slots, notes.cells, present)
	}
	for _, c := range []struct {
		config TabularConfig
		want   string
	}{
		{TabularConfig{Numeric: []string{"w"}}, `data.csv: row 3 (line 4), column "w": the cell is empty (fill it in, or say what it means by missing: mask or mean)`},
		{TabularConfig{Categorical: []string{"maker"}}, `data.csv: row 4 (line 5), column "maker": the cell is empty (fill it in, or say what it means by missing: mask)`},
		{TabularConfig{Numeric: []string{"w"}, Categorical: []string{"maker"}, Missing: MissingMean}, `data.csv: row 4 (line 5), column "maker": the cell is empty (fill it in, or say what it means by missing: mask)`},
	} {
		p := tabular(t, c.config)
		fit := p.Fit(ctx, table, upTo(4), nil)
		if fit == nil || fit.Error() != c.want || exitCode(fit) != 3 {
			t.Errorf("Fit: %v, want %s", fit, c.want)
		}
		if err := p.Fit(ctx, table, upTo(2), nil); err != nil {
			t.Fatal(err)
		}
		_, err := p.Load(table, 2, nil)
		if err == nil {
			_, err = p.Load(table, 3, nil)
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("Load: %v, want %s", err, c.want)
		}
	}
}

func TestTabularNumbers(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{"NaN", `data.csv: row 3 (line 4), column "w": "NaN" is not a number (leave the cell empty if the value is missing)`},
		{"1e400", `data.csv: row 3 (line 4), column "w": "1e400" is too large (the largest is 3.4e38)`},
		{`"1,5"`, `data.csv: row 3 (line 4), column "w": "1,5" is not a number (write a decimal point, and no thousands separator)`},
		{"3e38", `data.csv: row 3 (line 4), column "w": "3e38" lies more than 1e9 standard deviations from the mean of the training rows (correct it, or use transform: log or quantile)`},
	} {
		table := mustRead(t, CSV, "w,x\n1,1\n2,1\n"+c.cell+",1\n")
		for _, policy := range []string{MissingError, MissingMask, MissingMean} { // a policy is for empty cells only
			p := tabular(t, TabularConfig{Numeric: []string{"w"}, Missing: policy})
			if err := p.Fit(context.Background(), table, upTo(2), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Load(table, 2, nil); err == nil || err.Error() != c.want || exitCode(err) != 3 {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		}
	}
}

func TestCategories(t *testing.T) {
	ctx := context.Background()
	// Told apart as written: <unk> is a category like any other.
	table := mustRead(t, CSV, "c,x\na,1\nA,1\n a,1\n<unk>,1\ne\u0301,1\n\u00e9,1\na,1\nrare,1\nnew,1\n")
	p := tabular(t, TabularConfig{Categorical: []string{"c"}})
	var notes Notes
	if err := p.Fit(ctx, table, upTo(8), &notes); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([][]string{{" a", "<unk>", "A", "a", "e\u0301", "rare", "\u00e9"}}, p.Categories()); diff != "" {
		t.Error(diff)
	}
	if diff := difference.Of([]string{`column "c": 3 values differ from another only in case, spaces or Unicode form, such as "A" from " a"`}, notes.warnings); diff != "" {
		t.Error(diff)
	}
	frequent := tabular(t, TabularConfig{Categorical: []string{"c"}, MinCount: 2})
	if err := frequent.Fit(ctx, table, upTo(8), nil); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([][]string{{"a"}}, frequent.Categories()); diff != "" {
		t.Error(diff)
	}
	for row, want := range []int{1, 0, 0, 0, 0, 0, 1, 0, 0} {
		if slots, notes, _ := one(t, frequent, table, row, Augment{}); slots[0].Int[0] != want || (want == 0) != (len(notes.cells) == 1 && notes.cells[0].Reason == Unknown) {
			t.Errorf("row %d: %v, %v, want %d", row, slots, notes.cells, want)
		}
	}
	bad, err := NewTable("memory", Strings("c", "caf\xe9"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(ctx, bad, upTo(1), nil); exitCode(err) != 3 {
		t.Errorf("a category that is not UTF-8: %v", err)
	}
}

func TestTabularWarnings(t *testing.T) {
	ids, same := make([]string, 30), make([]string, 30)
	for i := range ids {
		ids[i], same[i] = fmt.Sprint("id", i), "x"
	}
	table, _ := NewTable("x", Strings("id", ids...), Strings("same", same...), Strings("none", make([]string, 30)...), Strings("number", make([]string, 30)...))
	p := tabular(t, TabularConfig{Numeric: []string{"number"}, Categorical: []string{"id", "same", "none"}, Missing: MissingMask})
	var notes Notes
	if err := p.Fit(context.Background(), table, upTo(30), &notes); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`column "number" has no value in any training row`,
		`column "id" has 30 different values in 30 training rows: it looks like an identifier`,
		`column "same" is "x" in every training row`,
		`column "none" has no value in any training row`,
	}
	if diff := difference.Of(want, notes.warnings); diff != "" {
		t.Error(diff)
	}
	if slots, _, present := one(t, p, table, 0, Augment{}); !present || slots[0].F32[0] != 0 || slots[1].F32[0] != 1 {
		t.Errorf("%v, %v", slots, present)
	}
}

// Whatever the values, what comes out over the training rows is finite, has
// mean 0 and deviation 1 or is constant, and keeps the order of the values.
func TestScaleProperties(t *testing.T) {
	property.Check(t, func(t *property.T) {
		transform := property.SampledFrom(transforms).Draw(t, "transform")
		one := property.Map(property.Float32Range(-1e30, 1e30), func(v float32) float64 { return float64(v) })
		if property.Bool().Draw(t, "few") {
			one = property.Map(property.IntRange(0, 3), func(i int) float64 { return float64(i) })
		}
		values := property.SliceOfN(one, 1, 200).Draw(t, "values")
		s, constant := FitScaling(transform, values)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		sum, squares := 0.0, 0.0
		for _, v := range values {
			z := s.Apply(v)
			sum, squares = sum+z, squares+z*z
			for _, u := range values {
				if u < v && s.Apply(u) > z {
					t.Fatalf("%g < %g, and %g > %g", u, v, s.Apply(u), z)
				}
			}
		}
		n := float64(len(values))
		if math.Abs(sum/n) > 1e-6 || !constant && math.Abs(squares/n-1) > 1e-6 {
			t.Fatalf("mean %g, mean square %g of %v", sum/n, squares/n, values)
		}
		for _, v := range []float64{-3e38, 0, 3e38} {
			if z := s.transform(v); math.IsNaN(z) || math.IsInf(z, 0) {
				t.Fatalf("transform(%g) = %g", v, z)
			}
		}
	})
}

func TestScaleConstant(t *testing.T) {
	for _, values := range [][]float64{{7}, {0.1, 0.1, 0.1}, {0, 1e-160}} {
		for _, transform := range transforms[:2] {
			if s, constant := FitScaling(transform, values); !constant || s.Apply(values[0]) != 0 || math.Abs(s.Apply(8)) > 10 {
				t.Errorf("%s of %v: %+v", transform, values, s)
			}
		}
	}
}

// A column that is constant but for rounding says nothing, whatever is done to
// its numbers; one that varies by little, but in truth, is standardised.
func TestF9_ColumnsThatVaryByRoundingAloneAreConstant(t *testing.T) {
	noisy := func(v float64) []float64 {
		values := slices.Repeat([]float64{v}, 80)
		values[5], values[40] = math.Nextafter(v, math.Inf(1)), math.Nextafter(v, math.Inf(-1))
		return values
	}
	sums := make([]float64, 200) // of the same numbers, in another order each
	for i := range sums {
		for j := range 50 {
			sums[i] += 1 / float64(3+(i*j+j)%50+1)
		}
		for j := range 50 {
			sums[i] -= 1 / float64(3+(i*j+j)%50+1)
		}
		sums[i] += 12.7
	}
	for name, values := range map[string][]float64{
		"0.1+0.2": noisy(0.3), "large": noisy(1e9), "negative": noisy(-0.7), "tiny": noisy(1e-20), "sums": sums, "equal": {7, 7, 7},
	} {
		for _, transform := range transforms {
			s, constant := FitScaling(transform, values)
			if !constant || s.Std != 1 || s.Check() != nil {
				t.Errorf("%s, %s: %+v", name, transform, s)
			}
			for _, v := range values {
				if z := s.Apply(v); math.Abs(z) > 1e-6 {
					t.Errorf("%s, %s: %v becomes %g", name, transform, v, z)
				}
			}
		}
	}
	for name, values := range map[string][]float64{
		"millionths": {1, 1.000001, 1.000002}, "seconds": {1.7e9, 1.7e9 + 1, 1.7e9 + 2}, "around 0": {-1e-30, 0, 1e-30},
	} {
		for _, transform := range transforms {
			if s, constant := FitScaling(transform, values); constant || math.Abs(s.Apply(values[2])-1.2247) > 1e-3 && transform != "quantile" {
				t.Errorf("%s, %s: %+v", name, transform, s)
			}
		}
	}
}

func TestF9_ARegressionOfRoundingIsRefused(t *testing.T) {
	cells := slices.Repeat([]string{"0.3"}, 20)
	cells[3] = "0.30000000000000004"
	table, err := NewTable("t.csv", Strings("y", cells...))
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(TargetConfig{Type: Regression, Column: "y"})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Fit(context.Background(), table, upTo(20), nil); err == nil || !strings.Contains(err.Error(), "0.3 in every training row") {
		t.Errorf("%v", err)
	}
}

func TestQuantile(t *testing.T) {
	values := make([]float64, 5000)
	for i := range values {
		values[i] = math.Exp(float64(i) / 500) // skewed by far
	}
	s, _ := FitScaling("quantile", values)
	if len(s.Knots) != mostKnots {
		t.Errorf("%d knots", len(s.Knots))
	}
	for _, c := range []struct{ rank, want float64 }{{0.5, 0}, {0.841345, 1}, {0.158655, -1}, {0.97725, 2}} {
		if got := s.transform(values[int(c.rank*5000)]); math.Abs(got-c.want) > 0.01 {
			t.Errorf("the value of rank %g becomes %.3f, want %g", c.rank, got, c.want)
		}
	}
	// Half the rows are 0: they land in the middle of the lower half.
	half, _ := FitScaling("quantile", []float64{0, 0, 0, 0, 1, 2, 3, 4})
	if got := half.transform(0); math.Abs(got+0.6745) > 1e-3 {
		t.Errorf("a value that the lower half shares becomes %.4f, want -0.6745", got)
	}
}

func TestTabularConfigErrors(t *testing.T) {
	for _, c := range []struct {
		config TabularConfig
		field  string
	}{
		{TabularConfig{}, "numeric"},
		{TabularConfig{Numeric: []string{"a"}, Categorical: []string{"a"}}, "numeric"},
		{TabularConfig{Numeric: []string{"a"}, Transforms: map[string]string{"b": "log"}}, "transforms"},
		{TabularConfig{Numeric: []string{"a"}, Transforms: map[string]string{"a": "sqrt"}}, "transforms"},
		{TabularConfig{Numeric: []string{"a"}, Transform: "sqrt"}, "transform"},
		{TabularConfig{Numeric: []string{"a"}, Missing: "drop"}, "missing"},
		{TabularConfig{Categorical: []string{"a"}, Missing: MissingMean}, "missing"},
		{TabularConfig{Numeric: []string{"a"}, MinCount: -1}, "min_count"},
	} {
		if c.config.Missing == "" {
			c.config.Missing = MissingError
		}
		if c.config.Transform == "" {
			c.config.Transform = "none"
		}
		if c.config.MinCount == 0 {
			c.config.MinCount = 1
		}
		_, err := NewTabular(c.config)
		if e, ok := err.(*ConfigError); !ok || e.Field != c.field || exitCode(err) != 2 {
			t.Errorf("%+v: %v, want field %s", c.config, err, c.field)
		}
	}
}

// A column's own transform is used in place of the common one.
func TestTransforms(t *testing.T) {
	table := mustRead(t, CSV, "a,b\n0,0\n100,100\n1,1\n")
	p := tabular(t, TabularConfig{Numeric: []string{"a", "b"}, Transform: "log", Transforms: map[string]string{"b": "none"}})
	if err := p.Fit(context.Background(), table, upTo(3), nil); err != nil {
		t.Fatal(err)
	}
	if a, b := p.state.Scales[0].Mean, p.state.Scales[1].Mean; math.Abs(a-(math.Log(101)+math.Log(2))/3) > 1e-12 || math.Abs(b-101.0/3) > 1e-12 {
		t.Errorf("means %g and %g", a, b)
	}
}

func TestTabularStateRefuses(t *testing.T) {
	table := mustRead(t, CSV, "a,c\n1,x\n2,y\n")
	p := tabular(t, TabularConfig{Numeric: []string{"a"}, Categorical: []string{"c"}, Transform: "quantile"})
	if err := p.Fit(context.Background(), table, upTo(2), nil); err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"std":`, `"std":-`}, {`"mean"`, `"mena"`}, {`[1,2]`, `[2,1]`}, {`["x","y"]`, `["x","x"]`}, {`[["x","y"]]`, `[]`}, {`"knots":[1,2],`, ``}, {`"transform":"quantile","knots"`, `"transform":"sqrt","knots"`}, {`}`, `} {}`},
	} {
		if !strings.Contains(string(good), change[0]) {
			t.Fatalf("%s is not in %s", change[0], good)
		}
		if err := new(Tabular).UnmarshalJSON([]byte(strings.Replace(string(good), change[0], change[1], 1))); err == nil {
			t.Errorf("%s for %s was accepted", change[1], change[0])
		}
	}
}
