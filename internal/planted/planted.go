package planted

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Kind is a way in which two inputs interact.
type Kind struct {
	Name string
	// About states what the answer depends on.
	About string
	// Inputs are the names of the two inputs, Columns the columns of each, and Categories the
	// number of their distinct values; 0: numbers.
	Inputs     [2]string
	Columns    [2][]string
	Categories [2]int
	// Output is the type of the answer in configs, Labels the number of distinct answers; 0 for a
	// number.
	Output string
	Labels int
	// row draws the two inputs and the answer.
	row func(key rng.Key) (inputs [2][]float64, answer float64)
}

// Kinds lists all of them, the simplest first.
func Kinds() []Kind {
	return []Kind{
		numbers("redundant", "either input suffices", 2, redundant),
		numbers("unique", "only the left input tells anything", 2, unique),
		numbers("additive", "the sign of the sum of a number of each; one input alone is right in three of four rows", 2, additive),
		numbers("xor", "whether the signs of two numbers differ; one input alone is no better than a guess, nor is any sum of both", 2, xor),
		numbers("product", "the product of a number of each", 0, product),
		grounded(),
	}
}

// Find returns the kind called name.
func Find(name string) (Kind, error) {
	var names []string
	for _, k := range Kinds() {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("unknown kind of planted data %q; known are %s", name, strings.Join(names, ", "))
}

// width is the number of values in a numeric input. Values that do not determine the answer are
// noise.
const width = 4

func numbers(name, about string, labels int, row func(rng.Key) ([2][]float64, float64)) Kind {
	k := Kind{Name: name, About: about, Inputs: [2]string{"left", "right"}, Output: "multiclass", Labels: labels, row: row}
	if labels == 0 {
		k.Output = "regression"
	}
	for i, input := range k.Inputs {
		for j := range width {
			k.Columns[i] = append(k.Columns[i], input+strconv.Itoa(j))
		}
	}
	return k
}

// noise draws width numbers from the normal distribution.
func noise(key rng.Key) []float64 {
	x := make([]float64, width)
	for i := range x {
		x[i] = key.Normal(i)
	}
	return x
}

// sign returns -1 or 1.
func sign(bit int) float64 { return float64(2*bit - 1) }

// redundant shifts all numbers of both inputs to the side of the answer, with means four standard
// deviations apart in each input.
func redundant(key rng.Key) ([2][]float64, float64) {
	bit := key.IntN(0, 2)
	var in [2][]float64
	for i := range in {
		in[i] = noise(key.Int(i))
		for j := range in[i] {
			in[i][j] += 2 * sign(bit)
		}
	}
	return in, float64(bit)
}

func unique(key rng.Key) ([2][]float64, float64) {
	in := [2][]float64{noise(key.Int(0)), noise(key.Int(1))}
	bit := key.IntN(0, 2)
	in[0][0] = planted(key, 0, bit)
	return in, float64(bit)
}

// planted draws a number with the sign of a bit, at least a half away from 0.
func planted(key rng.Key, i, bit int) float64 {
	return sign(bit) * (0.5 + math.Abs(key.Name("planted").Normal(i)))
}

func additive(key rng.Key) ([2][]float64, float64) {
	in := [2][]float64{noise(key.Int(0)), noise(key.Int(1))}
	if in[0][0]+in[1][0] > 0 {
		return in, 1
	}
	return in, 0
}

func xor(key rng.Key) ([2][]float64, float64) {
	in := [2][]float64{noise(key.Int(0)), noise(key.Int(1))}
	a, b := key.IntN(0, 2), key.IntN(1, 2)
	in[0][0], in[1][0] = planted(key, 0, a), planted(key, 1, b)
	return in, float64(a ^ b)
}

func product(key rng.Key) ([2][]float64, float64) {
	in := [2][]float64{noise(key.Int(0)), noise(key.Int(1))}
	return in, in[0][0] * in[1][0]
}

// Sizes of grounded scenes: positions, and the number of things that may be at each.
const (
	places = 8
	things = 4
)

// grounded asks for the thing at one position of a scene: the question is the position, and the
// scene has a thing at each.
func grounded() Kind {
	k := Kind{
		Name: "grounded", About: "a question names the place of a scene that holds the answer",
		Inputs: [2]string{"question", "scene"}, Columns: [2][]string{{"asked"}, nil},
		Categories: [2]int{places, things}, Output: "multiclass", Labels: things,
	}
	for i := range places {
		k.Columns[1] = append(k.Columns[1], "place"+strconv.Itoa(i))
	}
	k.row = func(key rng.Key) ([2][]float64, float64) {
		place, scene := key.IntN(0, places), make([]float64, places)
		for i := range scene {
			scene[i] = float64(key.IntN(1+i, things))
		}
		return [2][]float64{{float64(place)}, scene}, scene[place]
	}
	return k
}

// Columns that all tables have: the answer, and the row's split.
const (
	Answer = "answer"
	Split  = "split"
)

// Options configure the size of a table.
type Options struct {
	Rows int
	Seed uint64
	// Missing is the share of empty cells in each input. No row lacks both.
	Missing float64
}

// Header returns the column names of a table.
func (k Kind) Header() []string {
	return append(append(append([]string{}, k.Columns[0]...), k.Columns[1]...), Answer, Split)
}

// Cells returns the rows of a table without the header. Seven out of ten are for training, one for
// validation, two for testing.
func (k Kind) Cells(o Options) [][]string {
	rows := make([][]string, o.Rows)
	for i := range rows {
		key := rng.New(o.Seed).Name(k.Name).Int(i)
		in, answer := k.row(key)
		empty := k.empty(key.Name("missing"), o.Missing)
		for side, x := range in {
			for _, v := range x {
				switch {
				case side == empty:
					rows[i] = append(rows[i], "")
				case k.Categories[side] > 0:
					rows[i] = append(rows[i], "v"+strconv.Itoa(int(v)))
				default:
					rows[i] = append(rows[i], strconv.FormatFloat(v, 'g', 5, 64))
				}
			}
		}
		text := "v" + strconv.Itoa(int(answer))
		if k.Labels == 0 {
			text = strconv.FormatFloat(answer, 'g', 5, 64)
		}
		rows[i] = append(rows[i], text, []string{"train", "train", "train", "validation", "train", "train", "test", "train", "train", "test"}[i%10])
	}
	return rows
}

// empty is the input that a row lacks, or -1.
func (k Kind) empty(key rng.Key, rate float64) int {
	switch u := key.Float64(0); {
	case u < rate:
		return 0
	case u < 2*rate:
		return 1
	}
	return -1
}

// Table returns a table in memory.
func (k Kind) Table(o Options) *data.Table {
	header := k.Header()
	cells := make([][]string, len(header))
	for _, row := range k.Cells(o) {
		for j, cell := range row {
			cells[j] = append(cells[j], cell)
		}
	}
	var columns []*data.Column
	for j, name := range header {
		columns = append(columns, data.Strings(name, cells[j]...))
	}
	t, err := data.NewTable(k.Name+".csv", columns...)
	if err != nil {
		panic(err) // columns have equal lengths and distinct names
	}
	return t
}

// CSV returns a table as a file.
func (k Kind) CSV(o Options) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{k.Header()}, k.Cells(o)...)); err != nil {
		panic(err) // writes to memory
	}
	return b.Bytes()
}

// YAML returns the part of a config that depends on the kind: the named input, or both, with an
// encoder in flow style, and the output.
func (k Kind) YAML(encoder, only string) string {
	var b strings.Builder
	b.WriteString("inputs:\n")
	for i, name := range k.Inputs {
		if only != "" && name != only {
			continue
		}
		what := "numeric"
		if k.Categories[i] > 0 {
			what = "categorical"
		}
		fmt.Fprintf(&b, "  %s: {type: tabular, %s: [%s], missing: mask, encoder: %s}\n", name, what, strings.Join(k.Columns[i], ", "), encoder)
	}
	fmt.Fprintf(&b, "output: {type: %s, column: %s}\n", k.Output, Answer)
	return b.String()
}
