package serve_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// wrapped is text with a line end after every n characters.
func wrapped(text string, n int, end string) string {
	var b strings.Builder
	for len(text) > n {
		b.WriteString(text[:n] + end)
		text = text[n:]
	}
	return b.String() + text
}

// answerOf is the status and the body for one row with this picture.
func answerOf(t *testing.T, url string, picture string) response {
	t.Helper()
	body, err := json.Marshal(object{"rows": []object{{sample.Picture: picture}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, url+"/v1/predict", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return send(t, r)
}

// Every way to write a picture in base64 gives the answer of the plain one,
// whatever its length and wherever its lines break.
func TestF12_Base64AsItIsWritten(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{})
	plain := answerOf(t, url, base64.StdEncoding.EncodeToString(pictures["3.png"]))
	if plain.status != http.StatusOK {
		t.Fatal(string(plain.body))
	}
	taken := 0
	for more := range 4 { // bytes behind the picture's end, which decoders leave alone
		file := append(append([]byte{}, pictures["3.png"]...), "\xfb\xff\xfe\xbf"[:more]...)
		for name, text := range map[string]string{
			"standard": base64.StdEncoding.EncodeToString(file), "no padding": base64.RawStdEncoding.EncodeToString(file),
			"url": base64.URLEncoding.EncodeToString(file), "url, no padding": base64.RawURLEncoding.EncodeToString(file),
		} {
			for _, end := range []string{"", "\n", "\r\n"} {
				for _, width := range []int{1, 3, 64, 76, 77} {
					for _, before := range []string{"", "data:image/png;base64,", "data:;base64,", "DATA:image/png;name=a.png;BASE64,"} {
						for _, after := range []string{"", end} {
							got := answerOf(t, url, before+wrapped(text, width, end)+after)
							if got.status != http.StatusOK || string(got.body) != string(plain.body) {
								t.Errorf("%s, %d bytes more, lines of %d ended by %q, behind %q: %d %s", name, more, width, end, before, got.status, got.body)
							}
							taken++
						}
					}
					if end == "" {
						break
					}
				}
			}
		}
	}
	t.Logf("F12: %d ways to write one picture", taken)
}

// Every way to write a picture as a data URL gives the answer of the plain one.
func TestF12_DataURLsAsTheyAreWritten(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{})
	file := pictures["3.png"]
	plain := answerOf(t, url, base64.StdEncoding.EncodeToString(file))
	var all, few strings.Builder // bytes as percent signs: all of them, and those that must be
	for _, b := range file {
		fmt.Fprintf(&all, "%%%02X", b)
		if b > ' ' && b < 0x7f && b != '%' {
			few.WriteByte(b)
		} else {
			fmt.Fprintf(&few, "%%%02x", b)
		}
	}
	standard := base64.StdEncoding.EncodeToString(file)
	for _, text := range []string{
		"data:image/png," + all.String(), "data:," + few.String(), "DATA:IMAGE/PNG;charset=utf-8," + few.String(), " data:image/png," + all.String() + "\n",
		"data:image/png;charset=utf-8;base64," + standard, "data:image/png; base64," + standard, "data:image/png;BASE64;charset=x," + standard, "\tdata:;base64," + standard + " ",
		"data:image/png;base64," + strings.NewReplacer("+", "%2B", "/", "%2f", "=", "%3D").Replace(standard), "data:image/png;base64," + strings.ReplaceAll(wrapped(standard, 76, "\n"), "\n", "%0A"),
		" " + standard, "\r\n" + standard + "\r\n ",
	} {
		if got := answerOf(t, url, text); got.status != http.StatusOK || string(got.body) != string(plain.body) {
			t.Errorf("%.60q: %d %s", text, got.status, got.body)
		}
	}
}

// A field of a form that is no file says a picture as JSON does; bytes without a file
// name are the picture.
func TestF12_TextFieldsOfForms(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{})
	file := pictures["3.png"]
	plain := answerOf(t, url, base64.StdEncoding.EncodeToString(file))
	for name, c := range map[string]struct {
		content string
		status  int
	}{
		"base64": {base64.StdEncoding.EncodeToString(file), 200}, "url": {base64.RawURLEncoding.EncodeToString(file), 200}, "wrapped": {wrapped(base64.StdEncoding.EncodeToString(file), 76, "\r\n"), 200},
		"data URL": {"data:image/png;base64," + base64.StdEncoding.EncodeToString(file), 200}, "bytes": {string(file), 200}, "a path": {"images/3.png", 400}, "cut": {"AAAAA", 400},
	} {
		got := send(t, post(t, url+"/v1/predict", formType, []byte(part(`; name="picture"`, c.content)+"--b--\r\n")))
		if got.status != c.status || c.status == 200 && string(got.body) != string(plain.body) {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.body, c.status)
		}
	}
}

