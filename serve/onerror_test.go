package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// partly is an answer with errors beside it.
type partly struct {
	Predictions []json.RawMessage
	Errors      []struct {
		Row            int
		Field, Message string
		Masked         bool
	}
	Error struct {
		Row            *int
		Field, Message string
	}
}

func asked(t *testing.T, url, body string) (int, partly) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url+"/v1/predict", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	got := send(t, r)
	var p partly
	if err := json.Unmarshal(got.body, &p); err != nil {
		t.Fatalf("%s: %v", got.body, err)
	}
	return got.status, p
}

// Rows that cannot be used, each for another reason, and the field to blame.
var uselessRows = []struct {
	row, field string
	maskable   bool // without the value the row can be answered
}{
	{`{"caption":"a","width":"wide"}`, "width", true},
	{`{"caption":"a","width":[1,{"a":[]}]}`, "width", true},
	{`{"caption":"a","width":{}}`, "width", true},
	{`{"caption":"a","width":1e39}`, "width", true},
	{`{"caption":"a","picture":"no base64"}`, "picture", true},
	{`{"caption":"a","picture":1}`, "picture", true},
	{`{"caption":"a","picture":[]}`, "picture", true},
	{`{"caption":"a","picture":"AAAA"}`, "picture", true},
	{`{"width":1,"caption":"\ud800"}`, "caption", true},
	{`{"width":1,"caption":"a\u0000"}`, "caption", true},
	{`{"width":1,"width":2,"caption":"a"}`, "width", true},
	{`{"caption":"a","breadth":1}`, "breadth", false},
	{`{}`, "", false},
	{`{"width":"wide"}`, "", false},
}

// A row that cannot be used costs that row alone, where that is asked for: before
// the rows or behind them, in a small request and in one as large as a batch.
func TestF23_OneBadRowOfARequest(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{MaxBatch: 4})
	good := `{"caption":"a bird","width":1.5}`
	_, whole := asked(t, url, `{"rows":[`+good+`]}`)
	if len(whole.Predictions) != 1 || whole.Errors != nil {
		t.Fatalf("%+v", whole)
	}
	want := string(whole.Predictions[0])
	for _, u := range uselessRows {
		for _, more := range []int{0, 1, 6} {
			rows := good + "," + u.row + strings.Repeat(","+good, more)
			for _, form := range []string{`{"rows":[%s],"on_error":%q}`, `{"on_error":%[2]q,"rows":[%[1]s]}`} {
				if status, p := asked(t, url, fmt.Sprintf(form, rows, "fail")); status != 400 && status != 422 || p.Error.Row == nil || *p.Error.Row != 1 {
					t.Errorf("fail: %s: %d %+v", u.row, status, p)
				}
				status, p := asked(t, url, fmt.Sprintf(form, rows, "skip"))
				if status != 200 || len(p.Predictions) != 2+more || len(p.Errors) != 1 {
					t.Errorf("skip: %s: %d %+v", u.row, status, p)
					continue
				}
				e := p.Errors[0]
				if e.Row != 1 || u.field != "" && e.Field != u.field || e.Message == "" || e.Masked {
					t.Errorf("skip: %s: %+v", u.row, e)
				}
				for i, one := range p.Predictions {
					if i == 1 && string(one) != "null" || i != 1 && string(one) != want {
						t.Errorf("skip: %s: row %d is %s, alone it is %s", u.row, i, one, want)
					}
				}
				status, p = asked(t, url, fmt.Sprintf(form, rows, "mask"))
				if !u.maskable {
					if status != 400 && status != 422 || *p.Error.Row != 1 {
						t.Errorf("mask: %s: %d %+v", u.row, status, p)
					}
					continue
				}
				if status != 200 || len(p.Errors) != 1 || p.Errors[0].Row != 1 || !p.Errors[0].Masked || p.Errors[0].Field != u.field {
					t.Errorf("mask: %s: %d %+v", u.row, status, p)
					continue
				}
				without := map[string]string{"width": `{"caption":"a"}`, "picture": `{"caption":"a"}`, "caption": `{"width":1}`}[u.field]
				if _, alone := asked(t, url, `{"rows":[`+without+`]}`); string(p.Predictions[1]) != string(alone.Predictions[0]) || string(p.Predictions[0]) != want {
					t.Errorf("mask: %s: %s, where the value is missing %s", u.row, p.Predictions[1], alone.Predictions[0])
				}
			}
		}
	}
	if status, p := asked(t, url, `{"rows":[{},{"width":"x"}],"on_error":"skip"}`); status != 200 || len(p.Predictions) != 2 || string(p.Predictions[1]) != "null" || len(p.Errors) != 2 {
		t.Errorf("no row can be used: %d %+v", status, p)
	}
	if status, p := asked(t, url, `{"rows":[`+good+`],"on_error":"skip"}`); status != 200 || p.Errors == nil || len(p.Errors) != 0 {
		t.Errorf("all rows can be used: %d %+v", status, p)
	}
	for body, field := range map[string]string{
		`{"rows":[` + good + `],"on_error":"ignore"}`:                   "on_error",
		`{"rows":[` + good + `],"on_error":1}`:                          "on_error",
		`{"rows":[` + good + `],"on_error":["skip"]}`:                   "on_error",
		`{"on_error":"skip","rows":[` + good + `],"on_error":"skip"}`:   "on_error",
		`{"rows":[` + good + `],"onerror":"skip"}`:                      "onerror",
		`{"rows":[{"width":[1],"caption":"a"}],"on_error":"skip"`:       "",
		`{"rows":[{"width":[1,"caption":"a"}],"on_error":"skip"}`:       "",
		`{"on_error":"skip","rows":[` + strings.Repeat("[", 100) + "]}": "",
	} {
		if status, p := asked(t, url, body); status != 400 || field != "" && p.Error.Field != field {
			t.Errorf("%s: %d %+v", body, status, p)
		}
	}
}
