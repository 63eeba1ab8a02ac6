package app

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/internal/auto"
	"github.com/chiasm-ml/chiasm/metrics"
)

// autoBoard shows how far a search is: a line a candidate that ends, and one for those under way,
// with a bar of the time, in place on a terminal, and every few seconds elsewhere.
type autoBoard struct {
	out    io.Writer
	warned *warnings
	of     *auto.Search
	bar    *progress
	notes  []candidateNote // under way
	best   string
	value  float64
	ended  int
	shown  time.Time
}

type candidateNote struct{ name, note string }

func newAutoBoard(out io.Writer, warned *warnings, of *auto.Search) *autoBoard {
	b := &autoBoard{out: out, warned: warned, of: of, shown: time.Now()}
	b.bar = newProgress(out, "auto", "s", max(1, int(of.Limit.Seconds())))
	return b
}

// tell takes in what happened; the search calls it from one goroutine at a time.
func (b *autoBoard) tell(e auto.Event) {
	at := slices.IndexFunc(b.notes, func(n candidateNote) bool { return n.name == e.Name })
	switch e.What {
	case auto.Begun:
		b.notes = append(b.notes, candidateNote{e.Name, "begins"})
	case auto.Stepped:
		if at >= 0 {
			b.notes[at].note = fmt.Sprintf("epoch %d/%d", e.Step.Epoch, e.Epochs)
		}
	default:
		if at >= 0 {
			b.notes = slices.Delete(b.notes, at, at+1)
		}
		b.end()
		b.say(e)
	}
	b.draw()
}

// say writes a line about a candidate that is no longer under way.
func (b *autoBoard) say(e auto.Event) {
	switch e.What {
	case auto.Done, auto.There:
		v, _ := e.Record.Validation.Get(b.of.Metric)
		if b.ended++; b.best == "" || metrics.Better(b.of.Metric, v, b.value) {
			b.best, b.value = e.Name, v
		}
		how := fmt.Sprintf("%.1f s", float64(e.Record.Seconds))
		if e.What == auto.There {
			how = "trained before"
		}
		if !e.Record.Ended {
			how += fmt.Sprintf(", ended early after epoch %d of %d", e.Record.Epochs, e.Epochs)
		}
		fmt.Fprintf(b.out, "%s: %s %s on validation, %s\n", e.Name, b.of.Metric, number(v), how)
	case auto.Failed:
		fmt.Fprintf(b.out, "%s: skipped: %s\n", e.Name, e.Why)
	case auto.Stopped:
		fmt.Fprintf(b.out, "%s: stopped before its first epoch ended; the same command goes on with it\n", e.Name)
	case auto.Left:
		fmt.Fprintf(b.out, "%s: not begun, as %s\n", e.Name, e.Why)
	}
}

// draw shows the time and what is under way.
func (b *autoBoard) draw() {
	every := plainEvery
	if b.bar.terminal != nil {
		every = redraw
	}
	if time.Since(b.shown) < every || len(b.notes) == 0 {
		return
	}
	b.shown = time.Now()
	gone := b.of.Clock.Now().Sub(b.of.Begun)
	b.bar.done = int(gone.Seconds())
	clock := fmt.Sprintf("%v of %v", gone.Round(time.Second), b.of.Limit)
	var parts []string
	for _, n := range b.notes {
		parts = append(parts, n.name+" "+n.note)
	}
	best := ""
	if b.best != "" {
		best = fmt.Sprintf("best of %d: %s %s", b.ended, b.best, number(b.value))
	}
	if b.bar.terminal == nil {
		fmt.Fprintln(b.out, strings.Join(slices.DeleteFunc([]string{clock, best, strings.Join(parts, " | ")}, func(s string) bool { return s == "" }), "  "))
		return
	}
	line := fitting(widthOf(b.bar.terminal)-1, "  ", piece{clock, 0}, piece{b.bar.bar(), 2}, piece{best, 1}, piece{strings.Join(parts, " | "), 3})
	_, _ = fmt.Fprintf(b.out, "\r%s\x1b[K", line) // a line that cannot be drawn is no reason to stop
}

// end takes the line away.
func (b *autoBoard) end() { b.bar.end() }
