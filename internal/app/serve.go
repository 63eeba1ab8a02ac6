package app

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/serve"
)

// ServeOptions are the flags of serve.
type ServeOptions struct {
	Model    string // a run folder, its model/, or a checkpoint
	Listen   string // an address, as 127.0.0.1:8080
	Limits   serve.Options
	Registry *config.Registry // of what the model's config names; nil: config.Inference()
	// Strict makes an error of a cell that is not used as it stands.
	Strict bool
	// Reload asks, at each value, for the model to be loaded anew.
	Reload <-chan struct{}
}

// Serve answers over HTTP until ctx ends, and then finishes what it accepted.
// Its error is then that of ctx.
func Serve(ctx context.Context, o ServeOptions, s Streams) error {
	warn := warnTo(s)
	limits := o.Limits
	limits.Log = func(line string) { fmt.Fprintln(s.Err, line) }
	limits.Load = func(ctx context.Context) (*infer.Model, error) {
		return infer.Load(ctx, o.Model, infer.Options{Registry: o.Registry, Parallel: limits.Workers, Strict: o.Strict, Warn: warn})
	}
	limits.Explainer = newRowExplainer
	server, err := serve.New(ctx, limits)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	go reloads(running, server, o.Reload, s)
	if err := server.ListenAndServe(ctx, o.Listen); err != nil {
		return err
	}
	return ctx.Err()
}

// reloads loads the model anew whenever it is asked to.
func reloads(ctx context.Context, server *serve.Server, asked <-chan struct{}, s Streams) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
		}
		if err := server.Reload(ctx); err != nil {
			warnTo(s)(fmt.Errorf("the model stays as it was: %w", err))
		} else {
			fmt.Fprintln(s.Err, "the model was loaded anew")
		}
	}
}
