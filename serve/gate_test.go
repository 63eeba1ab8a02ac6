package serve_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// paths are of the page, of the interface, and nowhere.
var paths = []string{"/", "/index.html", "/main.js", "/v1/predict", "/v1/explain", "/v1/model", "/openapi.json", "/metrics", "/nowhere"}

// ask sends a request with headers; Host is among them.
func ask(t testing.TB, method, url string, headers ...string) response {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(`{"rows":[{"caption":"a"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return send(t, r)
}

// A name that leads here, and is not the server's, gets neither page nor interface.
func TestB6_ReboundHosts(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url := start(t, dir, serve.Options{Hosts: []string{"Models.example.org", "other:8080"}})
	for _, host := range []string{
		"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "localhost.", "10.0.0.1", "0.0.0.0:80", "[::]", "2130706433", "0x7f.1", "127.1",
		"models.example.org.evil.example", "xn--localhost",
	} {
		for _, path := range paths {
			want := http.StatusMisdirectedRequest
			if host == "localhost." { // the same name, written out
				want = 0
			}
			got := ask(t, http.MethodPost, url+path, "Host", host)
			if got.status != want && want != 0 || want == 0 && got.status == http.StatusMisdirectedRequest {
				t.Errorf("%s%s: status %d, %.200s", host, path, got.status, got.body)
			}
			if want != 0 && !strings.Contains(string(got.body), "--host") {
				t.Errorf("%s%s does not say what to do: %s", host, path, got.body)
			}
		}
	}
	for _, host := range []string{"localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8080", "[::ffff:127.0.0.1]", "models.example.org", "MODELS.example.org:443", "other", "other:1"} {
		if got := ask(t, http.MethodPost, url+"/v1/predict", "Host", host); got.status != http.StatusOK {
			t.Errorf("%s: status %d, %s", host, got.status, got.body)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} { // as balancers ask
		if got := ask(t, http.MethodGet, url+path, "Host", "evil.example"); got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

// Off the loopback a server has any address, for nobody can make one lead elsewhere,
// and no name but those that it was given.
func TestB6_HostsOffTheLoopback(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	s, _ := start(t, dir, serve.Options{})
	for host, want := range map[string]int{"10.0.0.1:8080": 200, "192.168.1.7": 200, "[fe80::1]:80": 200, "localhost": 200, "evil.example": 421} {
		r := httptest.NewRequest(http.MethodGet, "/v1/model", nil)
		r.Host = host
		local := &net.TCPAddr{IP: net.IPv4(172, 17, 0, 2), Port: 8080}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local))))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", host, w.Code, want)
		}
	}
}

// A page elsewhere may not use the server, unless it is allowed to; the server's own
// may, and programs, which say nothing of pages, do.
func TestB6_PagesElsewhere(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	const friend = "https://app.example.org"
	_, alone := start(t, dir, serve.Options{})
	_, url := start(t, dir, serve.Options{AllowOrigins: []string{friend}})
	foreign := [][]string{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", "http://localhost"}, {"Origin", "http://127.0.0.1:1"}, {"Origin", "file://"},
		{"Origin", friend + ".evil.example"}, {"Origin", "x"},
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, {"Sec-Fetch-Site", "strange"},
		{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"},
	}
	for _, headers := range append(foreign, []string{"Origin", friend}) {
		for _, path := range append(paths, "/healthz") {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
				got := ask(t, method, alone+path, append(headers, "Access-Control-Request-Method", "POST")...)
				if got.status != http.StatusForbidden || got.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s %s of %v: status %d, %v", method, path, headers, got.status, got.header)
				}
			}
		}
		if headers[1] != friend {
			if got := ask(t, http.MethodPost, url+"/v1/predict", headers...); got.status != http.StatusForbidden {
				t.Errorf("%v beside an origin that is allowed: %d", headers, got.status)
			}
		}
	}
	for _, headers := range [][]string{{"Origin", alone}, {"Sec-Fetch-Site", "same-origin", "Origin", alone}, {"Sec-Fetch-Site", "none"}, {}} {
		if got := ask(t, http.MethodPost, alone+"/v1/predict", headers...); got.status != http.StatusOK {
			t.Errorf("%v: %d, %s", headers, got.status, got.body)
		}
	}
	link := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	if got := ask(t, http.MethodGet, alone+"/", link...); got.status != http.StatusOK {
		t.Errorf("a link to the page: %d", got.status)
	}
	if got := ask(t, http.MethodGet, alone+"/v1/model", link...); got.status != http.StatusForbidden {
		t.Errorf("a link to the interface: %d", got.status)
	}

	got := ask(t, http.MethodOptions, url+"/v1/predict", "Origin", friend, "Access-Control-Request-Method", "POST", "Access-Control-Request-Private-Network", "true")
	for name, want := range map[string]string{"Access-Control-Allow-Origin": friend, "Access-Control-Allow-Methods": "GET, HEAD, POST", "Access-Control-Allow-Private-Network": "true", "Vary": "Origin"} {
		if got.header.Get(name) != want || got.status != http.StatusNoContent {
			t.Errorf("preflight: status %d, %s is %q, want %q", got.status, name, got.header.Get(name), want)
		}
	}
	r := asJSON(t, url, 4)
	r.Header.Set("Origin", friend)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	got = send(t, r)
	if err := agrees(b, want, got, 4); err != nil || got.header.Get("Access-Control-Allow-Origin") != friend {
		t.Errorf("of a friend: %v, %v", err, got.header)
	}
}

// With a token, all but the page's files and the two paths of balancers ask for it,
// and Reload reads it anew.
func TestB7_Token(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first-token\n")
	s, url := start(t, dir, serve.Options{TokenFile: file, AllowOrigins: []string{"*"}})
	for _, path := range []string{"/v1/predict", "/v1/model", "/openapi.json", "/metrics"} {
		method := http.MethodGet
		if path == "/v1/predict" {
			method = http.MethodPost
		}
		for _, header := range []string{"", "Bearer", "Bearer ", "Bearer first-toke", "Bearer first-token2", "Basic first-token", "first-token", "Bearer  FIRST-TOKEN"} {
			got := ask(t, method, url+path, "Authorization", header)
			if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") != "Bearer" || strings.Contains(string(got.body), "first") {
				t.Errorf("%s with %q: %d, %s", path, header, got.status, got.body)
			}
		}
		for _, header := range []string{"Bearer first-token", "bearer first-token"} {
			if got := ask(t, method, url+path, "Authorization", header); got.status != http.StatusOK {
				t.Errorf("%s with %q: %d, %s", path, header, got.status, got.body)
			}
		}
	}
	for _, path := range []string{"/", "/main.js", "/healthz", "/readyz"} {
		if got := ask(t, http.MethodGet, url+path); got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if got := ask(t, http.MethodOptions, url+"/v1/predict", "Origin", "https://a.example", "Access-Control-Request-Method", "POST"); got.status != http.StatusNoContent {
		t.Errorf("a browser's question, which cannot have the token: %d", got.status)
	}
	reload := func(text, header string, works bool) {
		t.Helper()
		write(text)
		if err := s.Reload(context.Background()); (err == nil) != works {
			t.Errorf("reload of %q: %v", text, err)
		}
		if got := ask(t, http.MethodGet, url+"/v1/model", "Authorization", header); got.status != http.StatusOK {
			t.Errorf("after a reload of %q: %d", text, got.status)
		}
	}
	reload("second", "Bearer second", true)
	reload("", "Bearer second", false)
	for _, text := range []string{"", " \n", "a b", "a\nb", "é", strings.Repeat("x", 5000)} {
		write(text)
		_, err := serve.New(context.Background(), serve.Options{TokenFile: file, Load: func(context.Context) (*infer.Model, error) { return nil, errors.New("loaded") }})
		var unusable *serve.TokenError
		if !errors.As(err, &unusable) || unusable.ExitCode() != 2 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Options that mean nothing are refused before a model is loaded.
func TestGateOptions(t *testing.T) {
	for _, o := range []serve.Options{
		{Hosts: []string{""}}, {Hosts: []string{"*"}}, {Hosts: []string{"http://a/"}}, {AllowOrigins: []string{""}}, {AllowOrigins: []string{"a.example"}},
		{AllowOrigins: []string{"ftp://a.example"}}, {AllowOrigins: []string{"https://a.example/path"}}, {Memory: 1000},
	} {
		o.Load = func(context.Context) (*infer.Model, error) { return nil, errors.New("loaded") }
		_, err := serve.New(context.Background(), o)
		var wrong *serve.OptionError
		if !errors.As(err, &wrong) || wrong.ExitCode() != 2 || strings.Contains(fmt.Sprint(err), "loaded") {
			t.Errorf("%q %q %d: %v", o.Hosts, o.AllowOrigins, o.Memory, err)
		}
	}
}
