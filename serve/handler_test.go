package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

func request(t *testing.T, method, url string) response {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, r)
}

func TestPaths(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	page := fstest.MapFS{"index.html": {Data: []byte("a page")}, "code/page.js": {Data: []byte("1")}}
	_, url := start(t, dir, serve.Options{Page: page})
	_, builtin := start(t, dir, serve.Options{})
	for _, c := range []struct {
		method, url  string
		status       int
		kind, within string
	}{
		{"GET", url + "/", 200, "text/html; charset=utf-8", "a page"},
		{"HEAD", url + "/", 200, "text/html; charset=utf-8", ""},
		{"GET", url + "/code/page.js", 200, "text/javascript; charset=utf-8", "1"},
		{"GET", url + "/code/", 404, "application/json", "there is no /code/"},
		{"GET", url + "/../server.go", 404, "application/json", ""},
		{"GET", url + "/%2e%2e/%2e%2e/etc/passwd", 404, "application/json", ""},
		{"POST", url + "/", 405, "application/json", "takes GET and HEAD, not POST"},
		{"DELETE", url + "/code/page.js", 405, "application/json", "takes GET"},
		{"POST", url + "/code/", 404, "application/json", ""},
		{"GET", builtin + "/", 200, "text/html; charset=utf-8", "<html"},
		{"GET", url + "/healthz", 200, "application/json", "ok"},
		{"HEAD", url + "/healthz", 200, "application/json", ""},
		{"GET", url + "/readyz", 200, "application/json", "ready"},
		{"GET", url + "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", `",name="sample",version="`},
		{"GET", url + "/v1/model", 200, "application/json", `"explain":false`},
		{"GET", url + "/v1/predict", 405, "application/json", "takes POST"},
		{"DELETE", url + "/v1/model", 405, "application/json", "takes GET"},
		{"POST", url + "/v1/explain", 404, "application/json", ""},
		{"GET", url + "/v1/nothing", 404, "application/json", "there is no /v1/nothing"},
	} {
		got := request(t, c.method, c.url)
		if got.status != c.status || got.header.Get("Content-Type") != c.kind || !strings.Contains(string(got.body), c.within) || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: %d, %q, %s", c.method, c.url, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
	if got := request(t, "GET", url+"/v1/predict"); got.header.Get("Allow") != "POST" {
		t.Errorf("Allow is %q", got.header.Get("Allow"))
	}
	if policy := request(t, "GET", url+"/").header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("the page has the policy %q", policy)
	}
}

// Of every type of output, a row has the form that openapi.json promises.
func TestOutputs(t *testing.T) {
	for output, want := range map[string]string{
		"{type: binary, column: pass}":      `"probabilities":{"no":`,
		"{type: multilabel, column: tags}":  `"probabilities":{"big":`,
		"{type: regression, column: price}": `"present":`,
	} {
		c := sample.Default()
		c.Output = output
		dir, numbers, b := trained(t, c.YAML())
		_, url := start(t, dir, serve.Options{})
		got := send(t, asJSON(t, url, 1, 2, 3))
		if err := agrees(b, numbers, got, 1, 2, 3); err != nil || !strings.Contains(string(got.body), want) {
			t.Errorf("%s: %v, %s", output, err, got.body)
		}
		var document struct {
			Components struct {
				Schemas map[string]struct {
					Properties map[string]json.RawMessage
				}
			}
		}
		if err := json.Unmarshal(request(t, "GET", url+"/openapi.json").body, &document); err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			if document.Components.Schemas["Row"].Properties[c] == nil {
				t.Errorf("openapi.json does not name column %s", c)
			}
		}
	}
}

