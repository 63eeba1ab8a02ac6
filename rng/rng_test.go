package rng_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

func Example() {
	k := rng.New(1).Name("encoders.text.dropout").Int(120) // seed, path, step
	again := rng.New(1).Name("encoders.text.dropout").Int(120)
	fmt.Println(k.Uint64(0) == again.Uint64(0), k.Uint64(0) == k.Uint64(1))
	// Output: true false
}

func TestMoments(t *testing.T) {
	const n = 1 << 18
	k := rng.New(7).Name("moments")
	var u, u2, z, z2 float64
	for i := range n {
		f, g := k.Float64(i), k.Normal(i)
		if f < 0 || f >= 1 {
			t.Fatalf("Float64(%d) = %v is outside [0, 1)", i, f)
		}
		u, u2, z, z2 = u+f, u2+f*f, z+g, z2+g*g
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"uniform mean", u / n, 0.5}, {"uniform second moment", u2 / n, 1.0 / 3},
		{"normal mean", z / n, 0}, {"normal second moment", z2 / n, 1},
	} {
		if math.Abs(c.got-c.want) > 0.01 {
			t.Errorf("%s: %.4f, want %.4f", c.name, c.got, c.want)
		}
	}
}

func TestStreamsDiffer(t *testing.T) {
	root := rng.New(1)
	seen := map[uint64]string{}
	add := func(name string, k rng.Key) {
		for i := range 100 {
			v := k.Uint64(i)
			if old, ok := seen[v]; ok {
				t.Fatalf("%s and %s share the number %x", old, name, v)
			}
			seen[v] = fmt.Sprint(name, i)
		}
	}
	add("root", root)
	for i := range 50 {
		add(fmt.Sprint("int", i), root.Int(i))
		add(fmt.Sprint("name", i), root.Name(fmt.Sprint(i)))
		add(fmt.Sprint("seed", i+2), rng.New(uint64(i+2)))
	}
}

func TestPerm(t *testing.T) {
	p := rng.New(3).Perm(1000)
	if slices.IsSorted(p) {
		t.Error("Perm(1000) changed nothing")
	}
	s := slices.Clone(p)
	slices.Sort(s)
	for i, v := range s {
		if i != v {
			t.Fatalf("Perm is not a permutation at %d: %d", i, v)
		}
	}
	if !slices.Equal(p, rng.New(3).Perm(1000)) {
		t.Error("the same key gave two permutations")
	}
}