// What is not base64 is refused, with its field and the byte.
func TestF12_GarbageIsRefused(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{})
	for text, want := range map[string]string{
		"AA AA": "byte 2", " AA AA": "byte 3", "====": "byte 0", "=": "byte 0", "A": "after 1 characters", "AAAAA": "after 5 characters", "AA=": "after 3 characters",
		"AA==AA": "byte 4", "AAA==": "byte 4", "AAAA=": "byte 4", "AA===": "byte 4", "A===": "byte 1",
		"+A_A": "byte 2", "-A/A": "byte 2", "AA\tAA": "byte 2", "AA\x00A": "byte 2", "né==": "byte 1",
		"data:image/png;base64,AA AA": "byte 24", "data:image/png;base64,AA%3D": "after 3 characters", "data:image/png;base64": "data URL without a comma", "data:image/png,": "empty file",
		"data:image/png,%89PN%4": "byte 20 is wrong", "data:image/png,%8": "byte 15", "data:image/png,%zz": "byte 15", " data:image/png,\u0089PNG": "byte 16", "data:image/png;base64,AAAA%": "byte 26",
		"\n": "empty file", "\r\n\r\n": "empty file", "data:image/png;base64,": "empty file", "data:;base64,\n": "empty file",
		"../3.png": "byte 0", "http://a/b.png": "byte 4",
	} {
		got := answerOf(t, url, text)
		var said struct {
			Error struct {
				Row            *int
				Field, Message string
			}
		}
		if err := json.Unmarshal(got.body, &said); err != nil {
			t.Fatal(err)
		}
		if got.status != http.StatusBadRequest || said.Error.Row == nil || said.Error.Field != sample.Picture || !strings.Contains(said.Error.Message, want) {
			t.Errorf("%q: %d %s, want %q", text, got.status, got.body, want)
		}
	}
	if got := answerOf(t, url, ""); strings.Contains(string(got.body), "base64") { // a missing value
		t.Errorf("the empty text: %s", got.body)
	}
}

// Of every path and method: what a path does not take is 405, and says what it
// takes; a path that there is not is 404, whatever the method.
func TestF12_EveryMethodOfEveryPath(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{})
	const get, post = "GET, HEAD", "POST"
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", strings.Repeat("X", 500)}
	for path, allowed := range map[string]string{
		"/": get, "/index.html": get, "/style.css": get, "/healthz": get, "/readyz": get, "/metrics": get, "/openapi.json": get, "/v1/model": get, "/v1/predict": post,
		"/v1": "", "/v1/predict/": "", "/v1/nothing": "", "/nothing.html": "", "/v1/explain": "",
	} {
		for _, m := range methods {
			got := request(t, m, url+path)
			takes := strings.Contains(", "+allowed+",", ", "+m+",")
			switch {
			case allowed == "" && got.status != http.StatusNotFound:
				t.Errorf("%s %s: %d, want 404", m, path, got.status)
			case allowed != "" && takes == (got.status == http.StatusMethodNotAllowed):
				t.Errorf("%s %s: %d", m, path, got.status)
			case allowed != "" && !takes && got.header.Get("Allow") != allowed:
				t.Errorf("%s %s: Allow is %q, want %q", m, path, got.header.Get("Allow"), allowed)
			}
			if (m == "HEAD") != (len(got.body) == 0) && got.status != http.StatusMovedPermanently {
				t.Errorf("%s %s has the body %q", m, path, fmt.Sprintf("%.60s", got.body))
			}
		}
	}
}
