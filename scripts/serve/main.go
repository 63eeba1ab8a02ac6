// Command load measures chiasm serve beside a FastAPI and ONNX Runtime service of
// the same model, in turns on the same cores, from the same clients:
//
//	go build -o /tmp/chiasm ./cmd/chiasm
//	/tmp/chiasm export --model runs/clipart --format onnx --output /tmp/onnx
//	go -C scripts/serve run . --chiasm /tmp/chiasm --model $PWD/runs/clipart \
//		--exported /tmp/onnx --table $PWD/examples/clipart/data.csv --python python3
//
// It prints a line a turn, and ratios of the medians over rounds. The clients run
// on these cores too, which takes more of them where more is answered.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

var (
	chiasm   = flag.String("chiasm", "chiasm", "the chiasm program")
	model    = flag.String("model", "", "a run folder")
	exported = flag.String("exported", "", "the folder that chiasm export wrote of it")
	table    = flag.String("table", "", "a table of rows, with image files beside it in a column `image`")
	python   = flag.String("python", "python3", "a Python with what peer.py needs")
	workers  = flag.Int("workers", 2, "processes of the peer")
	clients  = flag.Int("clients", 32, "requests under way at a time")
	seconds  = flag.Float64("seconds", 5, "of a turn")
	rounds   = flag.Int("rounds", 5, "turns of each")
	most     = flag.Int("rows", 400, "different rows that are asked")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// service is one of the two, and what was measured of it.
type service struct {
	name, url string
	command   *exec.Cmd
	rates     []float64 // answers a second
	p50, p99  []float64 // milliseconds
	cpu       []float64 // milliseconds of processor time an answer
}

func run() error {
	columns, err := columnsOf()
	if err != nil {
		return err
	}
	bodies, err := requests(columns)
	if err != nil {
		return err
	}
	peer := exec.Command(*python, "-m", "uvicorn", "peer:app", "--port", "8101", "--workers", strconv.Itoa(*workers), "--log-level", "warning", "--no-access-log")
	peer.Env = append(os.Environ(), "EXPORTED="+*exported, "THREADS="+strconv.Itoa(max(1, 2 / *workers)))
	services := []*service{
		{name: "chiasm", url: "http://127.0.0.1:8100", command: exec.Command(*chiasm, "serve", "--model", *model, "--listen", "127.0.0.1:8100")},
		{name: "fastapi", url: "http://127.0.0.1:8101", command: peer},
	}
	for _, s := range services {
		s.command.Stderr = os.Stderr
		if err := s.command.Start(); err != nil {
			return err
		}
		defer s.end()
		if err := s.wait(); err != nil {
			return err
		}
	}
	if err := agree(services, bodies); err != nil {
		return err
	}
	for round := range *rounds + 1 { // the first warms up
		for _, s := range services {
			if err := s.turn(bodies, round > 0); err != nil {
				return err
			}
		}
	}
	a, b := services[0], services[1]
	fmt.Printf("throughput %.2f × (median of %d rounds), p50 %.2f ×, p99 %.2f ×, processor time an answer %.2f × of the peer's\n",
		median(a.rates)/median(b.rates), *rounds, median(a.p50)/median(b.p50), median(a.p99)/median(b.p99), median(a.cpu)/median(b.cpu))
	return nil
}

func (s *service) end() {
	s.command.Process.Signal(os.Interrupt)
	s.command.Wait() // ended by a signal
}

// wait waits until the service answers.
func (s *service) wait() error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got, err := http.Get(s.url + "/healthz"); err == nil {
			got.Body.Close()
			return nil
		}
	}
	return fmt.Errorf("%s does not answer", s.name)
}

// turn asks for some seconds, and notes what was measured.
func (s *service) turn(bodies [][]byte, note bool) error {
	var mu sync.Mutex
	var times []float64
	var failed atomic.Value
	var next atomic.Int64
	begun, before := time.Now(), cpuSeconds(s.command.Process.Pid)
	end := begun.Add(time.Duration(*seconds * float64(time.Second)))
	var wg sync.WaitGroup
	for range *clients {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			var own []float64
			for time.Now().Before(end) {
				asked := time.Now()
				if _, err := ask(client, s.url, bodies[int(next.Add(1))%len(bodies)]); err != nil {
					failed.Store(err)
					return
				}
				own = append(own, time.Since(asked).Seconds()*1000)
			}
			mu.Lock()
			times = append(times, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	took := time.Since(begun).Seconds()
	if err, ok := failed.Load().(error); ok {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if !note {
		return nil
	}
	cpu := 1000 * (cpuSeconds(s.command.Process.Pid) - before) / float64(len(times))
	slices.Sort(times)
	at := func(q float64) float64 { return times[int(q*float64(len(times)-1))] }
	s.rates, s.p50, s.p99 = append(s.rates, float64(len(times))/took), append(s.p50, at(.5)), append(s.p99, at(.99))
	s.cpu = append(s.cpu, cpu)
	fmt.Printf("%-8s %7.0f answers a second, p50 %6.1f ms, p99 %6.1f ms, %5.2f ms of processor time each\n", s.name, float64(len(times))/took, at(.5), at(.99), cpu)
	return nil
}

func ask(client *http.Client, url string, body []byte) ([]byte, error) {
	got, err := client.Post(url+"/v1/predict", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", got.StatusCode, b)
	}
	return b, err
}

// agree checks that both say the same, as far as their decoders do.
func agree(services []*service, bodies [][]byte) error {
	const most = 0.02 // decoders of lossy images differ
	worst := 0.0
	for _, body := range bodies {
		var said [2]struct {
			Predictions []struct{ Probabilities map[string]float64 }
		}
		for i, s := range services {
			b, err := ask(http.DefaultClient, s.url, body)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if err := json.Unmarshal(b, &said[i]); err != nil {
				return err
			}
		}
		for label, p := range said[0].Predictions[0].Probabilities {
			worst = max(worst, math.Abs(p-said[1].Predictions[0].Probabilities[label]))
		}
	}
	fmt.Printf("%d rows, the largest difference of a probability is %.2g\n", len(bodies), worst)
	if worst > most {
		return fmt.Errorf("the services have different models")
	}
	return nil
}

// columnsOf are the columns that the exported model reads, by whether they are images.
func columnsOf() (map[string]bool, error) {
	b, err := os.ReadFile(filepath.Join(*exported, "preprocessing.json"))
	if err != nil {
		return nil, err
	}
	var about struct {
		Inputs []struct {
			Kind    string
			Columns []string
		}
	}
	columns := map[string]bool{}
	err = json.Unmarshal(b, &about)
	for _, in := range about.Inputs {
		for _, c := range in.Columns {
			columns[c] = in.Kind == "image"
		}
	}
	return columns, err
}

// requests are bodies of one row each; every fifth lacks what may be missing in
// clip art, its figures.
func requests(columns map[string]bool) ([][]byte, error) {
	f, err := os.Open(*table)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var bodies [][]byte
	for i, record := range records[1:min(len(records), *most+1)] {
		row := map[string]any{}
		for j, name := range records[0] {
			image, reads := columns[name]
			switch {
			case !reads || record[j] == "":
			case image:
				b, err := os.ReadFile(filepath.Join(filepath.Dir(*table), record[j]))
				if err != nil {
					return nil, err
				}
				row[name] = base64.StdEncoding.EncodeToString(b)
			case i%5 != 0 || name == "title":
				row[name] = record[j]
			}
		}
		b, err := json.Marshal(map[string]any{"rows": []any{row}})
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, b)
	}
	return bodies, nil
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
