package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// options are the flags.
type options struct {
	only    []string
	kinds   []string
	threads []int
	peers   []string
	python  string
	scripts string // folder of peer.py
	plan    plan
	clock   string
}

// Peers, and the measurements that each supports.
const (
	eager    = "pytorch-eager"
	compiled = "pytorch-compile"
	onnx     = "onnxruntime"
	openBLAS = "openblas"
	pillow   = "pillow"
)

var allPeers = []string{eager, compiled, onnx, openBLAS, pillow}

// bench runs cases and collects their rows.
type bench struct {
	options
	log   io.Writer
	peers map[string]*peer // running, by name and threads
	rows  []row
}

// job is one measurement.
type job struct {
	name, kind string
	step       func() (func() error, int, error) // created for each number of threads
	request    map[string]any
	peers      []string
}

// jobs lists all measurements, in the order of the tables.
func jobs() []job {
	var js []job
	for _, r := range references {
		js = append(js, job{
			name: r.name, kind: "train", peers: []string{eager, compiled},
			step:    func() (func() error, int, error) { return trainingStep(r) },
			request: map[string]any{"case": r.name, "kind": "train", "batch": r.batch},
		})
		for _, b := range []int{1, 64} {
			js = append(js, job{
				name: r.name, kind: fmt.Sprintf("infer-%d", b), peers: []string{eager, compiled, onnx},
				step:    func() (func() error, int, error) { return inference(r, b) },
				request: map[string]any{"case": r.name, "kind": "infer", "batch": b},
			})
		}
	}
	for _, g := range growths {
		js = append(js, g.jobs()...)
	}
	for _, p := range products {
		request := p.request()
		js = append(js, job{
			name: p.name(), kind: "gemm", peers: []string{openBLAS}, request: request,
			step: func() (func() error, int, error) { return p.step(), 0, nil },
		})
	}
	for _, p := range pictures {
		js = append(js, job{
			name: p.name(), kind: "load", peers: []string{pillow}, step: p.step,
			request: map[string]any{"picture": p, "size": pictureTo},
		})
	}
	for _, o := range operators {
		for _, backward := range []bool{false, true} {
			js = append(js, job{
				name: o.name, kind: operatorKind(backward), peers: []string{eager},
				step:    func() (func() error, int, error) { f, err := o.step(backward); return f, 0, err },
				request: map[string]any{"case": o.name, "kind": "operator", "backward": backward},
			})
		}
	}
	return append(js, job{
		name: "adamw 1M", kind: "update", peers: []string{eager},
		step:    func() (func() error, int, error) { f, err := adamW(); return f, 0, err },
		request: map[string]any{"case": "adamw 1M", "kind": "operator"},
	})
}

func operatorKind(backward bool) string {
	if backward {
		return "forward+backward"
	}
	return "forward"
}

// wanted reports whether --only and --kind select a job: by its name, its kind, or the first word
// of either.
func (o options) wanted(name, kind string) bool {
	first, _, _ := strings.Cut(name, " ")
	class, _, _ := strings.Cut(kind, "-")
	is := func(list []string, names ...string) bool {
		return len(list) == 0 || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(list, n) })
	}
	family := "operators"
	if kind == "gemm" || kind == "load" || kind == "growth" || slices.ContainsFunc(references, func(r reference) bool { return r.name == name }) {
		family = first
	}
	return is(o.only, name, first, family) && is(o.kinds, kind, class)
}

// run executes all selected measurements.
func (b *bench) run(ctx context.Context) error {
	for _, j := range jobs() {
		if !b.wanted(j.name, j.kind) {
			continue
		}
		if err := b.measure(ctx, j); err != nil {
			return fmt.Errorf("%s %s: %w", j.name, j.kind, err)
		}
	}
	return b.memory(ctx)
}

func (b *bench) measure(ctx context.Context, j job) error {
	var cs []*contender
	count := 0
	for _, t := range b.threads {
		step, parameters, err := j.step()
		if err != nil {
			return err
		}
		count = parameters
		cs = append(cs, local(t, clocks[b.clock], step))
	}
	for _, name := range j.peers {
		if !slices.Contains(b.options.peers, name) {
			continue
		}
		for _, t := range b.threads {
			p, err := b.peer(name, t)
			if err != nil {
				return err
			}
			c, r, err := p.prepare(j.request)
			if err != nil {
				return err
			}
			if r.Parameters != count {
				return fmt.Errorf("%s has %d parameters, ours %d: these are not the same model", name, r.Parameters, count)
			}
			cs = append(cs, c)
		}
	}
	seconds, err := measure(ctx, b.plan, cs)
	if err != nil {
		return err
	}
	rows := append(compare(j.name, j.kind, cs, seconds), scaling(j.name, j.kind, cs, seconds)...)
	if len(rows) == 0 {
		for i, c := range cs {
			rows = append(rows, newRow(j.name, j.kind, c.threads, ours, seconds[i], seconds[i]))
		}
	}
	b.rows = append(b.rows, rows...)
	return writeTable(b.log, rows)
}

// peer returns the process of a library with the given number of threads, started on first use.
func (b *bench) peer(name string, threads int) (*peer, error) {
	key := fmt.Sprintf("%s/%d", name, threads)
	if p := b.peers[key]; p != nil {
		return p, nil
	}
	p, err := startPeer(b.python, filepath.Join(b.scripts, "peer.py"), name, b.clock, threads)
	if err != nil {
		return nil, err
	}
	b.peers[key] = p
	return p, nil
}

func (b *bench) stop() {
	for _, p := range b.peers {
		if err := p.stop(); err != nil {
			fmt.Fprintf(b.log, "%s: %v\n", p.name, err)
		}
	}
}
