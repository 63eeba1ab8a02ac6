// Command fair measures what a normal client of chiasm serve waits for its predictions:
// alone, and beside clients that ask for explanations without pause, in turns about each
// other.
//
//	go build -o /tmp/chiasm ./cmd/chiasm
//	/tmp/chiasm train --config examples/clipart/train.yaml --set training.epochs=1 --output /tmp/clipart
//	go -C scripts/attack/fair run . --chiasm /tmp/chiasm --model /tmp/clipart
//
// The clients that explain are a process of their own, which does little but wait. It
// prints a line a round and, last, the medians over rounds.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	chiasm  = flag.String("chiasm", "chiasm", "the chiasm program")
	model   = flag.String("model", "", "a run folder")
	memory  = flag.String("memory", "512MiB", "of the server")
	clients = flag.Int("clients", 256, "that ask for explanations")
	rows    = flag.Int("rows", 1, "of each of their requests")
	churn   = flag.Bool("churn", false, "they make a connection for each request")
	seconds = flag.Float64("seconds", 3, "of a turn")
	rounds  = flag.Int("rounds", 9, "turns of each kind")
	pause   = flag.Duration("pause", 2*time.Millisecond, "of the normal client between two requests")
	flood   = flag.String("flood", "", "be the clients that explain, of the server at this address, until standard input ends")
)

func main() {
	flag.Parse()
	run := measure
	if *flood != "" {
		run = func() error { return explain(*flood) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// measure is the whole of it.
func measure() error {
	server, address, err := start()
	if err != nil {
		return err
	}
	defer server.Process.Signal(syscall.SIGTERM)
	row, err := plainRow(address)
	if err != nil {
		return err
	}
	ordinary := post("/v1/predict", row, 1, false)
	if _, err := turn(address, ordinary, server.Process.Pid); err != nil { // the first is slower
		return err
	}
	fmt.Println("| round | alone: p50, p99 ms | beside | ratio of p99 | explained, refused a second | server, clients: cores |\n|---|---|---|---|---|---|")
	var alone, beside, ratios []float64
	for i := range *rounds {
		a, err := turn(address, ordinary, server.Process.Pid)
		if err != nil {
			return err
		}
		b, told, err := turnBeside(address, ordinary, server.Process.Pid)
		if err != nil {
			return err
		}
		alone, beside, ratios = append(alone, a.p99), append(beside, b.p99), append(ratios, b.p99/a.p99)
		fmt.Printf("| %d | %.2f, %.2f | %.2f, %.2f | %.2f | %s | %.2f %.2f, %s |\n", i+1, a.p50, a.p99, b.p50, b.p99, b.p99/a.p99, told.answers, a.cores, b.cores, told.cores)
	}
	fmt.Printf("| median | %.2f | %.2f | %.2f | | |\n", median(alone), median(beside), median(ratios))
	return nil
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// start is a server and its address.
func start() (*exec.Cmd, string, error) {
	c := exec.Command(*chiasm, "serve", "--model", *model, "--listen", "127.0.0.1:0", "--memory", *memory)
	log, err := c.StderrPipe()
	if err != nil {
		return nil, "", err
	}
	if err := c.Start(); err != nil {
		return nil, "", err
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "listening on http://"); ok {
			address, _, _ = strings.Cut(address, `"`)
			go io.Copy(os.Stderr, log)
			return c, strings.TrimSpace(address), nil
		}
		fmt.Fprintln(os.Stderr, lines.Text())
	}
	return nil, "", fmt.Errorf("the server has ended: %v", c.Wait())
}

// waits are of one turn, in milliseconds, and what the server took meanwhile.
type waits struct{ p50, p99, cores float64 }

func turn(address string, ordinary []byte, pid int) (w waits, err error) {
	c, err := dial(address)
	if err != nil {
		return w, err
	}
	defer c.conn.Close()
	var all []float64
	began, used := time.Now(), processor(pid)
	for time.Since(began).Seconds() < *seconds {
		asked := time.Now()
		status, err := c.ask(ordinary)
		if err != nil || status != 200 {
			return w, fmt.Errorf("a prediction was answered with %d: %v", status, err)
		}
		all = append(all, float64(time.Since(asked))/1e6)
		time.Sleep(*pause)
	}
	slices.Sort(all)
	return waits{all[len(all)/2], all[len(all)*99/100], (processor(pid) - used) / time.Since(began).Seconds()}, nil
}

// told is what became of the explanations.
type told struct{ answers, cores string }

// turnBeside is a turn beside the clients that explain.
func turnBeside(address string, ordinary []byte, pid int) (w waits, t told, err error) {
	c := exec.Command(os.Args[0], "--flood", address, "--clients", fmt.Sprint(*clients), "--rows", fmt.Sprint(*rows), fmt.Sprintf("--churn=%v", *churn))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return w, t, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return w, t, err
	}
	if err := c.Start(); err != nil {
		return w, t, err
	}
	time.Sleep(500 * time.Millisecond)
	w, failed := turn(address, ordinary, pid)
	in.Close()
	text, _ := io.ReadAll(out)
	if err := c.Wait(); err != nil {
		return w, t, err
	}
	t.answers, t.cores, _ = strings.Cut(strings.TrimSpace(string(text)), ";")
	return w, t, failed
}

// explain asks for explanations until standard input ends.
func explain(address string) error {
	row, err := plainRow(address)
	if err != nil {
		return err
	}
	ask := post("/v1/explain", row, *rows, *churn)
	var explained, refused atomic.Int64
	var ended atomic.Bool
	var all sync.WaitGroup
	began, used := time.Now(), processor(os.Getpid())
	for range *clients {
		all.Go(func() {
			var c *client
			for !ended.Load() {
				var err error
				if c == nil {
					if c, err = dial(address); err != nil {
						continue
					}
				}
				status, err := c.ask(ask)
				switch {
				case err != nil:
				case status == 200:
					explained.Add(1)
				default:
					refused.Add(1)
				}
				if err != nil || *churn {
					c.conn.Close()
					c = nil
				}
			}
		})
	}
	io.Copy(io.Discard, os.Stdin)
	took := time.Since(began).Seconds()
	fmt.Printf("%.1f, %.0f;%.2f\n", float64(explained.Load())/took, float64(refused.Load())/took, (processor(os.Getpid())-used)/took)
	ended.Store(true) // their requests end with the process
	return nil
}