// A column of dates is one for openapi.json too, with the format that JSON Schema has a
// name for.
func TestF28_DatesAreDescribed(t *testing.T) {
	for format, want := range map[string]string{"": "", "%Y-%m-%d": "date", "%Y-%m-%dT%H:%M:%S%z": "date-time"} {
		c := sample.Default()
		c.Columns = fmt.Sprintf(", dates: [%s]", sample.Seen)
		dir, _, _ := trainedOn(t, c.YAML(), datedTable(t, format))
		_, url := start(t, dir, serve.Options{})
		var document struct {
			Components struct {
				Schemas map[string]struct {
					Properties map[string]struct {
						Type     any
						Examples []string
						Format   string
					}
				}
			}
		}
		if err := json.Unmarshal(request(t, "GET", url+"/openapi.json").body, &document); err != nil {
			t.Fatal(err)
		}
		p := document.Components.Schemas["Row"].Properties[sample.Seen]
		if p.Format != want || len(p.Examples) != 1 || fmt.Sprint(p.Type) != "[string null]" {
			t.Errorf("%q: %+v", format, p)
		}
		if body := string(request(t, "GET", url+"/v1/model").body); !strings.Contains(body, `"type":"date"`) || !strings.Contains(body, `"example":`) {
			t.Errorf("%q: %s", format, body)
		}
	}
}

// datedTable is the sample's table, its dates written in another format.
func datedTable(t *testing.T, format string) *data.Table {
	table := sample.Table(count)
	column, err := table.Column(sample.Seen)
	if err != nil || format == "" {
		return table
	}
	cells := column.Cells()
	for i := range cells {
		day, clock, _ := strings.Cut(cells[i].Text, " ")
		cells[i].Text = map[string]string{"%Y-%m-%d": day, "%Y-%m-%dT%H:%M:%S%z": day + "T" + clock + ":00Z"}[format]
	}
	*column = *data.NewColumn(column.Name, cells...)
	return table
}

// told explains by what it was given.
type told struct{ t *testing.T }

func (e told) Explain(_ context.Context, row infer.Row) (any, error) {
	switch row[sample.Caption] {
	case "fault":
		return nil, errors.New("no reason that is anybody's business")
	case "panic":
		panic("none at all")
	case "bad":
		return nil, &infer.Error{Field: sample.Caption, Message: "is bad"}
	}
	if _, ok := row[sample.Picture].([]byte); !ok {
		e.t.Errorf("a picture is given to the explainer as %T", row[sample.Picture])
	}
	return object{"because": row[sample.Caption]}, nil
}

func TestExplain(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	var log bytes.Buffer
	_, url := start(t, dir, serve.Options{
		Explainer: func(*infer.Model) (serve.Explainer, error) { return told{t}, nil },
		Logger:    slog.New(slog.NewTextHandler(&log, nil)),
	})
	explain := func(rows string) response {
		return send(t, post(t, url+"/v1/explain", "application/json", []byte(`{"rows":[`+rows+`]}`)))
	}
	if got := explain(`{"caption":"x","picture":"AAAA"}`); string(got.body) != `{"explanations":[{"because":"x"}]}`+"\n" {
		t.Errorf("%d %s", got.status, got.body)
	}
	for rows, status := range map[string]int{
		`{"caption":"fault"}`: 500, `{"caption":"panic"}`: 500,
		strings.Repeat(`{"caption":"x","picture":"AAAA"},`, 16) + `{"caption":"x"}`: 413,
	} {
		if got := explain(rows); got.status != status || strings.Contains(string(got.body), "business") {
			t.Errorf("%s: %d %s", rows[:20], got.status, got.body)
		}
	}
	if row, field, _ := refusal(t, explain(`{"caption":"x","picture":"AAAA"},{"caption":"bad"}`)); row != 1 || field != sample.Caption {
		t.Errorf("blames row %d, field %q", row, field)
	}
	if all := log.String(); !strings.Contains(all, "business") || !strings.Contains(all, "none at all") {
		t.Errorf("the log has %q", all)
	}
	if got := request(t, "GET", url+"/v1/model"); !strings.Contains(string(got.body), `"explain":true`) {
		t.Errorf("%s", got.body)
	}
}

func TestLoadingFails(t *testing.T) {
	o := serve.Options{Load: func(context.Context) (*infer.Model, error) { return nil, errors.New("lost") }}
	if _, err := serve.New(context.Background(), o); err == nil || err.Error() != "lost" {
		t.Errorf("error %v", err)
	}
	dir, _, _ := trained(t, sample.Default().YAML())
	s, _ := start(t, dir, serve.Options{})
	var coded interface{ ExitCode() int }
	if err := s.ListenAndServe(context.Background(), "127.0.0.1:nowhere"); !errors.As(err, &coded) || coded.ExitCode() != 2 {
		t.Errorf("error %v", err)
	}
}
