package serve_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
	"github.com/chiasm-ml/chiasm/trainer"
)

// count is the rows of the sample's table.
const count = 30

// trained is the sample's model in a folder, and what evaluation says of the
// table's rows: (count, Size), computed one batch after the other.
func trained(t testing.TB, yaml string) (dir string, want []float32, b *bundle.Bundle) {
	t.Helper()
	return trainedOn(t, yaml, sample.Table(count))
}

func trainedOn(t testing.TB, yaml string, table *data.Table) (dir string, want []float32, b *bundle.Bundle) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	c, err := config.Parse("config.yaml", []byte(yaml), config.Builtin())
	must(err)
	b = &bundle.Bundle{Config: c}
	b.Inputs, err = c.NewInputs(sample.Source(sample.Images()))
	must(err)
	b.Target, err = c.NewTarget()
	must(err)
	splits, err := c.Data.Split.Split(table, c.Seed)
	must(err)
	must(data.Fit(ctx, table, splits, b.Inputs, b.Target, nil))
	b.Model, err = c.NewModel(b.Inputs, b.Target, len(splits.Train))
	must(err)
	dir = filepath.Join(t.TempDir(), "model")
	must(b.Save(ctx, dir, 5))
	d, err := data.NewDataset(table, b.Inputs, b.Target, data.DatasetOptions{WithoutTarget: true, MissingAll: c.Data.AllowsLacking()})
	must(err)
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	want, err = trainer.Predict(ctx, b.Model, d, all, trainer.EvalOptions{BatchSize: 7})
	must(err)
	return dir, want, b
}

// start is a server of a model in a folder, listening.
func start(t testing.TB, dir string, o serve.Options) (*serve.Server, string) {
	t.Helper()
	if o.Load == nil {
		o.Load = func(ctx context.Context) (*infer.Model, error) { return infer.Load(ctx, dir, infer.Options{}) }
	}
	s, err := serve.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() { h.Close(); s.Close() })
	return s, h.URL
}

// The sample's pictures and rows, made once.
var (
	pictures = sample.Images()
	cells    = sample.Rows(count)
)

// columns of the sample that its model reads.
var columns = []string{sample.Picture, sample.Caption, sample.Width, sample.Height, sample.Maker}

// row is a row of the table as JSON: base64 or a data URL for a picture,
// numbers as numbers, null or nothing for an empty cell.
func row(i int) object {
	out := object{}
	for j, cell := range cells[i][:len(columns)] {
		name := columns[j]
		switch {
		case cell == "" && i%2 == 0:
		case cell == "":
			out[name] = nil
		case name == sample.Picture:
			text := base64.StdEncoding.EncodeToString(pictures[cell])
			if i%3 == 0 {
				text = "data:image/png;base64," + text
			}
			out[name] = text
		case name == sample.Width || name == sample.Height:
			out[name] = json.Number(cell)
		default:
			out[name] = cell
		}
	}
	return out
}

type object = map[string]any

// asJSON is a request of rows of the table.
func asJSON(t testing.TB, url string, rows ...int) *http.Request {
	t.Helper()
	var all []object
	for _, i := range rows {
		all = append(all, row(i))
	}
	body, err := json.Marshal(object{"rows": all})
	if err != nil {
		t.Fatal(err)
	}
	return post(t, url+"/v1/predict", "application/json", body)
}

// asForm is the same of one row, as a browser sends it.
func asForm(t testing.TB, url string, i int) *http.Request {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for j, cell := range cells[i][:len(columns)] {
		var err error
		if columns[j] == sample.Picture && cell != "" {
			var part io.Writer
			if part, err = w.CreateFormFile(columns[j], cell); err == nil {
				_, err = part.Write(pictures[cell])
			}
		} else {
			err = w.WriteField(columns[j], cell)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return post(t, url+"/v1/predict", w.FormDataContentType(), b.Bytes())
}

func post(t testing.TB, url, kind string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	return r
}

// response is what a request got.
type response struct {
	status int
	header http.Header
	body   []byte
}

func do(client *http.Client, r *http.Request) (response, error) {
	got, err := client.Do(r)
	if err != nil {
		return response{}, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return response{got.StatusCode, got.Header, body}, err
}

func send(t testing.TB, r *http.Request) response {
	t.Helper()
	got, err := do(http.DefaultClient, r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// predicted reads an answer.
type predicted struct {
	Predictions []struct {
		Prediction    any
		Probabilities map[string]float32
		Present       []string
	}
}

// agrees holds an answer to rows of the table against what evaluation said.
func agrees(b *bundle.Bundle, want []float32, got response, rows ...int) error {
	var p predicted
	if err := json.Unmarshal(got.body, &p); got.status != http.StatusOK || err != nil || len(p.Predictions) != len(rows) {
		return fmt.Errorf("status %d, %s (%v)", got.status, got.body, err)
	}
	size := b.Model.Size()
	for k, i := range rows {
		value, probabilities := b.Answer(want[i*size : (i+1)*size])
		if p.Predictions[k].Prediction != value {
			return fmt.Errorf("row %d is %v, want %v", i, p.Predictions[k].Prediction, value)
		}
		for j, label := range b.Target.Labels() {
			if p.Predictions[k].Probabilities[label] != probabilities[j] {
				return fmt.Errorf("row %d, %s: %v, want %v", i, label, p.Predictions[k].Probabilities[label], probabilities[j])
			}
		}
	}
	return nil
}
