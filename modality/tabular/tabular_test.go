package tabular

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
)

func tabular(t *testing.T, c Options) *Preprocessor {
	t.Helper()
	if c.Missing == "" {
		c.Missing = data.MissingError
	}
	if c.Transform == "" {
		c.Transform = "none"
	}
	if c.MinCount == 0 {
		c.MinCount = 1
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTabular(t *testing.T) {
	ctx := context.Background()
	table := modalitytest.Table(t, data.CSV, "w,h,maker\n1,10,acme\n3,10,bolt\n5,10,acme\n,10,acme\n100,-10,zap\n,,\n2,10,\n")
	p := tabular(t, Options{Numeric: []string{"w", "h"}, Categorical: []string{"maker"}, Missing: data.MissingMask})
	var notes data.Notes
	if err := p.Fit(ctx, table, modalitytest.Rows(4), &notes); err != nil { // the rows after are not of the training split
		t.Fatal(err)
	}
	if diff := difference.Of([]string{`column "h" is 10 in every training row`}, notes.Warnings()); diff != "" {
		t.Error(diff)
	}
	want := []data.Feature{{Name: "numeric", Axes: []data.Axis{data.ColumnAxis}, Shape: []int{2}}, {Name: "numeric_missing", Role: data.Flag, Axes: []data.Axis{data.ColumnAxis}, Shape: []int{2}}, {Name: "categories", Axes: []data.Axis{data.ColumnAxis}, Shape: []int{1}, Int: true, Sizes: []int{3}}}
	if diff := difference.Of(want, p.Features()); diff != "" {
		t.Error(diff)
	}
	std := float32(math.Sqrt(8.0 / 3)) // of 1, 3, 5
	for _, c := range []struct {
		row     int
		slots   []data.Slot
		notes   []data.CellNote
		present bool
	}{
		{0, []data.Slot{{F32: []float32{-2 / std, 0}}, {F32: []float32{0, 0}}, {Int: []int{1}}}, nil, true},
		{1, []data.Slot{{F32: []float32{0, 0}}, {F32: []float32{0, 0}}, {Int: []int{2}}}, nil, true},
		{3, []data.Slot{{F32: []float32{0, 0}}, {F32: []float32{1, 0}}, {Int: []int{1}}}, []data.CellNote{{Column: "w", Reason: data.Masked}}, true},
		{4, []data.Slot{{F32: []float32{97 / std, -20}}, {F32: []float32{0, 0}}, {Int: []int{0}}}, []data.CellNote{{Column: "maker", Reason: data.Unknown}}, true},
		{5, []data.Slot{{F32: []float32{0, 0}}, {F32: []float32{0, 0}}, {Int: []int{0}}}, []data.CellNote{{Column: "w", Reason: data.Masked}, {Column: "h", Reason: data.Masked}, {Column: "maker", Reason: data.Masked}}, false},
		{6, []data.Slot{{F32: []float32{-1 / std, 0}}, {F32: []float32{0, 0}}, {Int: []int{0}}}, []data.CellNote{{Column: "maker", Reason: data.Masked}}, true},
	} {
		slots, notes, present := modalitytest.Row(t, p, table, c.row, data.Augment{})
		if diff := difference.Of(c.slots, slots, near); diff != "" {
			t.Errorf("row %d: %s", c.row, diff)
		}
		if diff := difference.Of(c.notes, notes.Cells()); diff != "" {
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
	table := modalitytest.Table(t, data.CSV, "w,maker\n1,a\n3,b\n,a\n5,\n")
	p := tabular(t, Options{Numeric: []string{"w"}, Missing: data.MissingMean})
	if err := p.Fit(ctx, table, modalitytest.Rows(3), nil); err != nil {
		t.Fatal(err)
	}
	slots, notes, present := modalitytest.Row(t, p, table, 2, data.Augment{})
	if slots[0].F32[0] != 0 || len(slots) != 1 || !present || notes.Cells()[0] != (data.CellNote{Column: "w", Reason: data.Filled}) {
		t.Errorf("mean: %v, %v, %v", slots, notes.Cells(), present)
	}
	for _, c := range []struct {
		config Options
		want   string
	}{
		{Options{Numeric: []string{"w"}}, `data.csv: row 3 (line 4), column "w": the cell is empty (fill it in, or say what it means by missing: mask or mean)`},
		{Options{Categorical: []string{"maker"}}, `data.csv: row 4 (line 5), column "maker": the cell is empty (fill it in, or say what it means by missing: mask)`},
		{Options{Numeric: []string{"w"}, Categorical: []string{"maker"}, Missing: data.MissingMean}, `data.csv: row 4 (line 5), column "maker": the cell is empty (fill it in, or say what it means by missing: mask)`},
	} {
		p := tabular(t, c.config)
		fit := p.Fit(ctx, table, modalitytest.Rows(4), nil)
		if fit == nil || fit.Error() != c.want || modalitytest.ExitCode(fit) != 3 {
			t.Errorf("Fit: %v, want %s", fit, c.want)
		}
		if err := p.Fit(ctx, table, modalitytest.Rows(2), nil); err != nil {
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
		table := modalitytest.Table(t, data.CSV, "w,x\n1,1\n2,1\n"+c.cell+",1\n")
		for _, policy := range []string{data.MissingError, data.MissingMask, data.MissingMean} { // a policy is for empty cells only
			p := tabular(t, Options{Numeric: []string{"w"}, Missing: policy})
			if err := p.Fit(context.Background(), table, modalitytest.Rows(2), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Load(table, 2, nil); err == nil || err.Error() != c.want || modalitytest.ExitCode(err) != 3 {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		}
	}
}

func TestCategories(t *testing.T) {
	ctx := context.Background()
	// Told apart as written: <unk> is a category like any other.
	table := modalitytest.Table(t, data.CSV, "c,x\na,1\nA,1\n a,1\n<unk>,1\ne\u0301,1\n\u00e9,1\na,1\nrare,1\nnew,1\n")
	p := tabular(t, Options{Categorical: []string{"c"}})
	var notes data.Notes
	if err := p.Fit(ctx, table, modalitytest.Rows(8), &notes); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([][]string{{" a", "<unk>", "A", "a", "e\u0301", "rare", "\u00e9"}}, p.Categories()); diff != "" {
		t.Error(diff)
	}
	if diff := difference.Of([]string{`column "c": 3 values differ from another only in case, spaces, Unicode form or how a number is written, such as "A" from " a"`}, notes.Warnings()); diff != "" {
		t.Error(diff)
	}
	frequent := tabular(t, Options{Categorical: []string{"c"}, MinCount: 2})
	if err := frequent.Fit(ctx, table, modalitytest.Rows(8), nil); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([][]string{{"a"}}, frequent.Categories()); diff != "" {
		t.Error(diff)
	}
	for row, want := range []int{1, 0, 0, 0, 0, 0, 1, 0, 0} {
		if slots, notes, _ := modalitytest.Row(t, frequent, table, row, data.Augment{}); slots[0].Int[0] != want || (want == 0) != (len(notes.Cells()) == 1 && notes.Cells()[0].Reason == data.Unknown) {
			t.Errorf("row %d: %v, %v, want %d", row, slots, notes.Cells(), want)
		}
	}
	bad, err := data.NewTable("memory", data.Strings("c", "caf\xe9"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(ctx, bad, modalitytest.Rows(1), nil); modalitytest.ExitCode(err) != 3 {
		t.Errorf("a category that is not UTF-8: %v", err)
	}
}

func TestTabularWarnings(t *testing.T) {
	ids, same := make([]string, 30), make([]string, 30)
	for i := range ids {
		ids[i], same[i] = fmt.Sprint("id", i), "x"
	}
	table, _ := data.NewTable("x", data.Strings("id", ids...), data.Strings("same", same...), data.Strings("none", make([]string, 30)...), data.Strings("number", make([]string, 30)...))
	p := tabular(t, Options{Numeric: []string{"number"}, Categorical: []string{"id", "same", "none"}, Missing: data.MissingMask})
	var notes data.Notes
	if err := p.Fit(context.Background(), table, modalitytest.Rows(30), &notes); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`column "number" has no value in any training row`,
		`column "id" has 30 different values in 30 training rows: it looks like an identifier`,
		`column "same" is "x" in every training row`,
		`column "none" has no value in any training row`,
	}
	if diff := difference.Of(want, notes.Warnings()); diff != "" {
		t.Error(diff)
	}
	if slots, _, present := modalitytest.Row(t, p, table, 0, data.Augment{}); !present || slots[0].F32[0] != 0 || slots[1].F32[0] != 1 {
		t.Errorf("%v, %v", slots, present)
	}
}

func TestTabularConfigErrors(t *testing.T) {
	for _, c := range []struct {
		config Options
		field  string
	}{
		{Options{}, "numeric"},
		{Options{Numeric: []string{"a"}, Categorical: []string{"a"}}, "numeric"},
		{Options{Numeric: []string{"a"}, Transforms: map[string]string{"b": "log"}}, "transforms"},
		{Options{Numeric: []string{"a"}, Transforms: map[string]string{"a": "sqrt"}}, "transforms"},
		{Options{Numeric: []string{"a"}, Transform: "sqrt"}, "transform"},
		{Options{Numeric: []string{"a"}, Missing: "drop"}, "missing"},
		{Options{Categorical: []string{"a"}, Missing: data.MissingMean}, "missing"},
		{Options{Numeric: []string{"a"}, MinCount: -1}, "min_count"},
	} {
		if c.config.Missing == "" {
			c.config.Missing = data.MissingError
		}
		if c.config.Transform == "" {
			c.config.Transform = "none"
		}
		if c.config.MinCount == 0 {
			c.config.MinCount = 1
		}
		_, err := New(c.config)
		if e, ok := err.(*data.ConfigError); !ok || e.Field != c.field || modalitytest.ExitCode(err) != 2 {
			t.Errorf("%+v: %v, want field %s", c.config, err, c.field)
		}
	}
}

// A column's own transform is used in place of the common one.
func TestTransforms(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "a,b\n0,0\n100,100\n1,1\n")
	p := tabular(t, Options{Numeric: []string{"a", "b"}, Transform: "log", Transforms: map[string]string{"b": "none"}})
	if err := p.Fit(context.Background(), table, modalitytest.Rows(3), nil); err != nil {
		t.Fatal(err)
	}
	if a, b := p.state.Scales[0].Mean, p.state.Scales[1].Mean; math.Abs(a-(math.Log(101)+math.Log(2))/3) > 1e-12 || math.Abs(b-101.0/3) > 1e-12 {
		t.Errorf("means %g and %g", a, b)
	}
}

func TestTabularStateRefuses(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "a,c\n1,x\n2,y\n")
	p := tabular(t, Options{Numeric: []string{"a"}, Categorical: []string{"c"}, Transform: "quantile"})
	if err := p.Fit(context.Background(), table, modalitytest.Rows(2), nil); err != nil {
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
		if err := new(Preprocessor).UnmarshalJSON([]byte(strings.Replace(string(good), change[0], change[1], 1))); err == nil {
			t.Errorf("%s for %s was accepted", change[1], change[0])
		}
	}
}
