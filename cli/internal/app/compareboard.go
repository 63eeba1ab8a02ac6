package app

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chiasm-ml/chiasm/trainer"
)

// board shows how far a comparison and each of its runs are: a line a run that
// ends, and one for those under way, in place on a terminal, and every few
// seconds elsewhere.
type board struct {
	out    io.Writer
	warned *warnings
	metric string
	total  int // runs in all
	jobs   int
	inline bool

	mu      sync.Mutex
	running []*underWay
	waiting []*task
	ended   int
	times   map[*contender][]time.Duration // of runs made
	shown   time.Time
	drawn   bool // a line that is to be overwritten
}

// underWay is a run that has begun.
type underWay struct {
	task  *task
	begun time.Time
	note  string
}

// redraw is how often the line is drawn on a terminal.
const redraw = 200 * time.Millisecond

func newBoard(out io.Writer, warned *warnings, metric string, total, jobs int) *board {
	return &board{out: out, warned: warned, metric: metric, total: total, jobs: jobs, inline: isTerminal(out), shown: time.Now(), times: map[*contender][]time.Duration{}}
}

// left says which runs wait; the others of the total are there or to come.
func (b *board) left(waiting []*task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.Clone(waiting)
}

func (b *board) begin(t *task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(o *task) bool { return o == t })
	b.running = append(b.running, &underWay{task: t, begun: time.Now(), note: "begins"})
}

func (b *board) step(t *task, s trainer.Step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.running {
		if u.task == t {
			u.note = fmt.Sprintf("epoch %d/%d, loss %.4f", s.Epoch, t.of.config.Training.Epochs, s.Mean)
		}
	}
	every := plainEvery
	if b.inline {
		every = redraw
	}
	if time.Since(b.shown) >= every {
		b.shown = time.Now()
		b.draw()
	}
}

// draw shows the runs under way.
func (b *board) draw() {
	var parts []string
	for _, u := range b.running {
		parts = append(parts, fmt.Sprintf("%v: %s", u.task, u.note))
	}
	line := fmt.Sprintf("[%d/%d] %s%s", b.ended, b.total, strings.Join(parts, " | "), b.eta())
	if b.inline {
		b.clear()
		fmt.Fprint(b.out, line)
		b.drawn = true
		return
	}
	fmt.Fprintln(b.out, line)
}

// clear takes the line in place away.
func (b *board) clear() {
	if b.drawn {
		fmt.Fprint(b.out, "\r\x1b[K")
		b.drawn = false
	}
}

func (b *board) done(t *task, r *runRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(t)
	b.add(t, r)
	b.clear()
	v, _ := r.Validation.Get(b.metric)
	fmt.Fprintf(b.out, "[%d/%d] %v: %s %s on validation, %.1f s%s\n", b.ended, b.total, t, b.metric, number(v), float64(r.Seconds), b.eta())
}

// there counts a run that was made before.
func (b *board) there(t *task, r *runRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(t, r)
}

func (b *board) add(t *task, r *runRecord) {
	b.ended++
	b.times[t.of] = append(b.times[t.of], time.Duration(float64(r.Seconds)*float64(time.Second)))
}

// stop ends a run that was not completed.
func (b *board) stop(t *task, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(t)
	if why != "" {
		b.clear()
		fmt.Fprintf(b.out, "%v: %s\n", t, why)
	}
}

func (b *board) remove(t *task) {
	b.running = slices.DeleteFunc(b.running, func(u *underWay) bool { return u.task == t })
}

func (b *board) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

// warn passes a warning on, once, above the line.
func (b *board) warn(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	b.warned.tell(line)
}

// expected is how long a run of a contender takes: as long as those before it;
// 0 while there is none.
func (b *board) expected(k *contender) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.estimate(k)
}

func (b *board) estimate(k *contender) time.Duration {
	var sum time.Duration
	for _, d := range b.times[k] {
		sum += d
	}
	return sum / time.Duration(max(1, len(b.times[k])))
}

// eta says how long the runs take that wait or are under way, if anything is
// known of each.
func (b *board) eta() string {
	var left time.Duration
	add := func(k *contender, since time.Duration) bool {
		e := b.estimate(k)
		left += max(0, e-since)
		return e > 0
	}
	known := b.ended+len(b.running)+len(b.waiting) >= b.total // none to come that is not planned yet
	for _, t := range b.waiting {
		known = add(t.of, 0) && known
	}
	for _, u := range b.running {
		known = add(u.task.of, time.Since(u.begun)) && known
	}
	if !known || left == 0 {
		return ""
	}
	return fmt.Sprintf("; about %v left", (left / time.Duration(max(1, b.jobs))).Round(time.Second))
}

// warningLines passes on the lines of a run that are warnings; what else a run
// says of itself the board says for all.
type warningLines struct{ board *board }

func (w *warningLines) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "warning: "); ok {
			w.board.warn(text)
		}
	}
	return len(p), nil
}
