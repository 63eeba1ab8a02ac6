package serve_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// Whatever arrives is answered, and never by an internal fault.
func FuzzRequest(f *testing.F) {
	dir, _, _ := trained(f, sample.Default().YAML())
	s, _ := start(f, dir, serve.Options{MaxBody: 1 << 16})
	for i, m := range malformedRequests(f) {
		if i%5 == 0 {
			f.Add(m.kind, []byte(m.body))
		}
	}
	for i := range 4 {
		for _, r := range []*http.Request{asJSON(f, "http://x", i, i+1), asForm(f, "http://x", i)} {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(r.Header.Get("Content-Type"), body)
		}
	}
	h := s.Handler()
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		if strings.ContainsAny(kind, "\r\n\x00") {
			return
		}
		r := httptest.NewRequest("POST", "/v1/predict", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%q %q gets %d: %s", kind, body, w.Code, w.Body)
		}
	})
}
