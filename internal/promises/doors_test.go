package promises_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/serve"
)

// doorColumns are what the model of these tests reads, each in an input of its own,
// and a good cell of each, in JSON. Training dates are days of 2024 before the good one.
var doorColumns = []struct {
	name   string
	as     data.As
	good   string
	config string // of a tabular input
	layout string // of a date
}{
	{"z", data.AsNumber, "50", "numeric: [z]", ""},
	{"k", data.AsCategory, `"Ada"`, "categorical: [k]", ""},
	{"t", data.AsText, `"a bird"`, "", ""},
	{"w", data.AsNumber, `"50 kg"`, "numeric: [w], units: {w: kg}", ""},
	{"day", data.AsDate, `"2024-02-28"`, "dates: [day]", "2006-01-02"},
	{"stamp", data.AsDate, `"2024-02-28T10:11:12.5Z"`, "dates: [stamp]", "2006-01-02T15:04:05.0Z07:00"},
	{"said", data.AsDate, `"February 28, 2024 01:02 PM"`, "dates: [said]", "January 2, 2006 03:04 PM"},
	{"digits", data.AsDate, `"20240228"`, "dates: [digits]", "20060102"},
	{"mail", data.AsDate, `"Wed, 28 Feb 2024 13:02:03 GMT"`, "dates: [mail]", "Mon, 02 Jan 2006 15:04:05 GMT"},
	{"ticks", data.AsDate, `1709125323`, "dates: [ticks]", seconds},
	{"millis", data.AsDate, `"1709125323456"`, "dates: [millis]", seconds + "789"},
	{"named", data.AsDate, `"28. Februar 2024"`, "dates: [named]", "2. January 2006"},
	{"month", data.AsDate, `"febr. 2024"`, "dates: [month]", "Jan. 2006"},
	{"week", data.AsDate, `"2024-W09"`, "dates: [week]", "WEEK"},
	{"weekday", data.AsDate, `"2024-W09-3"`, "dates: [weekday]", "WEEKDAY"},
	{"quarter", data.AsDate, `"2024Q1"`, "dates: [quarter]", "QUARTER"},
	{"clock", data.AsDate, `"13:02"`, `dates: [clock], date_formats: {clock: "%H:%M"}`, "15:04"},
	{"half", data.AsDate, `"1:02 p.m."`, "dates: [half]", "3:04PM"},
	{"short", data.AsDate, `"28/02/24"`, `dates: [short], date_formats: {short: "%d/%m/%y"}`, "02/01/06"},
}

// seconds stands in a layout for those since 1970.
const seconds = "SECONDS"

// laidOut writes a time by a layout of Go, or by one of what Go has no layouts for.
func laidOut(at time.Time, layout string) string {
	year, week := at.ISOWeek()
	switch layout {
	case "WEEK":
		return fmt.Sprintf("%d-W%02d", year, week)
	case "WEEKDAY":
		return fmt.Sprintf("%d-W%02d-%d", year, week, (int(at.Weekday())+6)%7+1)
	case "QUARTER":
		return fmt.Sprintf("%dQ%d", at.Year(), (int(at.Month())+2)/3)
	}
	if more, is := strings.CutPrefix(layout, seconds); is {
		return fmt.Sprint(at.Unix()) + more
	}
	return at.Format(layout)
}

// doorInputs are the inputs of a config, in0 and so on.
func doorInputs(missing, others string) (yaml string) {
	for i, c := range doorColumns {
		if c.config == "" {
			yaml += fmt.Sprintf("  in%d: {type: text, column: %s, max_tokens: 8, missing: %s, encoder: {type: ngrams, dim: 3}}\n", i, c.name, others)
			continue
		}
		policy, encoder := missing, "hidden: [4]"
		if c.as == data.AsCategory {
			policy, encoder = others, "hidden: [4], embedding: 2"
		}
		yaml += fmt.Sprintf("  in%d: {type: tabular, %s, missing: %s, encoder: {type: mlp, %s}}\n", i, c.config, policy, encoder)
	}
	return yaml
}

// doors is a model and all ways to ask it.
type doors struct {
	*place
	missing string // of all its inputs; mean is for the number alone
	bundle  *bundle.Bundle
	url     string
}

