package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// memorySteps is the number of training steps before the peak is read.
const memorySteps = 5

// memory compares the peak resident memory of training, each in a separate process, including
// libraries: what a machine must have.
func (b *bench) memory(ctx context.Context) error {
	for _, r := range references {
		for _, name := range []string{eager, compiled} {
			if !b.wanted(r.name, "memory") || !slices.Contains(b.options.peers, name) {
				continue
			}
			mine, err := ownPeak(ctx, r.name)
			if err != nil {
				return err
			}
			theirs, err := b.peerPeak(r, name)
			if err != nil {
				return err
			}
			ratio := float64(theirs) / float64(mine)
			rows := []row{{Case: r.name, Kind: "memory", Threads: 1, Peer: name, Ratio: ratio, Low: ratio, High: ratio, OurBytes: mine, Bytes: theirs}}
			b.rows = append(b.rows, rows...)
			if err := writeTable(b.log, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) peerPeak(r reference, name string) (peak int, err error) {
	p, err := startPeer(b.python, filepath.Join(b.scripts, "peer.py"), name, b.clock, 1)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	c, _, err := p.prepare(map[string]any{"case": r.name, "kind": "train", "batch": r.batch})
	if err != nil {
		return 0, err
	}
	if _, err := c.run(memorySteps); err != nil {
		return 0, err
	}
	answer, err := p.ask(map[string]any{"do": "peak"})
	if err != nil {
		return 0, err
	}
	return answer.PeakBytes, nil
}

// ownPeak trains in a new process of this program and returns its peak.
func ownPeak(ctx context.Context, name string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self, "--measure-memory", name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("measuring the memory of %s: %w", name, err)
	}
	var r reply
	err = json.Unmarshal(out, &r)
	return r.PeakBytes, err
}

// measureMemory runs in that process.
func measureMemory(name string) error {
	r, err := findReference(name)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	step, _, err := trainingStep(r)
	if err != nil {
		return err
	}
	for range memorySteps {
		if err := step(); err != nil {
			return err
		}
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(reply{PeakBytes: peak})
}

// peakMemory is the peak resident memory of this process. getrusage's value would start with that
// of the parent process.
func peakMemory() (int, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")))
			return n * 1024, err
		}
	}
	return 0, errors.New("/proc/self/status has no VmHWM")
}
