package serve

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chiasm-ml/chiasm/infer"
)

// An Explainer says why the model answers a row as it does. What it returns is
// written as JSON. It is called by one goroutine at a time.
type Explainer interface {
	Explain(ctx context.Context, row infer.Row) (any, error)
}

// An OutputExplainer explains a model of several outputs: one of them, the first where
// nobody names one. Answering is of the one with the name, and is asked for no other.
type OutputExplainer interface {
	Explainer
	Answering(output string) Explainer
}

// Options say what a Server does. Load must be set; the rest has defaults.
type Options struct {
	// Load loads the model, at the start and at each Reload.
	Load func(ctx context.Context) (*infer.Model, error)
	// Explainer makes what answers /v1/explain with a model; nil: there is no
	// such path. It is called for each model that was loaded.
	Explainer func(m *infer.Model) (Explainer, error)
	// Page is served at "/"; nil: the built-in page.
	Page fs.FS
	// Logger is told what happens; nil: nobody is.
	Logger *slog.Logger
	// Registerer is given the server's metrics until Close, beside the server's
	// own registry, which /metrics shows; nil: they are in that alone. Servers
	// that share one are told apart by prometheus.WrapRegistererWith.
	Registerer prometheus.Registerer

	// Hosts are names by which clients reach the server, as models.example.org, beside
	// those that follow from its address: of the loopback localhost and its addresses,
	// otherwise any address and the machine's name. Requests to any other are refused.
	Hosts []string
	// AllowOrigins are origins, as https://app.example.org, whose pages may use the
	// server from a browser; "*": any. Without them only the server's own may.
	AllowOrigins []string
	// TokenFile holds a token that clients must send (Authorization: Bearer …) for all
	// but /healthz, /readyz and the files of the page; empty: none. Reload reads it anew.
	TokenFile string

	MaxBody  int64 // bytes of a request, decompressed; 0: 16 MiB
	MaxRows  int   // of a request; 0: 1024
	Memory   int64 // bytes that all requests may take at a time; 0: a quarter of the machine's, at least 16 MiB
	InFlight int   // predictions computed or waiting for it; 0: 256
	Explains int   // explanations computed or waiting for it, which take places of their own; 0: 16
	// Connections there may be at a time, of Serve; 0: one for every MiB of Memory,
	// 16,384 at most. For one more, the one is closed that has waited the longest for
	// its client.
	Connections int
	Timeout     time.Duration // of a request, from its first byte; 0: 30 s
	BatchWait   time.Duration // the longest wait for rows of other requests; 0: 2 ms, negative: none
	MaxBatch    int           // rows of several requests computed at once; 0: 16
	Workers     int           // batches computed at a time; 0: one a core
}

// withDefaults fills in what is 0.
func (o Options) withDefaults() Options {
	set(&o.MaxBody, 16<<20)
	set(&o.MaxRows, 1024)
	set(&o.Memory, DefaultMemory())
	set(&o.InFlight, 256)
	set(&o.Explains, 16)
	set(&o.Timeout, 30*time.Second)
	set(&o.BatchWait, 2*time.Millisecond)
	set(&o.MaxBatch, 16)
	set(&o.Workers, runtime.GOMAXPROCS(0))
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// leastMemory leaves room for a few pictures.
const leastMemory = 16 << 20

// OptionError is an option that no server can have.
type OptionError struct{ Option, Message string }

func (e *OptionError) Error() string { return e.Option + ": " + e.Message }

// ExitCode is 2.
func (e *OptionError) ExitCode() int { return 2 }

func (o Options) check() error {
	if o.Memory < leastMemory {
		return &OptionError{"--memory", fmt.Sprintf("is %d bytes, expected %d (16 MiB) or more", o.Memory, leastMemory)}
	}
	return nil
}

func set[T int | int64 | time.Duration](v *T, standard T) {
	if *v == 0 {
		*v = standard
	}
}