func newDoors(t *testing.T, missing, dialect string) *doors {
	p := &place{t: t, dir: t.TempDir()}
	others := missing
	if missing == data.MissingMean {
		others = data.MissingError
	}
	p.yaml = fmt.Sprintf(`name: doors
data: {path: data.csv, split: {column: split}%s}
inputs:
%sfusion: {type: concat, dim: 4, hidden: [6]}
output: {type: binary, column: y}
training: {epochs: 1, batch_size: 8}
`, dialect, doorInputs(missing, others))
	head := []string{}
	for _, c := range doorColumns {
		head = append(head, c.name)
	}
	p.rows = [][]string{append(head, "y", "split")}
	kinds := []string{"Ada", "1", "1.0", "true", "50", "Zo\u00eb", "1e3", "NaN", " ", "null"}
	for i := range 50 {
		row := []string{fmt.Sprint(i * 2), kinds[i%len(kinds)], []string{"a bird", "1.0 boat", "true"}[i%3], []string{"%d kg", "%d"}[i%2]}
		row[3] = fmt.Sprintf(row[3], i*2)
		for _, c := range doorColumns[len(row):] {
			at := time.Date(2024, 1, 1, i%24, i, 0, 0, time.UTC).AddDate(0, 0, i)
			row = append(row, laidOut(at, c.layout))
		}
		p.rows = append(p.rows, append(row, []string{"a", "b"}[i/2%2], []string{"train", "train", "train", "validation", "test"}[i/10]))
	}
	if o := p.train(); o.code != 0 {
		t.Fatalf("train ends with %d: %s", o.code, o.errs)
	}
	if o := p.chiasm("export", "--model", p.at("run"), "--output", p.at("exported")); o.code != 0 {
		t.Fatalf("export ends with %d: %s", o.code, o.errs)
	}
	b, err := bundle.Load(context.Background(), p.at("run"), bundle.Options{Registry: config.Builtin()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New(context.Background(), serve.Options{Load: func(ctx context.Context) (*infer.Model, error) {
		return infer.Load(ctx, p.at("run"), infer.Options{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() { h.Close(); s.Close() })
	return &doors{p, missing, b, h.URL}
}

// An answered is what a door made of a row: its prediction, or why there is none.
type answered struct{ value, refused string }

// table asks predict for rows of a file.
func (d *doors) table(t *testing.T, name string, content []byte) []answered {
	d.write(name, content)
	if o := d.chiasm("predict", "--force", "--model", d.at("run"), "--data", d.at(name), "--output", d.at("out.jsonl"), "--on-error", "skip"); o.code != 0 {
		t.Fatalf("predict ends with %d: %s", o.code, o.errs)
	}
	var all []answered
	for line := range strings.Lines(string(d.read("out.jsonl"))) {
		var row struct {
			P     json.Number `json:"probability_b"`
			Error string      `json:"prediction_error"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		all = append(all, answered{row.P.String(), row.Error})
	}
	return all
}

func (d *doors) jsonl(t *testing.T, all []asked) []answered {
	var b bytes.Buffer
	for _, a := range all {
		b.WriteString(a.line + "\n")
	}
	return d.table(t, "asked.jsonl", b.Bytes())
}

// csv asks for the cases that a CSV can hold; the others are not answered.
func (d *doors) csv(t *testing.T, all []asked) []answered {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	record := make([]string, len(doorColumns))
	for i, c := range doorColumns {
		record[i] = c.name
	}
	lines := [][]string{slices.Clone(record)}
	out := make([]answered, len(all))
	var at []int
	for i, a := range all {
		if a.Text == nil {
			continue
		}
		for j, c := range doorColumns {
			record[j] = strings.Trim(c.good, `"`)
		}
		record[a.column] = *a.Text
		lines, at = append(lines, slices.Clone(record)), append(at, i)
	}
	if err := w.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	for i, one := range d.table(t, "asked.csv", b.Bytes()) {
		out[at[i]] = one
	}
	return out
}

// request asks the server.
func (d *doors) request(t *testing.T, kind string, body []byte) answered {
	r, err := http.Post(d.url+"/v1/predict", kind, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Predictions []struct{ Probabilities struct{ B json.Number } }
		Error       struct{ Message string }
	}
	if err := json.Unmarshal(content, &said); err != nil {
		t.Fatalf("%v: %s", err, content)
	}
	if r.StatusCode != http.StatusOK {
		return answered{refused: said.Error.Message}
	}
	return answered{value: said.Predictions[0].Probabilities.B.String()}
}

func (d *doors) json(t *testing.T, all []asked) []answered {
	var out []answered
	for _, a := range all {
		out = append(out, d.request(t, "application/json", []byte(`{"rows":[`+a.line+`]}`)))
	}
	return out
}

func (d *doors) form(t *testing.T, all []asked) []answered {
	out := make([]answered, len(all))
	for i, a := range all {
		if a.Text == nil {
			continue
		}
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for j, c := range doorColumns {
			text := strings.Trim(c.good, `"`)
			if j == a.column {
				text = *a.Text
			}
			if err := w.WriteField(c.name, text); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		out[i] = d.request(t, w.FormDataContentType(), b.Bytes())
	}
	return out
}
