// Package pumps makes up a table to try custom modules on: readings of pumps,
// of which neither the vibration nor the type of pump alone tells whether one is
// sound.
package pumps

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// Readings is the number of readings in a series.
const Readings = 32

// Table makes a table of n pumps. A piston pump is sound when it swings slowly,
// a gear pump when it swings fast; each kind and each swing is as frequent as
// the other, so that one without the other says nothing.
func Table(n int, seed uint64) (*data.Table, error) {
	r := rand.New(rand.NewPCG(seed, 0))
	var vibration, kind, age, state []string
	for range n {
		gear, fast := r.IntN(2) == 1, r.IntN(2) == 1
		vibration = append(vibration, swing(r, fast))
		kind = append(kind, choose(gear, "gear", "piston"))
		age = append(age, fmt.Sprintf("%.1f", 1+19*r.Float64()))
		state = append(state, choose(gear == fast, "sound", "worn"))
	}
	return data.NewTable("pumps", data.Strings("vibration", vibration...), data.Strings("kind", kind...),
		data.Strings("age", age...), data.Strings("state", state...))
}

func choose(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// swing is a noisy series with a period of about 10 readings, or of 5.
func swing(r *rand.Rand, fast bool) string {
	period := 9 + 2*r.Float64()
	if fast {
		period /= 2
	}
	phase := 2 * math.Pi * r.Float64()
	words := make([]string, Readings)
	for i := range words {
		v := 3 + math.Sin(2*math.Pi*float64(i)/period+phase) + 0.3*r.NormFloat64()
		words[i] = fmt.Sprintf("%.2f", v)
	}
	return strings.Join(words, " ")
}

// CSV writes a table as data.csv holds it. No cell needs quotes.
func CSV(t *data.Table) []byte {
	var b strings.Builder
	var line []string
	for _, c := range t.Columns {
		line = append(line, c.Name)
	}
	b.WriteString(strings.Join(line, ",") + "\n")
	for row := range t.Len() {
		line = line[:0]
		for _, c := range t.Columns {
			line = append(line, c.Cell(row).Text)
		}
		b.WriteString(strings.Join(line, ",") + "\n")
	}
	return []byte(b.String())
}
