// Package property holds functions to properties, for tests: it draws inputs at random,
// and where a property fails, it looks for a simpler input that fails too and shows that.
//
//	property.Check(t, func(t *property.T) {
//		n := property.IntRange(0, 100).Draw(t, "n")
//		if back := decode(encode(n)); back != n {
//			t.Errorf("%d comes back as %d", n, back)
//		}
//	})
//
// What is drawn depends on the name of the test and on the seed alone, so a test that
// passes passes again. CHIASM_PROPERTY_SEED gives other inputs (.ci/run takes a new seed
// each time), and CHIASM_PROPERTY_RUNS more or fewer than 100; with -short there are 20.
package property

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

// Check holds a property to inputs that it draws.
func Check(t *testing.T, property func(t *T)) {
	t.Helper()
	runs := setting("CHIASM_PROPERTY_RUNS", 100)
	if testing.Short() {
		runs = max(1, runs/5)
	}
	seed := setting("CHIASM_PROPERTY_SEED", 1)
	key := rng.New(uint64(seed)).Name(t.Name())
	left := 0
	for i := 0; i < runs; {
		c := attempt(t, property, drawing(key.Int(i+left)))
		switch {
		case c.failed:
			c = simplest(t, property, c)
			t.Fatalf("seed %d, input %d, made simpler:\n%s", seed, i+left, c.account())
		case !c.left:
			i++
		default:
			if left++; left > 10*runs {
				t.Fatalf("of %d inputs, %d are not what the property speaks of", i+left, left)
			}
		}
	}
}

// MakeCheck is Check as a subtest.
func MakeCheck(property func(t *T)) func(*testing.T) {
	return func(t *testing.T) { t.Helper(); Check(t, property) }
}

// MakeFuzz is the property for (*testing.F).Fuzz, which then makes the choices.
func MakeFuzz(property func(t *T)) func(*testing.T, []byte) {
	return func(t *testing.T, b []byte) {
		t.Helper()
		var choices []uint64
		for ; len(b) >= 8; b = b[8:] {
			choices = append(choices, binary.LittleEndian.Uint64(b))
		}
		switch c := attempt(t, property, replaying(choices)); {
		case c.failed:
			t.Fatal(c.account())
		case c.left:
			t.SkipNow()
		}
	}
}

func setting(name string, otherwise int) int {
	if v, err := strconv.Atoi(os.Getenv(name)); err == nil && v > 0 {
		return v
	}
	return otherwise
}

// A T is one input to a property, as it is drawn, and what becomes of it. It ends a
// function as testing.T does. What is not about failing, such as TempDir, is the test's.
type T struct {
	testing.TB
	source   *source
	failed   bool
	messages []string
	drawn    []string
}

// ended is what a property panics with to end.
type ended struct{ left bool }

func (t *T) Error(args ...any) { t.Log(args...); t.Fail() }

func (t *T) Errorf(format string, args ...any) { t.Logf(format, args...); t.Fail() }

func (t *T) Fatal(args ...any) { t.Log(args...); t.FailNow() }

func (t *T) Fatalf(format string, args ...any) { t.Logf(format, args...); t.FailNow() }

func (t *T) Fail() { t.failed = true }

func (t *T) FailNow() { t.Fail(); panic(ended{}) }

func (t *T) Failed() bool { return t.failed }

// Log keeps a message, which is shown if the property fails.
func (t *T) Log(args ...any) {
	t.messages = append(t.messages, strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
}

func (t *T) Logf(format string, args ...any) {
	t.messages = append(t.messages, fmt.Sprintf(format, args...))
}

func (t *T) Skip(args ...any) { t.Log(args...); t.SkipNow() }

func (t *T) Skipf(format string, args ...any) { t.Logf(format, args...); t.SkipNow() }

// SkipNow leaves an input out that the property does not speak of.
func (t *T) SkipNow() { panic(ended{left: true}) }

// A trial is what came of an input.
type trial struct {
	*T
	left bool // the property does not speak of it
}

func (c trial) account() string {
	return strings.Join(append(append([]string{}, c.drawn...), c.messages...), "\n")
}

// attempt runs the property on the input that a source gives.
func attempt(tb testing.TB, property func(t *T), s *source) (c trial) {
	c.T = &T{TB: tb, source: s}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case ended:
			c.left = p.left && !c.failed
			c.failed = c.failed || !p.left
		default:
			c.failed = true
			c.messages = append(c.messages, fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	property(c.T)
	return c
}
