package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A Server answers requests with a model, which Reload exchanges.
type Server struct {
	options            Options
	elastic            bool // Options.Memory may grow with the first model
	metrics            *metrics
	budget             *budget
	conns              *conns
	gate               *gate
	priority           *priority
	predicts, explains *places
	stopped            atomic.Bool

	mu        sync.RWMutex
	current   *generation
	closed    bool
	reloading sync.Mutex
	ending    sync.WaitGroup // generations before
}

// New loads the model. Close the server after use, unless Serve did.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Load == nil {
		return nil, errors.New("serve: Options.Load is missing: it gives the model, as infer.Load does")
	}
	s := &Server{options: o.withDefaults(), elastic: o.Memory == 0}
	if err := s.options.check(); err != nil {
		return nil, err
	}
	var err error
	if s.gate, err = newGate(s.options); err != nil {
		return nil, err
	}
	if t := s.gate.token; t != nil && t.exposed() {
		s.options.Logger.Warn("every user of this machine may read the token; chmod o-r would change that", "file", t.file)
	}
	s.priority = newPriority()
	s.predicts = &places{taken: make(chan struct{}, s.options.InFlight)}
	s.explains = &places{taken: make(chan struct{}, s.options.Explains), patient: true}
	if s.options.Page == nil {
		s.options.Page = builtinPage()
	}
	if s.metrics, err = newMetrics(s.options, s.described, s.accounts); err != nil {
		return nil, err
	}
	g, err := s.load(ctx)
	if err != nil {
		s.metrics.leave()
		return nil, err
	}
	s.elastic = false
	s.divide()
	if err := s.budget.reserve(ctx, g.resident.bytes()); err != nil {
		s.metrics.leave()
		return nil, err
	}
	s.mu.Lock() // whoever gathers Options.Registerer reads it already
	s.current = g
	s.mu.Unlock()
	return s, nil
}

// divide gives a sixteenth of the memory to connections, and the rest to the model and
// to requests.
func (s *Server) divide() {
	forConns := s.options.Memory / 16
	s.budget = newBudget(s.options.Memory-forConns, runtime.GOMAXPROCS(0), s.options.InFlight)
	s.conns = newConns(s.options.Connections, forConns, func() { s.metrics.reject("connections") })
}

var errMissing = errors.New("serve: a Server is missing: New makes one")

// Close ends the server's workers, after the requests that are being answered.
func (s *Server) Close() {
	s.reloading.Lock() // no generation comes after this
	defer s.reloading.Unlock()
	s.stopped.Store(true)
	s.mu.Lock() // and nobody enters
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first && s.current != nil {
		s.current.end()
		s.metrics.leave()
	}
	s.ending.Wait()
}

// ListenError is an address that cannot be listened at.
type ListenError struct{ Err error }

func (e *ListenError) Error() string { return fmt.Sprint(e.Err, "; choose another --listen") }

// Unwrap is the cause.
func (e *ListenError) Unwrap() error { return e.Err }

// ExitCode is 2.
func (e *ListenError) ExitCode() int { return 2 }

// ListenAndServe is Serve at an address, as 127.0.0.1:8080; of port 0 it
// chooses one, which it logs.
func (s *Server) ListenAndServe(ctx context.Context, address string) error {
	if s.current == nil {
		return errMissing
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		s.Close()
		return &ListenError{err}
	}
	s.options.Logger.Info("listening on http://" + l.Addr().String())
	return s.Serve(ctx, l)
}

// Bounds of what a connection may take; a body has Options.Timeout.
const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
)

// Serve answers until ctx ends, then finishes what was accepted, within
// Options.Timeout and five seconds, and closes the listener and the server: large
// requests and explanations that still wait for a core are told that it stops. Its
// error is not nil where that took longer, or the listener failed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if s.current == nil {
		return errMissing
	}
	if l == nil {
		return errors.New("serve: the listener is missing")
	}
	h := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: min(headerTimeout, s.options.Timeout), ReadTimeout: s.options.Timeout, IdleTimeout: idleTimeout,
		WriteTimeout: 2*s.options.Timeout + headerTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelWarn),
	}
	follow(h)
	defer s.Close()
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(bounded{l, s.conns}) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.stopped.Store(true)
	s.budget.stop()
	s.options.Logger.Info("finishing what was accepted")
	finish, cancel := context.WithTimeout(context.Background(), s.options.Timeout+headerTimeout) // those who time out are told so
	defer cancel()
	if err := h.Shutdown(finish); err != nil {
		h.Close()
		return fmt.Errorf("requests that took longer than %v were given up on: %w", s.options.Timeout, err)
	}
	return nil
}
