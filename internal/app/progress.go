package app

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// plainEvery is how often a line of progress is written where there is no
// terminal to draw a bar on.
const plainEvery = 5 * time.Second

// progress shows how far a piece of work of known size is: a bar on a
// terminal, a plain line every few seconds elsewhere.
type progress struct {
	out   io.Writer
	bar   *progressbar.ProgressBar // nil: plain lines
	label string
	unit  string
	total int
	done  int
	note  string
	begun time.Time
	shown time.Time
}

// isTerminal reports whether w is a terminal to draw on.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func newProgress(out io.Writer, label, unit string, total int) *progress {
	p := &progress{out: out, label: label, unit: unit, total: total, begun: time.Now(), shown: time.Now()}
	if isTerminal(out) {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(label),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetWidth(24), progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true),
		)
	}
	return p
}

// set shows that done of the total are done.
func (p *progress) set(done int, note string) {
	p.done, p.note = done, note
	if p.bar != nil {
		if note != "" {
			p.bar.Describe(p.label + "  " + note)
		}
		// A bar that cannot be drawn is no reason to stop: it shows nothing else.
		_ = p.bar.Set(done)
		return
	}
	if time.Since(p.shown) >= plainEvery && done < p.total {
		p.shown = time.Now()
		p.line()
	}
}

func (p *progress) line() {
	spent := time.Since(p.begun).Seconds()
	rate := float64(p.done) / spent
	left := time.Duration(float64(p.total-p.done)/rate) * time.Second
	note := p.note
	if note != "" {
		note = "  " + note
	}
	fmt.Fprintf(p.out, "%s%s  %d/%d  %.0f %s/s  %v left\n", p.label, note, p.done, p.total, rate, p.unit, left)
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
