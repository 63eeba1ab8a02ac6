package serve_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// malformed is a request that is refused, with the field to blame where there
// is one.
type malformed struct {
	kind, body string
	status     int
	field      string
}

const formType = "multipart/form-data; boundary=b"

// part is one of a form.
func part(header, body string) string {
	return "--b\r\nContent-Disposition: form-data" + header + "\r\n\r\n" + body + "\r\n"
}

// malformedRequests are more than 200, no two of them alike.
func malformedRequests(t testing.TB) []malformed {
	var all []malformed
	body := func(status int, field, text string) {
		all = append(all, malformed{"application/json", text, status, field})
	}
	value := func(status int, column, text string) {
		body(status, column, fmt.Sprintf(`{"rows":[{%q:%s}]}`, column, text))
	}

	for _, c := range columns {
		for _, v := range []string{"{}", "[]", `{"a":1}`, "[1]", `"x","` + c + `":"x"`, `null,"` + c + `":null`} {
			if c == sample.Picture {
				v = strings.ReplaceAll(v, `"x"`, `"eA=="`)
			}
			value(400, c, v)
		}
		for _, name := range []string{c + "s", c[1:], strings.ToUpper(c), " " + c, c + "\\u0000"} {
			quoted := `{"rows":[{"` + name + `":"a"}]}`
			var plain string
			if err := json.Unmarshal([]byte(`"`+name+`"`), &plain); err != nil {
				t.Fatal(err)
			}
			body(400, plain, quoted)
		}
	}
	for _, c := range []string{sample.Width, sample.Height} {
		for _, v := range []string{`"wide"`, `"1,5"`, `"1_000"`, `"0x10"`, `"NaN"`, `"inf"`, `"−1"`, "true", "1e400", "1e39", `" "`, `"1 m"`, "1e30", `"--1"`, `"1e"`} {
			value(422, c, v)
		}
	}
	for _, v := range []string{
		`"http://127.0.0.1/x.png"`, `"file:///etc/passwd"`, `"../x.png"`, `"data:"`, `"data:image/png;base64"`,
		`"a"`, `"===="`, `"AAAA="`, `"AA AA"`, `"data:image/png;base64,%"`, "1", "true", "1.5",
	} {
		value(400, sample.Picture, v)
	}
	value(422, sample.Picture, `"/etc/passwd"`) // which is base64
	file := pictures["3.png"]
	for n := 1; n < len(file); n += max(1, len(file)/40) {
		value(422, sample.Picture, `"`+base64.StdEncoding.EncodeToString(file[:n])+`"`)
	}
	for _, head := range []string{"<svg/>", "%PDF-1.7", "GIF89a", "\xff\xd8\xff\xe0", "BM", "RIFF0000WEBP", "II*\x00", "MZ", "PK\x03\x04"} {
		value(422, sample.Picture, `"`+base64.StdEncoding.EncodeToString([]byte(head))+`"`)
	}
	for _, text := range []string{`"\ud800"`, `"a\udc00b"`, `"\ud800\ud800"`} {
		value(400, sample.Caption, text)
	}
	body(422, "", `{"rows":[{}]}`)
	body(422, "", `{"rows":[{"caption":"a"},{"caption":null}]}`)

	whole := `{"rows":[{"width":1.5,"caption":"a bird"}]}`
	for n := range len(whole) - 1 {
		all = append(all, malformed{"application/json", whole[:n], 400, "*"})
	}
	for _, text := range []string{
		"null", "[]", `"x"`, "1", "true", "{}", `{"rows":[]}`, `{"rows":{}}`, `{"rows":null}`, `{"rows":1}`, `{"rows":"x"}`, `{"rows":[1]}`, `{"rows":[null]}`, `{"rows":[[]]}`,
		`{"row":[{"caption":"a"}]}`, `{"Rows":[{"caption":"a"}]}`, `{"data":[]}`, `{"rows":[{"caption":"a"}],"rows":[{"caption":"a"}]}`, `{"rows":[{"caption":"a"}],"x":1}`,
		whole + "x", whole + whole, "\xef\xbb\xbf" + whole, strings.Repeat("[", 10000), strings.Repeat(`{"rows":`, 10000), `{"rows":[{"caption":"` + "\xff" + `"}]}`,
		`{"rows":[{caption:"a"}]}`, `{'rows':[]}`, `{"rows":[{"caption":"a",}]}`, `{"rows":[{"caption":NaN}]}`, `{"rows":[{"width":01}]}`, `{"rows":[{"width":.5}]}`, `{"rows":[{"width":+1}]}`,
	} {
		all = append(all, malformed{"application/json", text, 400, "*"})
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/xml", "image/png", "application/json-seq", ";;;"} {
		all = append(all, malformed{kind, whole, 415, ""})
	}
	form := func(status int, field, text string) { all = append(all, malformed{formType, text, status, field}) }
	form(400, "*", "")
	form(400, "*", "--b--\r\n")
	form(400, "*", "no form at all")
	form(400, "*", part(`; name="caption"`, "a")) // without an end
	form(400, "", part("", "a")+"--b--\r\n")
	form(400, "caption", part(`; name="caption"`, "a")+part(`; name="caption"`, "a")+"--b--\r\n")
	form(400, "caption", part(`; name="caption"; filename="a.txt"`, "a")+"--b--\r\n")
	form(400, "caption", part(`; name="caption"`, "\xff")+"--b--\r\n")
	form(400, "picture", part(`; name="picture"; filename="a.png"`, "")+"--b--\r\n")
	form(400, "captoin", part(`; name="captoin"`, "a")+"--b--\r\n")
	form(422, "picture", part(`; name="picture"; filename="/etc/passwd"`, "x")+"--b--\r\n")
	form(422, "picture", part(`; name="picture"`, "/etc/passwd")+"--b--\r\n")
	form(422, "width", part(`; name="width"`, "wide")+"--b--\r\n")
	form(422, "", part(`; name="width"`, "")+"--b--\r\n")
	all = append(all, malformed{"multipart/form-data", part(`; name="caption"`, "a"), 400, ""})
	return all
}

