package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/chiasm-ml/chiasm/config"
)

// hostile is a name that a terminal would obey, and turn round.
const hostile = "a\x1b[31mb\u202ec\u009bd\x07"

// Whatever a name holds, of a column, a label, a file, a key, a flag, a terminal is not
// given it as it stands.
func TestB8_NothingATerminalObeys(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	table := hostile + ",y\n"
	for i := range 40 {
		table += strings.Repeat("1", 1+i%7) + "," + []string{hostile, "v"}[i%2] + "\n"
	}
	write("t.csv", table)
	write(hostile+".csv", "x\n\"\n")
	write("bad.yaml", "name: x\n\"ev\\e[31mil\\x07\": 1\n")
	run := func(args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		Command{Name: "chiasm", Registry: config.Builtin(), Out: &out, Err: &errs}.Run(context.Background(), args...)
		for name, text := range map[string]string{"output": out.String(), "errors": errs.String()} {
			if i := strings.IndexFunc(text, func(r rune) bool {
				return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
			}); i >= 0 {
				t.Errorf("%q: %s: %q", args, name, text[max(0, i-40):min(len(text), i+40)])
			}
		}
		if out.Len()+errs.Len() == 0 {
			t.Errorf("%q says nothing", args)
		}
	}
	run("init", "--data", "t.csv", "--target", "y", "--output", "c.yaml")
	run("train", "--config", "c.yaml", "--set", "training.epochs=1", "--output", "run")
	run("inspect", "--model", "run")
	run("inspect", "--model", "run", "--json")
	run("evaluate", "--model", "run", "--data", "t.csv")
	run("predict", "--model", "run", "--data", "t.csv", "--output", filepath.Join(hostile, "out.csv"))
	run("train", "--config", "bad.yaml")
	run("init", "--data", hostile+".csv", "--target", "y")
	run("init", "--data", "t.csv", "--target", hostile)
	for _, args := range [][]string{
		{"train", "--config"}, {"verify"}, {"inspect", "--model"}, {"evaluate", "--model", "run", "--data"}, {"predict", "--model", "run", "--output", "o.csv", "--data"},
		{"explain", "--model", "run", "--data", "t.csv", "--label"}, {"export", "--output", "e", "--format", "onnx", "--model"}, {"serve", "--model"},
		{"serve", "--model", "run", "--listen"}, {"serve", "--model", "run", "--token-file"}, {"serve", "--model", "run", "--host", "/", "--allow-origin"}, {"compare", "--config"}, {},
	} {
		run(append(args, hostile)...)
	}
}

// What is cut within a character is put together, and a line of progress stays one.
func TestShown(t *testing.T) {
	var b bytes.Buffer
	s := &shown{to: &b}
	for _, part := range []string{"é\xe2\x82", "\xac\x80", "\r50 %\a\x1b[K", "\rx", "\n"} {
		if n, err := s.Write([]byte(part)); n != len(part) || err != nil {
			t.Error(n, err)
		}
	}
	if want := `é€\x80` + "\r50 %\\x07\x1b[K" + `\x0dx` + "\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

// Nothing that a command runs prints around it.
func TestB8_NothingPrintsAround(t *testing.T) {
	around := regexp.MustCompile(`os\.Std(out|err)\b|\bfmt\.Print(ln|f)?\(|\blog\.(Print|Fatal|Panic)|\bprintln\(`)
	for _, folder := range []string{"internal/app", "../serve", "../infer", "../bundle", "../config", "../data", "../trainer", "../model", "../internal/report", "../export", "../explain", "../internal/compare", "../checkpoints"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if found := around.Find(text); found != nil && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s has %s: write to the streams of the command", file, found)
			}
		}
	}
}
