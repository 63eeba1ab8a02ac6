package serve

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/infer"
)

// An endpoint answers one method of one path; its error becomes the answer.
type endpoint func(w http.ResponseWriter, r *http.Request) error

// routes are the paths and their methods. Of all others the page may have a file.
func (s *Server) routes() map[string]map[string]endpoint {
	routes := map[string]map[string]endpoint{
		"/v1/predict":   {http.MethodPost: s.predict},
		"/v1/model":     {http.MethodGet: s.documented},
		"/healthz":      {http.MethodGet: s.healthy},
		"/readyz":       {http.MethodGet: s.ready},
		"/metrics":      {http.MethodGet: s.measured},
		"/openapi.json": {http.MethodGet: s.documented},
	}
	if s.options.Explainer != nil {
		routes["/v1/explain"] = map[string]endpoint{http.MethodPost: s.explain}
	}
	return routes
}

// Handler is all that the server answers.
func (s *Server) Handler() http.Handler {
	routes := s.routes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods, ok := routes[r.URL.Path]
		if no, why := s.gate.check(r, !ok); no != nil {
			s.metrics.reject(why)
			if no.status == http.StatusUnauthorized {
				s.gate.share(w, r) // so that a page may read why
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			writeError(w, no)
			return
		}
		if s.gate.share(w, r) {
			return
		}
		if !ok {
			s.file(w, r)
			return
		}
		began := time.Now()
		s.metrics.begin()
		t := &told{ResponseWriter: w, conn: connOf(r.Context())}
		t.conn.is(asks)
		defer func() { s.metrics.end(r.URL.Path, t.status, time.Since(began)) }()
		defer s.recover(t)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if err := s.call(methods, t, r); err != nil {
			if t.status != 0 {
				panic(http.ErrAbortHandler) // an answer that was begun must not seem whole
			}
			s.refuse(t, r, err)
		}
	})
}

// call finds the endpoint of the method. HEAD is GET without its body.
func (s *Server) call(methods map[string]endpoint, w http.ResponseWriter, r *http.Request) error {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	e, ok := methods[method]
	if !ok {
		return notAllowed(w, r, slices.Collect(maps.Keys(methods))...)
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.options.Timeout)
	defer cancel()
	return e(w, r.WithContext(ctx))
}

// notAllowed is the refusal of a method that a path does not take, with those
// that it does.
func notAllowed(w http.ResponseWriter, r *http.Request, allowed ...string) *refusal {
	if slices.Contains(allowed, http.MethodGet) && !slices.Contains(allowed, http.MethodHead) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return refused(http.StatusMethodNotAllowed, "%s takes %s, not %s", r.URL.Path, strings.Join(allowed, " and "), shownMethod(r.Method))
}

// shownMethod is a method for a message: clients may send any word.
func shownMethod(m string) string {
	const longest = 20
	if len(m) > longest {
		return "this method"
	}
	return m
}

// recover turns a panic into an answer, and logs it: the next request is served.
func (s *Server) recover(t *told) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.options.Logger.Error("internal fault", "panic", p)
	if t.status == 0 {
		writeError(t, refused(http.StatusInternalServerError, "internal fault"))
	}
}

// file answers with a file of the page.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	info, err := fs.Stat(s.options.Page, name)
	switch {
	case err != nil || info.IsDir():
		writeError(w, refused(http.StatusNotFound, "there is no %s", clip(r.URL.Path)))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		writeError(w, notAllowed(w, r, http.MethodGet))
	default:
		s.page(w, r)
	}
}

// told knows the status that was sent.
type told struct {
	http.ResponseWriter
	conn   *conn
	status int
}

func (t *told) begins(status int) {
	if t.status == 0 {
		t.status = status
		t.conn.is(answers)
	}
}

func (t *told) WriteHeader(status int) {
	t.begins(status)
	t.ResponseWriter.WriteHeader(status)
}

func (t *told) Write(b []byte) (int, error) {
	t.begins(http.StatusOK)
	return t.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (t *told) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// healthy says that the process answers.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, map[string]string{"status": "ok"})
}

// ready says that new requests are welcome.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) error {
	if s.stopped.Load() {
		return unavailable("the server is stopping")
	}
	return writeJSON(w, map[string]string{"status": "ready"})
}

// measured shows the metrics.
func (s *Server) measured(w http.ResponseWriter, r *http.Request) error {
	s.metrics.page.ServeHTTP(w, r)
	return nil
}

// withRows calls f with the model and the rows of a request that was admitted.
func (s *Server) withRows(w http.ResponseWriter, r *http.Request, p *places, f func(g *generation, c *claim, asked request) error) error {
	g, err := s.enter()
	if err != nil {
		return err
	}
	defer g.leave()
	c := s.budget.claim()
	defer c.release()
	body, err := s.read(w, r, c)
	if err != nil {
		return err
	}
	connOf(r.Context()).is(works)
	if err := c.admit(false); err != nil {
		return err
	}
	asked, err := s.parse(r.Context(), g, r, body, c)
	c.give(int64(cap(body))) // which the values do not share
	if err != nil {
		return err
	}
	if len(asked.rows) > fewRows {
		if err := c.admit(true); err != nil {
			return err
		}
	}
	leave, err := s.admit(r.Context(), p) // now that large ones have left places to small ones
	if err != nil {
		return err
	}
	defer leave()
	return f(g, c, asked)
}

// fewRows are as many as a small request may have.
const fewRows = 64

// predict answers rows.
func (s *Server) predict(w http.ResponseWriter, r *http.Request) error {
	return s.withRows(w, r, s.predicts, func(g *generation, c *claim, asked request) error {
		predictions, told, err := func() ([]infer.Prediction, []rowError, error) {
			s.priority.begin()
			defer s.priority.end()
			return g.batcher.predict(r.Context(), c, asked)
		}()
		if err != nil {
			return err
		}
		s.metrics.predicted(answered(predictions))
		s.metrics.cells(predictions)
		return g.writePredictions(&stream{ctx: r.Context(), w: w, claim: c}, predictions, told, asked.each())
	})
}

func timedOut(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
