package difference_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

func Example() {
	type point struct {
		Name string
		At   []float64
	}
	want := map[string]point{"a": {"first", []float64{0, 1}}, "b": {"second", []float64{2}}}
	got := map[string]point{"a": {"first", []float64{0, 1.5}}}
	fmt.Println(difference.Of(want, got))
	// Output:
	// ["a"].At[1]: 1.5, want 1
	// ["b"]: it is missing, want {Name:second At:[2]}
}

type node struct {
	Value  any
	Next   *node
	hidden int
}

func TestDifferences(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	nan := math.NaN()
	closer := difference.Close(func(want, got float64) bool { return math.Abs(want-got) < 0.1 })
	type number float32
	for i, c := range []struct {
		diff string
		says string // nothing, if there is no difference
	}{
		{difference.Of(1, 1), ""},
		{difference.Of(1, 2), "it: 2, want 1"},
		{difference.Of("a", "b"), `it: "b", want "a"`},
		{difference.Of([]int{1, 2, 3}, []int{1, 3}), "it: 2 elements, want 3; from [1] on they are []int{}, want []int{2}"},
		{difference.Of([]int(nil), []int{}), "want []int(nil)"},
		{difference.Of([]int(nil), []int{}, difference.EmptyIsNil), ""},
		{difference.Of(map[string]int(nil), map[string]int{}), "want map[string]int(nil)"},
		{difference.Of(map[string]int{}, map[string]int{"a": 1}), `["a"]: 1, want none`},
		{difference.Of(node{Value: 1, hidden: 1}, node{Value: 1, hidden: 2}), "hidden: 2, want 1"},
		{difference.Of(node{Value: 1, hidden: 1}, node{Value: 1, hidden: 2}, difference.Exported), ""},
		{difference.Of(node{Value: 1}, node{Value: 1.}), "Value: a float64, want a int"},
		{difference.Of(node{Value: 1}, node{}), "Value: "},
		{difference.Of(&node{Next: &node{Value: "x"}}, &node{Next: &node{Value: "y"}}), `Next.Value: "y", want "x"`},
		{difference.Of(&node{}, nil), "want &{"},
		{difference.Of(nan, nan), "it: NaN, want NaN"},
		{difference.Of(nan, nan, difference.Bits), ""},
		{difference.Of(float32(0), float32(math.Copysign(0, -1))), ""},
		{difference.Of(float32(0), float32(math.Copysign(0, -1)), difference.Bits), "it: -0, want 0"},
		{difference.Of([]number{1, 2}, []number{1.05, 2.2}, closer), "[1]: 2.2, want 2"},
		{difference.Of(noon, noon.In(time.FixedZone("", 3600))), ""}, // by its Equal
		{difference.Of(noon, noon.Add(1)), "it: "},
		{difference.Of([2]bool{true, false}, [2]bool{true, true}), "[1]: true, want false"},
		{difference.Of("a\nb \nc\n", "a\nb\nc\n"), "from line 2 on\n\twant \"b \\n\"\n\t got \"b\\n\""},
		{difference.Of("a\n", "a\nb"), "from line 2 on\n\twant \"\"\n\t got \"b\""},
	} {
		if (c.diff == "") != (c.says == "") || !strings.Contains(c.diff, c.says) {
			t.Errorf("case %d: %q, want %q", i, c.diff, c.says)
		}
	}
}

func TestManyAreCounted(t *testing.T) {
	d := difference.Of(make([]int, 100), func() []int {
		x := make([]int, 100)
		for i := range x {
			x[i] = 1
		}
		return x
	}())
	if lines := strings.Split(d, "\n"); len(lines) != 11 || lines[10] != "and 90 more" {
		t.Errorf("%s", d)
	}
	if d := difference.Of("", strings.Repeat("x", 1<<20)); len(d) > 2000 {
		t.Errorf("%d bytes", len(d))
	}
	if difference.None(1, 2) || !difference.None(1, 1) {
		t.Error("None is wrong")
	}
}
