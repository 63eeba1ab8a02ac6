package infer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// check holds answers of rows from first on against what evaluation said.
func check(t *testing.T, b *bundle.Bundle, got []infer.Prediction, want []float32, first int) {
	t.Helper()
	size := b.Model.Size()
	for i, p := range got {
		value, probabilities := b.Answer(want[(first+i)*size : (first+i+1)*size])
		if p.Value != value || !slices.Equal(p.Probabilities, probabilities) {
			t.Fatalf("row %d: %v %v, want %v %v", first+i, p.Value, p.Probabilities, value, probabilities)
		}
	}
}

func TestAnswersEqualEvaluation(t *testing.T) {
	configs := map[string]sample.Config{}
	for _, output := range []string{
		"{type: multiclass, column: kind}", "{type: binary, column: pass}",
		"{type: multilabel, column: tags}", "{type: regression, column: price}",
	} {
		c := sample.Default()
		c.Output = output
		configs[output] = c
	}
	for _, fusion := range []string{
		"{type: score_average}", "{type: cross_attention, dim: 4, heads: 2, layers: 1}",
		"{type: concat, of: [facts, {type: film, condition: caption, target: picture, of: [caption, picture]}]}",
	} {
		c := sample.Default()
		c.Fusion = fusion
		configs[fusion] = c
	}
	for name, c := range configs {
		t.Run(name, func(t *testing.T) {
			dir, want, b := trained(t, c.YAML())
			m, rows := load(t, dir, infer.Options{MaxBatch: 8}), sampleRows()
			for _, n := range []int{1, 2, 7, count} {
				for i := 0; i+n <= count; i += n {
					got, err := m.Predict(context.Background(), rows[i:i+n])
					if err != nil || len(got) != n {
						t.Fatalf("%d answers to %d rows: %v", len(got), n, err)
					}
					check(t, b, got, want, i)
				}
			}
		})
	}
}

