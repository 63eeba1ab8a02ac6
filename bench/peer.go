package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// peer is a Python process with one library and a fixed number of threads. Thread pools take their
// size at start, so each number of threads needs its own process.
type peer struct {
	name    string
	threads int
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// reply is what peer.py answers.
type reply struct {
	Seconds    float64 `json:"seconds"`
	Parameters int     `json:"parameters"`
	Kernels    string  `json:"kernels"`
	PeakBytes  int     `json:"peak_bytes"`
	Error      string  `json:"error"`
}

// threadVariables set the size of the thread pools of PyTorch, NumPy and their libraries.
var threadVariables = []string{"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}

func startPeer(python, script, name, clock string, threads int) (*peer, error) {
	cmd := exec.Command(python, script, name, strconv.Itoa(threads), clock)
	cmd.Env = os.Environ()
	for _, v := range threadVariables {
		cmd.Env = append(cmd.Env, v+"="+strconv.Itoa(threads))
	}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w; say where Python with the packages of bench/requirements.txt is by --python", python, err)
	}
	return &peer{name: name, threads: threads, cmd: cmd, in: in, out: bufio.NewReader(out)}, nil
}

// ask sends a request and reads its reply, a line of JSON each.
func (p *peer) ask(request any) (*reply, error) {
	b, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("%s at %d threads ended: %w", p.name, p.threads, err)
	}
	var r reply
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, fmt.Errorf("%s: %w in %q", p.name, err, line)
	}
	if r.Error != "" {
		return nil, fmt.Errorf("%s at %d threads: %w", p.name, p.threads, errors.New(r.Error))
	}
	return &r, nil
}

// prepare creates what is to be measured, and a contender for it.
func (p *peer) prepare(what map[string]any) (*contender, *reply, error) {
	request := map[string]any{"do": "prepare"}
	for k, v := range what {
		request[k] = v
	}
	r, err := p.ask(request)
	if err != nil {
		return nil, nil, err
	}
	return &contender{peer: p.name, threads: p.threads, run: func(n int) (time.Duration, error) {
		r, err := p.ask(map[string]any{"do": "run", "n": n})
		if err != nil {
			return 0, err
		}
		return time.Duration(r.Seconds * float64(time.Second)), nil
	}}, r, nil
}

func (p *peer) stop() error {
	if err := p.in.Close(); err != nil {
		return err
	}
	return p.cmd.Wait()
}
