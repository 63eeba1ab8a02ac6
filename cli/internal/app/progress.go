package app

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const (
	// plainEvery is how often a line of progress is written where there is no
	// terminal to draw on.
	plainEvery = 5 * time.Second
	// drawnEvery is how often a terminal's line is drawn anew.
	drawnEvery = 100 * time.Millisecond
)

// progress shows how far a piece of work of known size is: a line that is drawn
// again and again on a terminal, a plain line every few seconds elsewhere.
type progress struct {
	out      io.Writer
	terminal descriptor // nil: plain lines
	drawn    *progressbar.ProgressBar
	label    string
	unit     string
	total    int
	done     int
	note     string
	begun    time.Time
	shown    time.Time
}

// A descriptor has a number, as a file does, and what stands before one.
type descriptor interface {
	io.Writer
	Fd() uintptr
}

// terminalOf is the terminal that w writes to; nil if it is none.
func terminalOf(w io.Writer) descriptor {
	if f, ok := w.(descriptor); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// isTerminal reports whether w is a terminal to draw on.
func isTerminal(w io.Writer) bool { return terminalOf(w) != nil }

// widthOf is how many columns a line may have where w writes: as many as it
// likes, unless it is a terminal that tells its width.
func widthOf(w io.Writer) int {
	if f := terminalOf(w); f != nil {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 1 << 20
}

func newProgress(out io.Writer, label, unit string, total int) *progress {
	p := &progress{out: out, terminal: terminalOf(out), label: label, unit: unit, total: total, begun: time.Now(), shown: time.Now()}
	if p.terminal != nil {
		// The library draws the bar alone: of a whole line it does not know the width
		// of a terminal other than standard output.
		width := 24
		if widthOf(p.terminal) < 80 {
			width = 10
		}
		p.drawn = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(io.Discard), progressbar.OptionSetWidth(width), progressbar.OptionSetRenderBlankState(true), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}),
		)
		p.draw()
	}
	return p
}

// set shows that done of the total are done.
func (p *progress) set(done int, note string) {
	p.done, p.note = done, note
	every := plainEvery
	if p.terminal != nil {
		every = drawnEvery
	}
	if time.Since(p.shown) < every || done >= p.total {
		return
	}
	p.shown = time.Now()
	if p.terminal != nil {
		p.draw()
		return
	}
	fmt.Fprintln(p.out, strings.Join([]string{p.heading(), p.counted(), p.speed(), p.left()}, "  "))
}

// draw writes the line over the one before. It ends before the last column,
// after which terminals differ in where they go on.
func (p *progress) draw() {
	columns := widthOf(p.terminal) - 1
	line := fitting(columns, "  ",
		piece{p.heading(), 0}, piece{p.bar(), 1}, piece{p.counted(), 2}, piece{p.speed(), 4}, piece{p.left(), 3})
	// A line that cannot be drawn is no reason to stop: it shows nothing else.
	_, _ = fmt.Fprintf(p.out, "\r%s\x1b[K", line)
}

// end takes the line away.
func (p *progress) end() {
	if p.terminal != nil {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func (p *progress) heading() string {
	if p.note == "" {
		return p.label
	}
	return p.label + "  " + p.note
}

func (p *progress) counted() string { return fmt.Sprintf("%d/%d", p.done, p.total) }

func (p *progress) rate() float64 { return float64(p.done) / time.Since(p.begun).Seconds() }

func (p *progress) speed() string { return fmt.Sprintf("%.0f %s/s", p.rate(), p.unit) }

func (p *progress) left() string {
	if p.done == 0 {
		return ""
	}
	return fmt.Sprint(time.Duration(float64(p.total-p.done)/p.rate())*time.Second, " left")
}

// bar is the share that is done, drawn.
func (p *progress) bar() string {
	if err := p.drawn.Set(min(p.done, p.total)); err != nil {
		return "" // the numbers beside it say the same
	}
	return strings.TrimSpace(p.drawn.String())
}

// A piece is a part of a line. Where not all fit, those of the highest rank are
// left out first, and one of rank 0 is cut.
type piece struct {
	text string
	rank int
}

// fitting joins pieces to a line of at most so many columns.
func fitting(columns int, between string, pieces ...piece) string {
	for rank := 1 << 10; ; rank = highest(pieces, rank) - 1 {
		var kept []string
		for _, p := range pieces {
			if p.rank <= rank && p.text != "" {
				kept = append(kept, p.text)
			}
		}
		line := strings.Join(kept, between)
		if n := len([]rune(line)); n <= columns {
			return line
		}
		if rank <= 0 {
			return string([]rune(line)[:max(columns, 0)])
		}
	}
}

// highest is the highest rank up to most, 0 if there is none.
func highest(pieces []piece, most int) int {
	rank := 0
	for _, p := range pieces {
		if p.rank <= most {
			rank = max(rank, p.rank)
		}
	}
	return rank
}
