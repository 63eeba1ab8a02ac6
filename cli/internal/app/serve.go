package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/serve"
)

// ServeOptions are the flags of serve.
type ServeOptions struct {
	Model  string // a run folder, its model/, or a checkpoint
	Listen string // an address, as 127.0.0.1:8080
	Limits serve.Options
	// LogFormat is how lines of the log are written: "text" (which "" is) or "json".
	LogFormat string
	Registry  *config.Registry // of what the model's config names; nil: config.Inference()
	// Thresholds, if any, in place of the model's own, as in SourceOptions.
	Thresholds []string
	// Strict makes an error of a cell that is not used as it stands.
	Strict bool
	// Reload asks, at each value, for the model to be loaded anew.
	Reload <-chan struct{}
}

// Serve answers over HTTP until ctx ends, and then finishes what it accepted.
// Its error is then that of ctx.
func Serve(ctx context.Context, o ServeOptions, s Streams) error {
	log, err := newLogger(o.LogFormat, s.Err)
	if err != nil {
		return err
	}
	limits := o.Limits
	limits.Logger = log
	limits.Load = func(ctx context.Context) (*infer.Model, error) {
		return o.load(ctx, limits.Workers, func(err error) { log.Warn(err.Error()) })
	}
	limits.Explainer = newRowExplainer
	without := heapInUse()
	server, err := serve.New(ctx, limits)
	if err != nil {
		return err
	}
	limitHeap(without + server.Memory())
	running, stop := context.WithCancel(ctx)
	defer stop()
	go reloads(running, server, o.Reload, log)
	if err := server.ListenAndServe(ctx, o.Listen); err != nil {
		return err
	}
	return ctx.Err()
}

// newLogger writes a line of text or JSON for each thing that happens.
func newLogger(format string, to io.Writer) (*slog.Logger, error) {
	switch format {
	case "", "text":
		return slog.New(slog.NewTextHandler(to, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, nil)), nil
	}
	return nil, &UsageError{fmt.Sprintf("--log-format is %q, want text or json", format)}
}

// heapInUse is what the program takes now.
func heapInUse() int64 {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int64(now.HeapInuse + now.StackInuse)
}

// limitHeap lets garbage be collected before it and what is used are more than so many
// bytes. Who set GOMEMLIMIT keeps it.
func limitHeap(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
}

// reloads loads the model anew whenever it is asked to.
func reloads(ctx context.Context, server *serve.Server, asked <-chan struct{}, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
		}
		if err := server.Reload(ctx); err != nil {
			log.Warn("the model stays as it was", "error", err)
		} else {
			log.Info("the model was loaded anew")
		}
	}
}

// load reads the model, which decides by the flag's thresholds.
func (o ServeOptions) load(ctx context.Context, workers int, warn func(error)) (*infer.Model, error) {
	registry := o.Registry
	if registry == nil {
		registry = config.Inference()
	}
	b, err := bundle.Load(ctx, o.Model, bundle.Options{Registry: registry, Warn: warn})
	if err != nil {
		return nil, err
	}
	if err := setThresholds(b, o.Thresholds); err != nil {
		return nil, err
	}
	return infer.New(b, infer.Options{Parallel: workers, Strict: o.Strict})
}