func TestMalformed(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	s, url := start(t, dir, serve.Options{})
	all := malformedRequests(t)
	t.Run("S2/malformed", func(t *testing.T) {
		if len(all) < 200 {
			t.Fatalf("%d requests, want 200 or more", len(all))
		}
		for i, m := range all {
			got := send(t, post(t, url+"/v1/predict", m.kind, []byte(m.body)))
			row, field, message := refusal(t, got)
			shown := m.body[:min(len(m.body), 120)]
			if got.status != m.status || message == "" {
				t.Errorf("%d: %s %q gets %d, want %d: %s", i, m.kind, shown, got.status, m.status, got.body)
			}
			if m.field != "*" && field != m.field {
				t.Errorf("%d: %s %q blames %q, want %q: %s", i, m.kind, shown, field, m.field, got.body)
			}
			if m.field != "*" && m.field != "" && m.kind == "application/json" && row != 0 {
				t.Errorf("%d: %s %q blames row %d: %s", i, m.kind, shown, row, got.body)
			}
		}
		t.Logf("%d malformed requests, each refused", len(all))
	})
	if n := metric(t, s, `chiasm_requests_total{code="500",path="/v1/predict"}`); n != 0 {
		t.Errorf("%v internal faults", n)
	}
	if err := agrees(b, want, send(t, asJSON(t, url, 4)), 4); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// refusal reads an error; row -1 and field "" where they are null.
func refusal(t testing.TB, got response) (row int, field, message string) {
	t.Helper()
	var body struct {
		Error *struct {
			Row     *int
			Field   *string
			Message string
		}
	}
	if err := json.Unmarshal(got.body, &body); err != nil || body.Error == nil || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("status %d is no error in JSON: %s (%v)", got.status, got.body, err)
	}
	row = -1
	if body.Error.Row != nil {
		row = *body.Error.Row
	}
	if body.Error.Field != nil {
		field = *body.Error.Field
	}
	return row, field, body.Error.Message
}

// The row to blame is counted from 0, and none of the others is answered.
func TestRowToBlame(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{})
	for _, n := range []int{3, 40} { // beside others in a batch, and a batch by itself
		rows := strings.Repeat(`{"caption":"a"},`, n-1) + `{"caption":"a","width":"wide"}`
		got := send(t, post(t, url+"/v1/predict", "application/json", []byte(`{"rows":[`+rows+`]}`)))
		if row, field, _ := refusal(t, got); got.status != 422 || row != n-1 || field != sample.Width {
			t.Errorf("status %d, row %d, field %q", got.status, row, field)
		}
	}
}

func TestLimits(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{MaxBody: 2000, MaxRows: 5})
	body := func(rows int, text string) []byte {
		return []byte(`{"rows":[` + strings.TrimSuffix(strings.Repeat(`{"caption":"`+text+`"},`, rows), ",") + `]}`)
	}
	for name, c := range map[string]struct {
		body   []byte
		status int
	}{
		"enough": {body(5, "a"), 200},
		"rows":   {body(6, "a"), 413},
		"bytes":  {body(1, strings.Repeat("a", 2000)), 413},
	} {
		if got := send(t, post(t, url+"/v1/predict", "application/json", c.body)); got.status != c.status {
			t.Errorf("%s: status %d, want %d: %s", name, got.status, c.status, got.body)
		}
	}
}
