//go:build linux

package app

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// terminal is a pseudo-terminal of so many columns; written closes it and returns
// what was written to it.
func terminal(t *testing.T, columns int) (tty *os.File, written func() []byte) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminals: ", err)
	}
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: 24})
	}
	if err != nil {
		t.Skip("no pseudo-terminals: ", err)
	}
	read := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(master) // ends with an error when nobody has it open
		read <- b
	}()
	return tty, func() []byte {
		tty.Close()
		b := <-read
		master.Close()
		return b
	}
}

// lines plays what a terminal was sent, and returns what each of its lines held
// at most: more than its columns would have wrapped.
func lines(b []byte) (widest int, ended []string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n") {
		last := ""
		for drawn := range strings.SplitSeq(line, "\r") {
			drawn = strings.TrimSuffix(drawn, "\x1b[K")
			widest, last = max(widest, len([]rune(drawn))), drawn
		}
		ended = append(ended, last)
	}
	return widest, ended
}

// TestF33_ProgressFitsTheTerminal draws on terminals of several widths: every
// drawing stays on one line, and what matters most is on it.
func TestF33_ProgressFitsTheTerminal(t *testing.T) {
	for _, columns := range []int{20, 40, 60, 80, 120} {
		tty, written := terminal(t, columns)
		p := newProgress(tty, "epoch 12/200", "samples", 123456)
		for done := 0; done < 123456; done += 20000 {
			p.done, p.note = done, "loss 0.6931"
			p.draw()
		}
		p.end()
		widest, ended := lines(written())
		if widest >= columns || len(ended) != 1 || ended[0] != "" {
			t.Errorf("%d columns: lines of %d, and %q is left", columns, widest, ended)
		}
	}
}

// TestF33_EpochsFitTheTerminal: an epoch is one line, on terminals of any usual
// width, with the loss that the run is judged by.
func TestF33_EpochsFitTheTerminal(t *testing.T) {
	figures := metrics.Values{{Name: "loss", Value: 0.69314}, {Name: "accuracy", Value: 0.98765}, {Name: "macro_f1", Value: 0.91234}}
	e := trainer.Epoch{Epoch: 112, Train: figures, Validation: figures, SamplesPerSecond: 12345, Seconds: 123.4, Best: true}
	for _, columns := range []int{40, 60, 80, 120} {
		tty, written := terminal(t, columns)
		writeEpoch(tty, e, 200)
		_, ended := lines(written())
		if len(ended) != 2 || len(ended[0]) > columns || !strings.HasPrefix(ended[0], "epoch 112/200  ") || !strings.Contains(ended[0], "validation loss 0.6931") {
			t.Errorf("%d columns: %q", columns, ended)
		}
	}
	var whole bytes.Buffer
	writeEpoch(&whole, e, 200)
	if want := "epoch 112/200  train loss 0.6931  train accuracy 0.9877  train macro_f1 0.9123  validation loss 0.6931  validation accuracy 0.9877  validation macro_f1 0.9123  12345 samples/s  123.4 s  best so far\n"; whole.String() != want {
		t.Errorf("without a terminal: %q, want %q", whole.String(), want)
	}
}
