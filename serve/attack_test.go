package serve_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// attack is a request that costs much more than its bytes, and what it may be answered.
type attack struct {
	name, path, kind string
	body             []byte
	statuses         []int
}

// pictureAttack is a picture of many pixels in few bytes.
func pictureAttack(t testing.TB, name string, write func(b *bytes.Buffer, m image.Image) error, m image.Image) attack {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, m); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"rows":[{"picture":%q}]}`, base64.StdEncoding.EncodeToString(b.Bytes()))
	return attack{name, "/v1/predict", "application/json", []byte(text), []int{200, 413, 429, 503}}
}

// attacks are the worst requests of each kind.
func attacks(t testing.TB) []attack {
	area := image.Rect(0, 0, 800, 800)
	palette := image.NewPaletted(area, color.Palette{color.Black, color.White})
	all := []attack{
		pictureAttack(t, "PNG of one bit", func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }, palette),
		pictureAttack(t, "PNG of 16 bits", func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }, image.NewNRGBA64(area)),
		pictureAttack(t, "GIF", func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) }, palette),
		pictureAttack(t, "TIFF", func(b *bytes.Buffer, m image.Image) error {
			return tiff.Encode(b, m, &tiff.Options{Compression: tiff.Deflate})
		}, image.NewNRGBA(area)),
		pictureAttack(t, "BMP", func(b *bytes.Buffer, m image.Image) error { return bmp.Encode(b, m) }, palette),
	}
	add := func(name, body string, statuses ...int) {
		all = append(all, attack{name, "/v1/predict", "application/json", []byte(body), append(statuses, 429, 503)})
	}
	var keys strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&keys, `,"k%d":1`, i)
	}
	add("a hundred thousand keys", `{"rows":[{`+keys.String()[1:]+`}]}`, 400)
	add("a hundred thousand keys, rows told apart", `{"on_error":"skip","rows":[{`+keys.String()[1:]+`}]}`, 400)
	add("one key a hundred thousand times", `{"on_error":"skip","rows":[{"width":1`+strings.Repeat(`,"width":1`, 100_000)+`}]}`, 400)
	add("a key of a megabyte", `{"rows":[{"`+strings.Repeat("<", 1<<20)+`":1}]}`, 400)
	add("a key of the body of a megabyte", `{"`+strings.Repeat("<", 1<<20)+`":1}`, 400)
	add("a number of a megabyte", `{"rows":[{"width":`+strings.Repeat("9", 1<<20)+`}]}`, 422)
	add("a number for a picture", `{"rows":[{"picture":`+strings.Repeat("9", 1<<20)+`}]}`, 400)
	add("a text of a megabyte for a number", `{"rows":[{"width":"`+strings.Repeat("x", 1<<20)+`"}]}`, 422)
	add("nested", `{"on_error":"skip","rows":[{"width":`+strings.Repeat("[", 1<<20)+`}]}`, 400)
	add("long nested", `{"on_error":"skip","rows":[{"caption":[`+strings.Repeat("1,", 1<<17)+`1]}]}`, 400)
	add("a policy of a megabyte", `{"on_error":"`+strings.Repeat("x", 1<<20)+`","rows":[]}`, 400)
	add("rows", `{"rows":[`+strings.TrimSuffix(strings.Repeat(`{"caption":"a b c"},`, 1024), ",")+`]}`, 200)
	add("too many rows", `{"rows":[`+strings.TrimSuffix(strings.Repeat(`{},`, 1<<18), ",")+`]}`, 413)
	add("rows that cannot be used", `{"on_error":"skip","rows":[`+strings.TrimSuffix(strings.Repeat(`{"width":"`+strings.Repeat("x", 400)+`"},`, 1024), ",")+`]}`, 200)
	add("a text", `{"rows":[{"caption":"`+strings.Repeat("a é ", 1<<18)+`"}]}`, 200)
	var form strings.Builder
	for i := range 20_000 {
		form.WriteString(part(fmt.Sprintf(`; name="k%d"`, i), ""))
	}
	all = append(all, attack{"a form of many parts", "/v1/predict", formType, []byte(form.String() + "--b--\r\n"), []int{400, 429, 503}})
	header := part(`; name="caption"`+"\r\n"+strings.Repeat("a:b\r\n", 100_000)+"c: d", "x")
	all = append(all, attack{"a form of many headers", "/v1/predict", formType, []byte(header + "--b--\r\n"), []int{400, 429, 503}})
	explained := attack{"explanations", "/v1/explain", "application/json", []byte(`{"rows":[{"caption":"a"}]}`), []int{200, 404, 429, 503}}
	return append(all, explained)
}

// However many of the worst requests come at a time, they take no more than the budget,
// which is whole again afterwards; each has an answer of a few hundred bytes, and rows
// of others are answered meanwhile.
func TestB1_WorstRequestsKeepToTheBudget(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	all := attacks(t)
	for _, a := range all {
		t.Run("B1/"+a.name, func(t *testing.T) {
			s, url := start(t, dir, serve.Options{Memory: 64 << 20})
			var wg sync.WaitGroup
			for range attackers {
				wg.Go(func() {
					got, err := do(http.DefaultClient, post(t, url+a.path, a.kind, a.body))
					switch {
					case err != nil:
						t.Error(err)
					case !contains(a.statuses, got.status):
						t.Errorf("status %d, want one of %v: %.300s", got.status, a.statuses, got.body)
					case got.status >= 400 && len(got.body) > 2000:
						t.Errorf("an error of %d bytes: %.300s", len(got.body), got.body)
					}
				})
			}
			for i := range 4 {
				if err := agrees(b, want, send(t, asJSON(t, url, i)), i); err != nil {
					t.Errorf("beside it: %v", err)
				}
			}
			wg.Wait()
			if used, peak, limit := s.Accounts(); used != 0 || peak > limit {
				t.Errorf("%d bytes are left, %d were taken at most, of %d", used, peak, limit)
			}
		})
	}
}

// attackers is how many of them come at a time, unless there is time for 256.
var attackers = 12

func contains(all []int, v int) bool {
	for _, x := range all {
		if x == v {
			return true
		}
	}
	return false
}

// An answer that is not read is held, and counted, until its connection ends; others
// are answered.
func TestB2_UnreadAnswersAreCounted(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	s, url, _ := listening(t, dir, serve.Options{Memory: 64 << 20, Timeout: hang})
	body := `{"on_error":"skip","rows":[` + strings.TrimSuffix(strings.Repeat(`{"width":"`+strings.Repeat("x", 400)+`"},`, 1024), ",") + `]}`
	var open []net.Conn
	for range 40 {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		c.(*net.TCPConn).SetReadBuffer(4096)
		fmt.Fprintf(c, "POST /v1/predict HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", strings.TrimPrefix(url, "http://"), len(body), body)
		open = append(open, c)
	}
	for i := range 4 {
		if err := agrees(b, want, send(t, asJSON(t, url, i)), i); err != nil {
			t.Errorf("beside them: %v", err)
		}
	}
	for _, c := range open {
		c.Close()
	}
	if _, peak, limit := s.Accounts(); peak > limit {
		t.Errorf("%d bytes were taken, of %d", peak, limit)
	}
}

// Errors name 120 characters of what they quote, and count the rest.
func TestB3_ErrorsQuoteLittle(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{})
	long := strings.Repeat("é<", 5000)
	text, err := json.Marshal(long)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"key":          `{"rows":[{` + string(text) + `:1}]}`,
		"key of body":  `{` + string(text) + `:1}`,
		"number":       `{"rows":[{"width":` + string(text) + `}]}`,
		"policy":       `{"on_error":` + string(text) + `,"rows":[{}]}`,
		"picture":      `{"rows":[{"picture":` + string(text) + `}]}`,
		"rows":         `{"rows":` + string(text) + `}`,
		"with skip":    `{"on_error":"skip","rows":[{` + string(text) + `:1}]}`,
		"skip, number": `{"on_error":"skip","rows":[{"width":` + string(text) + `}]}`,
	} {
		got := send(t, post(t, url+"/v1/predict", "application/json", []byte(body)))
		if n := utf8.RuneCount(got.body); n > 800 {
			t.Errorf("%s: status %d with %d characters: %.900s", name, got.status, n, got.body)
		}
	}
	for name, r := range map[string]*http.Request{
		"type":   post(t, url+"/v1/predict", long, []byte("{}")),
		"path":   post(t, url+"/"+strings.Repeat("x", 5000), "application/json", nil),
		"coding": post(t, url+"/v1/predict", "application/json", []byte("{}")),
		"file":   post(t, url+"/v1/predict", formType, []byte(part(`; name="picture"; filename="`+strings.Repeat("x", 5000)+`"`, "")+"--b--\r\n")),
		"field":  post(t, url+"/v1/predict", formType, []byte(part(`; name="`+strings.Repeat("x", 5000)+`"`, "a")+"--b--\r\n")),
	} {
		if name == "coding" {
			r.Header.Set("Content-Encoding", strings.Repeat("x", 5000))
		}
		if got := send(t, r); got.status < 400 || len(got.body) > 800 {
			t.Errorf("%s: status %d with %d bytes: %.900s", name, got.status, len(got.body), got.body)
		}
	}
}

// A body may be compressed, and is held to the same limits then.
func TestB4_CompressedBodies(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	s, url := start(t, dir, serve.Options{MaxBody: 1 << 20})
	pack := func(content []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(content)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	plain, err := json.Marshal(object{"rows": []object{row(4)}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(coding string, body []byte) response {
		r := post(t, url+"/v1/predict", "application/json", body)
		r.Header.Set("Content-Encoding", coding)
		return send(t, r)
	}
	for _, coding := range []string{"gzip", "GZIP", "x-gzip"} {
		if err := agrees(b, want, ask(coding, pack(plain)), 4); err != nil {
			t.Errorf("%s: %v", coding, err)
		}
	}
	for name, c := range map[string]struct {
		coding string
		body   []byte
		status int
	}{
		"bomb":      {"gzip", pack(bytes.Repeat([]byte(" "), 64<<20)), 413},
		"no gzip":   {"gzip", plain, 400},
		"empty":     {"gzip", nil, 400},
		"cut":       {"gzip", pack(plain)[:40], 400},
		"damaged":   {"gzip", append(pack(plain)[:30], "xxxxxxxxxxxxxxxxxxxxxxxxx"...), 400},
		"twice":     {"gzip, gzip", pack(pack(plain)), 415},
		"br":        {"br", plain, 415},
		"not named": {"", pack(plain), 400},
	} {
		if got := ask(c.coding, c.body); got.status != c.status {
			t.Errorf("%s: status %d, want %d: %s", name, got.status, c.status, got.body)
		}
	}
	if used, _, _ := s.Accounts(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}

// Bytes that are no HTTP are the client's fault.
func TestB5_BytesThatAreNoHTTP(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	s, url, _ := listening(t, dir, serve.Options{})
	host := strings.TrimPrefix(url, "http://")
	tell := func(status, header, body string) {
		t.Helper()
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /v1/predict HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n%s", host, header, body)
		c.(*net.TCPConn).CloseWrite()
		var answer bytes.Buffer
		answer.ReadFrom(c)
		if !strings.HasPrefix(answer.String(), "HTTP/1.1 "+status+" ") {
			t.Errorf("%.80q, %.40q gets %.200q, want status %s", header, body, answer.String(), status)
		}
	}
	for _, chunks := range []string{"zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n0\r\n\r\n", "5\r\n{}\r\n0\r\n\r\n", "fffffffffffffffffff\r\n{}", "ffffffffffffffff\r\n{}", "7fffffffffffffff\r\n{}", "2\r\n{}xx0\r\n\r\n", "2;" + strings.Repeat("x", 10000) + "\r\n{}\r\n0\r\n\r\n", "2\r\n{"} {
		tell("400", "Content-Type: application/json\r\nTransfer-Encoding: chunked", chunks)
	}
	for _, length := range []int64{math.MaxInt64, math.MaxInt64 - 1, 1 << 62, 1 << 31, 16<<20 + 1} {
		tell("413", fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d", length), "{}")
	}
	for _, length := range []string{"-1", "9223372036854775808", "0x10", "1, 2"} {
		tell("400", "Content-Type: application/json\r\nContent-Length: "+length, "{}")
	}
	for _, twice := range []string{"Content-Type: application/json", "Content-Encoding: gzip", "Origin: " + url, "Sec-Fetch-Site: same-origin", "Authorization: Bearer x"} {
		tell("400", twice+"\r\n"+twice+"\r\nContent-Length: 2", "{}")
	}
	if n := metric(t, s, `chiasm_requests_total{path="/v1/predict",code="500"}`); n != 0 {
		t.Errorf("%v internal faults", n)
	}
}
