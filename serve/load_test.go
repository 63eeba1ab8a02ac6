package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// Clients at the same time, with rows of any modalities, alone and several, as
// JSON and as forms, get what evaluation says.
func TestS1(t *testing.T) {
	t.Run("S1/32 clients", func(t *testing.T) { manyClients(t, 32, 8) })
}

func manyClients(t *testing.T, clients, each int) {
	dir, want, b := trained(t, sample.Default().YAML())
	s, url := start(t, dir, serve.Options{})
	var wg sync.WaitGroup
	var answered atomic.Int64
	for c := range clients {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for k := range each {
				i := (c*13 + k*7) % count
				rows, request := []int{i}, asForm(t, url, i)
				switch k % 3 {
				case 1:
					request = asJSON(t, url, i)
				case 2:
					rows = nil
					for j := range 1 + (c+k)%20 {
						rows = append(rows, (i+j)%count)
					}
					request = asJSON(t, url, rows...)
				}
				got, err := do(client, request)
				if err == nil {
					err = agrees(b, want, got, rows...)
				}
				if err != nil {
					t.Errorf("client %d, request %d: %v", c, k, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	wg.Wait()
	t.Logf("%d requests answered, all as evaluation does", answered.Load())
	if got := metric(t, s, `chiasm_requests_total{code="200",path="/v1/predict"}`); got != float64(clients*each) {
		t.Errorf("the metrics count %v requests of %d", got, clients*each)
	}
	if got := metric(t, s, "chiasm_in_flight"); got != 1 { // that for the metrics
		t.Errorf("%v requests are under way after all", got)
	}
}

// metric is one line of /metrics.
func metric(t testing.TB, s *serve.Server, name string) float64 {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(w.Body.String())
	if found == nil {
		return 0
	}
	v, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// stuck explains nothing until it is told to.
type stuck struct{ entered, release chan struct{} }

func (e stuck) Explain(ctx context.Context, _ infer.Row) (any, error) {
	select {
	case e.entered <- struct{}{}:
	default:
	}
	select {
	case <-e.release:
		return "because", nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestS2(t *testing.T) {
	t.Run("S2/overload", overload)
	t.Run("S2/too long", tooLong)
	t.Run("S2/slow clients", slowClients)
	t.Run("S2/beside slow clients", besideSlowClients)
	t.Run("S2/stop under load", stopUnderLoad)
	t.Run("S2/swapped model", swappedModel)
	t.Run("S2/growth", growth)
}

// A server that has as much to do as it may says so at once. Explanations have places
// of their own: as many as wait, predictions are answered.
func overload(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	e := stuck{make(chan struct{}, 1), make(chan struct{})}
	_, url := start(t, dir, serve.Options{InFlight: 1, Explains: 1, Explainer: func(*infer.Model) (serve.Explainer, error) { return e, nil }})
	explain := func() *http.Request {
		r := asJSON(t, url, 1)
		r.URL.Path = "/v1/explain"
		return r
	}
	held := make(chan response, 1)
	go func() {
		got, _ := do(http.DefaultClient, explain())
		held <- got
	}()
	<-e.entered
	for range 20 { // none of them waits for the request that is held
		got := send(t, explain())
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || !strings.Contains(string(got.body), `"message"`) {
			t.Fatalf("status %d, %s", got.status, got.body)
		}
		if err := agrees(b, want, send(t, asJSON(t, url, 1)), 1); err != nil {
			t.Fatal(err)
		}
	}
	close(e.release)
	if got := <-held; got.status != http.StatusOK || string(got.body) != `{"explanations":["because"]}`+"\n" {
		t.Errorf("the request before gets %d, %s", got.status, got.body)
	}
}

// What takes longer than it may is given up, with an answer.
func tooLong(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	e := stuck{make(chan struct{}, 1), make(chan struct{})}
	// On a busy machine the time may be up before the explanation has begun, which
	// is another case: then it gets more.
	for timeout := 50 * time.Millisecond; len(e.entered) == 0; timeout *= 2 {
		_, url := start(t, dir, serve.Options{Timeout: timeout, Explainer: func(*infer.Model) (serve.Explainer, error) { return e, nil }})
		r := asJSON(t, url, 1)
		r.URL.Path = "/v1/explain"
		got := send(t, r)
		if len(e.entered) == 1 && (got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "") {
			t.Errorf("status %d, %s", got.status, got.body)
		}
	}
}

// listening is a server that Serve runs, until stop.
func listening(t *testing.T, dir string, o serve.Options) (s *serve.Server, url string, stop func() error) {
	t.Helper()
	o.Load = func(ctx context.Context) (*infer.Model, error) { return infer.Load(ctx, dir, infer.Options{}) }
	s, err := serve.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	once := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { once() })
	return s, "http://" + l.Addr().String(), once
}

// dribble opens connections whose clients send a header, or a body, drop by drop
// until the connection is closed, and hands each of them on.
func dribble(t *testing.T, url string, n int, each func(net.Conn)) *sync.WaitGroup {
	var wg sync.WaitGroup
	for i := range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		begin := "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"
		if i%2 == 0 {
			begin += "\r\n{"
		}
		wg.Go(func() {
			for _, drop := range begin {
				if _, err := c.Write([]byte(string(drop))); err != nil {
					return
				}
			}
		})
		wg.Go(func() { defer c.Close(); each(c) })
	}
	return &wg
}

// hang is how long a test waits for what must come: only what never comes takes
// longer, on however busy a machine.
const hang = 5 * time.Minute

// Clients that send a header or a body drop by drop are cut off.
func slowClients(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	_, url, _ := listening(t, dir, serve.Options{Timeout: 400 * time.Millisecond, InFlight: 4})
	dribble(t, url, 24, func(c net.Conn) {
		c.SetReadDeadline(time.Now().Add(hang))
		got, err := io.ReadAll(c)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a slow client holds its connection")
		}
		if len(got) > 0 && !strings.HasPrefix(string(got), "HTTP/1.1 40") {
			t.Errorf("a slow client gets %q", got)
		}
	}).Wait()
}

// Nobody waits for slow clients, though there are more of them than requests
// are answered at a time, and none is cut off meanwhile.
func besideSlowClients(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	_, url, _ := listening(t, dir, serve.Options{Timeout: hang, InFlight: 4})
	answered := make(chan struct{})
	wg := dribble(t, url, 24, func(net.Conn) { <-answered })
	for k := range 20 {
		if err := agrees(b, want, send(t, asJSON(t, url, k)), k); err != nil {
			t.Errorf("beside slow clients: %v", err)
		}
	}
	close(answered)
	wg.Wait()
}

// Whatever began to be answered when the server is told to stop is answered.
func stopUnderLoad(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	s, url, stop := listening(t, dir, serve.Options{})
	var answered, wrong atomic.Int64
	enough := make(chan struct{})
	var wg sync.WaitGroup
	for c := range 16 {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for k := 0; ; k++ {
				i := (c + k) % count
				got, err := do(client, asJSON(t, url, i))
				if err != nil {
					return // it was not accepted
				}
				if agrees(b, want, got, i) != nil {
					wrong.Add(1)
				}
				if answered.Add(1) == 100 {
					close(enough)
				}
			}
		})
	}
	<-enough
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	wg.Wait()
	if accepted := metric(t, s, `chiasm_requests_total{code="200",path="/v1/predict"}`); float64(answered.Load()) != accepted || wrong.Load() != 0 || accepted < 100 {
		t.Errorf("%v requests were accepted, %d answered, %d of them wrongly", accepted, answered.Load(), wrong.Load())
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("a stopped server is ready: %d", w.Code)
	}
	w = httptest.NewRecorder()
	s.Handler().ServeHTTP(w, asJSON(t, url, 1))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("a stopped server answers %d: %s", w.Code, w.Body)
	}
}

// A model exchanged under load answers from then on; one that cannot be read
// changes nothing.
func swappedModel(t *testing.T) {
	dir, want, b := trained(t, sample.Default().YAML())
	other := strings.Replace(sample.Default().YAML(), "seed: 7", "seed: 8", 1)
	otherDir, otherWant, otherB := trained(t, other)
	s, url := start(t, dir, serve.Options{})
	done := make(chan struct{})
	var wg sync.WaitGroup
	for c := range 4 {
		wg.Go(func() {
			for k := c; ; k++ {
				select {
				case <-done:
					return
				default:
				}
				got, err := do(http.DefaultClient, asJSON(t, url, k%count))
				if err == nil && agrees(b, want, got, k%count) != nil {
					err = agrees(otherB, otherWant, got, k%count)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	swap := func(change func(path string) error) error {
		path := filepath.Join(dir, "model.safetensors")
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		return s.Reload(context.Background())
	}
	if err := swap(func(path string) error { return os.Truncate(path, 100) }); err == nil {
		t.Error("a damaged model is taken")
	}
	if err := agrees(b, want, send(t, asJSON(t, url, 4)), 4); err != nil {
		t.Errorf("after a reload that failed: %v", err)
	}
	err := swap(func(string) error {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		return os.CopyFS(dir, os.DirFS(otherDir))
	})
	if err != nil {
		t.Error(err)
	}
	if err := agrees(otherB, otherWant, send(t, asJSON(t, url, 4)), 4); err != nil {
		t.Errorf("after a reload: %v", err)
	}
	close(done)
	wg.Wait()
	for result, want := range map[string]float64{"ok": 1, "failed": 1} {
		if got := metric(t, s, fmt.Sprintf("chiasm_reloads_total{result=%q}", result)); got != want {
			t.Errorf("%v reloads are %s, want %v", got, result, want)
		}
	}
}

// Requests, good and bad, and reloads leave nothing behind: every model but the
// last is collected, and goroutines end.
func growth(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	var gone atomic.Int64
	s, url := start(t, dir, serve.Options{Workers: 2, Load: func(ctx context.Context) (*infer.Model, error) {
		m, err := infer.Load(ctx, dir, infer.Options{})
		if err == nil {
			runtime.AddCleanup(m, func(int) { gone.Add(1) }, 0)
		}
		return m, err
	}})
	round := func() {
		for i := range 60 {
			send(t, asForm(t, url, i%count))
			send(t, asJSON(t, url, i%count, (i+1)%count))
			send(t, post(t, url+"/v1/predict", "application/json", []byte(`{"rows":[{"picture":"AAAA"}]}`)))
		}
		if err := s.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
		http.DefaultClient.CloseIdleConnections()
	}
	// settled waits until so many models are gone and no more goroutines are
	// left than that: in the end both come, unless something holds them.
	settled := func(models int64, goroutines int) {
		t.Helper()
		for end := time.Now().Add(hang); gone.Load() < models || runtime.NumGoroutine() > goroutines; runtime.Gosched() {
			runtime.GC() // what a first collection finds, a second may set free
			if time.Now().After(end) {
				t.Fatalf("%d models are gone and %d goroutines left, want %d and %d", gone.Load(), runtime.NumGoroutine(), models, goroutines)
			}
		}
	}
	round()
	settled(1, 1<<30)
	goroutines := runtime.NumGoroutine()
	for range 4 {
		round()
	}
	settled(5, goroutines+4) // connections that are just being closed have some
}