func TestManyGoroutines(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	m, rows := load(t, dir, infer.Options{Parallel: 3, MaxBatch: 4}), sampleRows()
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for g := range 8 {
		wg.Go(func() {
			for k := range 40 {
				i := (g*7 + k*11) % count
				n := min(1+(g+k)%9, count-i)
				got, err := m.Predict(context.Background(), rows[i:i+n])
				if err != nil {
					errs <- err
					return
				}
				size := b.Model.Size()
				for j, p := range got {
					if !slices.Equal(p.Probabilities, want[(i+j)*size:(i+j+1)*size]) {
						errs <- fmt.Errorf("row %d among %d: %v", i+j, n, p.Probabilities)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}

// One value in all the forms that it may have is one answer.
func TestFormsOfValues(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	m, ctx := load(t, dir, infer.Options{}), context.Background()
	row := func(column string, value any) infer.Row {
		r := infer.Row{}
		for k, v := range sampleRows()[0] {
			r[k] = v
		}
		r[column] = value
		return r
	}
	file := sample.Images()["3.png"]
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for column, forms := range map[string][]any{
		sample.Picture: {file, bytes.NewReader(file), picture, struct{ image.Image }{picture}},
		sample.Width:   {"2", 2, 2.0, float32(2), int8(2), uint64(2), json.Number("2"), "2e0", " +2.0 "},
		sample.Maker:   {"7", 7, 7.0, json.Number("7")},
		sample.Caption: {nil, ""},
	} {
		var first infer.Prediction
		for i, v := range forms {
			got, err := m.Predict(ctx, []infer.Row{row(column, v)})
			if err != nil {
				t.Errorf("%s %T: %v", column, v, err)
				continue
			}
			if i == 0 {
				first = got[0]
			} else if fmt.Sprint(got[0]) != fmt.Sprint(first) {
				t.Errorf("%s %T: %v, as %T %v", column, v, got[0], forms[0], first)
			}
		}
	}
	short, err := m.Predict(ctx, []infer.Row{row(sample.Width, "0.1"), row(sample.Width, float32(0.1))})
	if err != nil || fmt.Sprint(short[0]) != fmt.Sprint(short[1]) {
		t.Errorf("0.1 as a text and as a float32: %v, %v", short, err)
	}
}

func TestRefusedRows(t *testing.T) {
	strict := strings.ReplaceAll(sample.Default().YAML(), "missing: mask, encoder", "missing: error, encoder")
	strict = strings.ReplaceAll(strict, "missing: mask, augment", "missing: error, augment")
	strict = strings.ReplaceAll(strict, "missing: mask, token_dropout", "missing: error, token_dropout")
	if strict == sample.Default().YAML() {
		t.Fatal("the sample's config is of another form")
	}
	mask, _, _ := trained(t, sample.Default().YAML())
	m := load(t, mask, infer.Options{})
	file := sample.Images()["3.png"]
	bomb := append(slices.Clone(file[:16]), 0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40)
	for name, c := range map[string]struct {
		row         infer.Row
		field, says string
	}{
		"misspelt":          {infer.Row{"captoin": "x"}, "captoin", `did you mean "caption"?`},
		"unknown":           {infer.Row{"sound": "x"}, "sound", "it reads picture, caption, width, height, maker"},
		"the answer":        {infer.Row{"caption": "x", "kind": "bird"}, "kind", "what the model predicts"},
		"path":              {infer.Row{"picture": "3.png"}, "picture", "a path is not opened"},
		"no image":          {infer.Row{"picture": []byte("<svg/>")}, "picture", "unsupported"},
		"cut image":         {infer.Row{"picture": file[:len(file)/2]}, "picture", "damaged"},
		"empty image":       {infer.Row{"picture": []byte{}}, "picture", "empty file"},
		"huge image":        {infer.Row{"picture": bomb}, "picture", ""},
		"empty reader":      {infer.Row{"picture": bytes.NewReader(nil)}, "picture", "empty file"},
		"broken reader":     {infer.Row{"picture": broken{}}, "picture", "cannot be read: broken"},
		"image for a text":  {infer.Row{"caption": file}, "caption", "is a []uint8, expected a text or a number"},
		"text for a number": {infer.Row{"width": "wide"}, "width", `"wide" is not a number`},
		"NaN":               {infer.Row{"width": math.NaN()}, "width", "no number to compute with"},
		"infinity":          {infer.Row{"height": float32(math.Inf(1))}, "height", "no number to compute with"},
		"too large":         {infer.Row{"width": json.Number("1e400")}, "width", "too large"},
		"far away":          {infer.Row{"width": 1e30}, "width", "standard deviations"},
		"a map":             {infer.Row{"maker": map[string]any{}}, "maker", "expected a text or a number"},
		"nothing":           {infer.Row{}, "", "lacks every input"},
		"all nil":           {infer.Row{"caption": nil, "width": ""}, "", "lacks every input"},
	} {
		t.Run(name, func(t *testing.T) {
			good := infer.Row{"caption": "a bird"}
			_, err := m.Predict(context.Background(), []infer.Row{good, c.row, {"width": "also bad"}})
			refused(t, err, 1, c.field, c.says)
		})
	}
	dir, _, _ := trainedOn(t, strict, whole())
	m = load(t, dir, infer.Options{})
	for _, column := range []string{"picture", "caption", "width", "height", "maker"} {
		row := infer.Row{"picture": file, "caption": "a", "width": 1, "height": 2, "maker": "Ada"}
		delete(row, column)
		_, err := m.Predict(context.Background(), []infer.Row{row})
		refused(t, err, 0, column, "is missing")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

func refused(t *testing.T, err error, row int, field, says string) {
	t.Helper()
	var e *infer.Error
	if !errors.As(err, &e) || e.Row != row || e.Field != field || !strings.Contains(e.Explain(), says) || e.ExitCode() != 3 ||
		!strings.HasPrefix(err.Error(), "row "+strconv.Itoa(row+1)) || strings.ContainsAny(err.Error(), "\n\x00") {
		t.Errorf("error %v, want row %d, field %q and %q", err, row, field, says)
	}
}

// A row without any input gets the prior where the config allows it.
func TestPrior(t *testing.T) {
	yaml := strings.Replace(sample.Default().YAML(), "images: images,", "images: images, missing_all: prior,", 1)
	dir, _, b := trained(t, yaml)
	m := load(t, dir, infer.Options{})
	got, err := m.Predict(context.Background(), []infer.Row{{"caption": "a bird"}, {}})
	if err != nil {
		t.Fatal(err)
	}
	if value, p := b.Answer(b.Target.Prior()); got[1].Value != value || !slices.Equal(got[1].Probabilities, p) || len(got[1].Present) != 0 {
		t.Errorf("of nothing the model says %v, want %v %v", got[1], value, p)
	}
	if !slices.Equal(got[0].Present, []string{"caption"}) || !m.Describe().MissingAll {
		t.Errorf("present is %v", got[0].Present)
	}
}

func TestCancelled(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	m := load(t, dir, infer.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := m.Predict(ctx, slices.Repeat(sampleRows(), 1000)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := infer.Load(ctx, dir, infer.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("loading: %v", err)
	}
}

func TestOptionsOutOfBounds(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	for _, o := range []infer.Options{{MaxBatch: 3}, {MaxBatch: -1}, {Parallel: -1}} {
		if _, err := infer.Load(context.Background(), dir, o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestDescribe(t *testing.T) {
	c := sample.Default()
	yaml := strings.Replace(c.YAML(), "categorical: [maker],", "categorical: [maker], transforms: {height: quantile},", 1)
	dir, _, b := trained(t, yaml)
	d := load(t, dir, infer.Options{}).Describe()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"name":"sample"`, `"step":5`, `{"name":"picture","type":"image","required":false,"size":[4,5],"channels":1`,
		`{"name":"caption","type":"text","required":false,"max_tokens":5}`, `"categories":["Ada","Bo","Cy"]`,
		`"output":{"type":"multiclass","column":"kind","labels":["bird","boat","tree"]}`, `"fusion":"concat(picture, caption, facts)"`, `"encoder":"cnn"`, `"missing":"mask"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	width, height := d.Inputs[2].Columns[0], d.Inputs[2].Columns[1]
	if width.Mean == nil || width.Min != nil || height.Min == nil || height.Mean != nil || *height.Min >= *height.Max {
		t.Errorf("width %+v, height %+v", width, height)
	}
	if d.Parameters != len(b.Model.Weights()) || len(d.Checksum) != 64 {
		t.Errorf("%d parameters, checksum %q", d.Parameters, d.Checksum)
	}
}

// A date and a number with its unit answer as in evaluation, and a form knows how
// they are written.
func TestF28_DatesAndUnitsOfRows(t *testing.T) {
	c := sample.Default()
	c.Numbers, c.Columns = ", "+sample.Weight, fmt.Sprintf(", dates: [%s], units: {%s: kg}", sample.Seen, sample.Weight)
	dir, want, b := trained(t, c.YAML())
	m := load(t, dir, infer.Options{})
	rows, table := sampleRows(), sample.Table(count)
	for i := range rows {
		for _, name := range []string{sample.Seen, sample.Weight} {
			column, err := table.Column(name)
			if err != nil {
				t.Fatal(err)
			}
			rows[i][name] = column.Cell(i).Text
		}
	}
	answers, err := m.Predict(context.Background(), rows)
	if err != nil {
		t.Fatal(err)
	}
	size := len(b.Target.Labels())
	for i, a := range answers {
		if !slices.Equal(a.Probabilities, want[i*size:(i+1)*size]) {
			t.Errorf("row %d: %v, want %v", i, a.Probabilities, want[i*size:(i+1)*size])
		}
	}
	columns := m.Describe().Inputs[2].Columns
	if d := columns[3]; d.Type != infer.DateColumn || d.DateFormat != "%Y-%m-%d %H:%M" || !d.Timed || len(d.Example) != len("2023-01-01 00:00") {
		t.Errorf("%+v", d)
	}
	if w := columns[2]; w.Unit != "kg" {
		t.Errorf("%+v", w)
	}
	for _, bad := range []string{"2023-02-30 10:00", "2023-01-01", "01/02/2023 10:00"} {
		rows[0][sample.Seen] = bad
		if _, err := m.Predict(context.Background(), rows[:1]); err == nil || !strings.Contains(err.Error(), "no date as %Y-%m-%d %H:%M") || !strings.Contains(err.Error(), sample.Seen) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
