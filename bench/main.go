// Command bench compares this project with PyTorch, ONNX Runtime and OpenBLAS on this machine: the
// same models, operators and products, with the same number of threads, in alternation. It prints
// time ratios: medians of several rounds with the minimum and maximum; above 1, this project is
// faster.
//
//	python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r bench/requirements.txt
//	go run ./bench --python /tmp/peers/bin/python
//	go run ./bench --only R1,gemm --threads 1,2 --json bench.json
//
// Alternating keeps the machine's other load out of the ratios as far as possible; an idle machine
// gives better ones.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"github.com/chiasm-ml/chiasm/internal/simd"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := f.String("only", "", "cases: R1 … R5, gemm, operators, growth, picture, or a case's first word; by default all")
	kinds := f.String("kind", "", "train, infer, gemm, forward, memory, …; by default all")
	threads := f.String("threads", "1,2", "thread counts")
	peers := f.String("peers", strings.Join(allPeers, ","), "libraries to compare with; empty: none")
	jsonFile := f.String("json", "", "write the rows to this file")
	plotDir := f.String("plots", "", "write plots of growth to this folder")
	profile := f.String("cpuprofile", "", "write a profile of this side to this file, for go tool pprof")
	memory := f.String("measure-memory", "", "train this reference model and print the peak memory of the process")
	f.StringVar(&o.python, "python", "python3", "Python with the packages of bench/requirements.txt")
	f.StringVar(&o.scripts, "scripts", "bench", "the folder of peer.py")
	f.StringVar(&o.clock, "clock", "wall", "wall, or cpu: the time on a core, for one thread on a busy machine")
	f.IntVar(&o.plan.rounds, "rounds", 7, "rounds")
	f.DurationVar(&o.plan.span, "span", 150*time.Millisecond, "time of one contender in one round")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *memory != "" {
		return measureMemory(*memory)
	}
	o.only, o.kinds, o.peers = list(*only), list(*kinds), list(*peers)
	for _, s := range list(*threads) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return fmt.Errorf("--threads: %q is not a number of threads", s)
		}
		o.threads = append(o.threads, n)
	}
	if _, err := os.Stat(filepath.Join(o.scripts, "peer.py")); err != nil && len(o.peers) > 0 {
		return fmt.Errorf("%w; run it from the root of the repository, or say --scripts", err)
	}
	if clocks[o.clock] == nil {
		return fmt.Errorf("--clock: want wall or cpu, not %q", o.clock)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	b := &bench{options: o, log: os.Stdout, peers: map[string]*peer{}}
	defer b.stop()
	fmt.Printf("kernels: %s\n", simd.Path())
	if err := b.run(ctx); err != nil {
		return err
	}
	if *plotDir != "" {
		if err := b.plots(*plotDir); err != nil {
			return err
		}
	}
	if *jsonFile == "" {
		return nil
	}
	var out strings.Builder
	if err := writeJSON(&out, b.rows); err != nil {
		return err
	}
	return renameio.WriteFile(*jsonFile, []byte(out.String()), 0o644)
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
