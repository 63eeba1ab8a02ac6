package property_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/property"
)

// planted are properties that do not hold, with what must be found: the simplest input.
var planted = map[string]struct {
	property func(t *property.T)
	says     string
}{
	"a number is below 1000": {func(t *property.T) {
		if n := property.IntRange(0, 1<<40).Draw(t, "n"); n >= 1000 {
			t.Errorf("%d is not", n)
		}
	}, "n: 1000\n"},
	"no three numbers descend": {func(t *property.T) {
		xs := property.SliceOfN(property.IntRange(0, 100), 0, 30).Draw(t, "xs")
		for i := 2; i < len(xs); i++ {
			if xs[i-2] > xs[i-1] && xs[i-1] > xs[i] {
				t.Fatal("they do")
			}
		}
	}, "xs: []int{2, 1, 0}\nthey do"},
	"no text has a quote": {func(t *property.T) {
		if strings.Contains(property.String().Draw(t, "text"), `"`) {
			t.Fatal("it has")
		}
	}, `text: "\""`},
	"a panic": {func(t *property.T) {
		if property.Bool().Draw(t, "really") {
			panic("so it is")
		}
	}, "panic: so it is"},
	"what is skipped": {func(t *property.T) { t.Skip() }, "are not what the property speaks of"},
	"what no filter passes": {func(t *property.T) {
		property.Bool().Filter(func(bool) bool { return false }).Draw(t, "never")
	}, "are not what the property speaks of"},
}

// TestPlanted runs this test again as a program, for each property that must fail.
func TestPlanted(t *testing.T) {
	if name := os.Getenv("CHIASM_TEST_PLANTED"); name != "" {
		property.Check(t, planted[name].property)
		return
	}
	for name, c := range planted {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestPlanted$")
			cmd.Env = append(os.Environ(), "CHIASM_TEST_PLANTED="+name, "CHIASM_PROPERTY_SEED=1")
			out, err := cmd.CombinedOutput()
			plain := strings.ReplaceAll(string(out), "\n        ", "\n")
			if err == nil || !strings.Contains(plain, c.says) {
				t.Errorf("%v: %s\nwant %q", err, out, c.says)
			}
		})
	}
}

// What is drawn keeps to its bounds, meets them, and is of every size between.
func TestDraws(t *testing.T) {
	var sizes [6]int
	ends := map[float64]bool{}
	empty, full := false, false
	property.Check(t, func(t *property.T) {
		for range 30 {
			n := property.IntRange(-5, 1000000).Draw(t, "n")
			if n < -5 || n > 1000000 {
				t.Fatalf("%d is outside", n)
			}
			sizes[len(fmt.Sprint(max(n, -n)))%6]++
			v := property.Float64Range(-0.5, 3).Draw(t, "v")
			if !(v >= -0.5 && v <= 3) {
				t.Fatalf("%v is outside", v)
			}
			ends[v] = true
			if w := property.Float32().Draw(t, "w"); math.IsNaN(float64(w)) || math.IsInf(float64(w), 0) {
				t.Fatalf("%v is not finite", w)
			}
			s := property.StringN(0, 4).Draw(t, "s")
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 4 {
				t.Fatalf("%q", s)
			}
			empty, full = empty || s == "", full || utf8.RuneCountInString(s) == 4
		}
		property.Int64().Draw(t, "any")
		ks := property.SliceOfNDistinct(property.IntRange(0, 3), 2, 4, func(k int) int { return k % 4 }).Draw(t, "keys")
		if slices.Sort(ks); len(slices.Compact(ks)) != len(ks) || len(ks) < 2 {
			t.Fatalf("%v", ks)
		}
		p := property.Permutation([]int{0, 1, 2}).Draw(t, "order")
		if slices.Sort(p); !slices.Equal(p, []int{0, 1, 2}) {
			t.Fatalf("%v", p)
		}
	})
	if slices.Contains(sizes[:], 0) {
		t.Errorf("numbers of digits: %v", sizes)
	}
	if !ends[-0.5] || !ends[0] || !ends[3] || !empty || !full {
		t.Errorf("an end is never drawn: %t %t %t, %t %t", ends[-0.5], ends[0], ends[3], empty, full)
	}
}

// The same test draws the same again; another seed draws others.
func TestSeeds(t *testing.T) {
	draw := func() (all []uint64) {
		property.Check(t, func(t *property.T) { all = append(all, property.Uint64().Draw(t, "n")) })
		return all
	}
	a := draw()
	if b := draw(); !slices.Equal(a, b) {
		t.Error("a second time, others are drawn")
	}
	t.Setenv("CHIASM_PROPERTY_SEED", "2")
	if b := draw(); slices.Equal(a, b) {
		t.Error("another seed draws the same")
	}
	t.Setenv("CHIASM_PROPERTY_RUNS", "200")
	if b := draw(); len(b) != 2*len(a) {
		t.Errorf("%d runs", len(b))
	}
}

// Bytes are choices.
func TestMakeFuzz(t *testing.T) {
	var got []byte
	f := property.MakeFuzz(func(t *property.T) {
		got = property.SliceOfN(property.Byte(), 3, 3).Draw(t, "bytes")
	})
	f(t, []byte{7, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0, 0, 0, 0, 5})
	if !slices.Equal(got, []byte{7, 9, 0}) {
		t.Errorf("%v", got)
	}
}
