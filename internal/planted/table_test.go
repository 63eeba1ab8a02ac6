package planted_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/internal/planted"
)

// A column of the table is a kind of data, and how all models of it are
// trained.
type column struct {
	title, kind string
	training
}

// Encoders of 16 hold what an input of numbers says; a vector of 8 cannot hold
// what stands at 8 places, and tokens can.
const (
	wide   = "{type: mlp, hidden: [16], embedding: 8, dropout: 0}"
	narrow = "{type: mlp, hidden: [8], embedding: 8, dropout: 0}"
)

var columns = []column{
	{"redundant", "redundant", training{rows: 2000, epochs: 20, rate: 0.01, encoder: wide}},
	{"30 % missing", "redundant", training{rows: 2000, epochs: 20, rate: 0.01, encoder: wide, missing: 0.3}},
	{"unique", "unique", training{rows: 2000, epochs: 20, rate: 0.01, encoder: wide}},
	{"additive", "additive", training{rows: 2000, epochs: 20, rate: 0.01, encoder: wide}},
	{"xor", "xor", training{rows: 2000, epochs: 20, rate: 0.01, encoder: wide}},
	{"product", "product", training{rows: 2000, epochs: 20, rate: 0.01, encoder: wide}},
	{"grounded", "grounded", training{rows: 4000, epochs: 20, rate: 0.003, encoder: narrow}},
}

// fusions are the rows of the table, small, and alike in size, and order is that of
// the table.
var fusions, order = rowsOfTable()

func rowsOfTable() (fusions map[string]string, order []string) {
	fusions, order = map[string]string{}, []string{"first input alone", "second input alone"}
	for _, f := range cases.Fusions {
		fusions[f.Name], order = f.Planted, append(order, f.Name)
	}
	return fusions, order
}

// A bound is what a figure must be: at least, or at most.
type bound struct {
	column         string
	rows           []string
	least, highest float64
}

var (
	pooled = []string{"score_average", "mixture", "sum", "max", "attention_pool", "gated", "concat", "bilinear", "tensor"}
	bounds = []bound{
		{column: "xor", rows: []string{"concat", "bilinear", "tensor", "gated", "film", "cross_attention"}, least: 0.95, highest: 1},
		{column: "xor", rows: []string{"first input alone", "second input alone", "score_average"}, highest: 0.60},
		{column: "grounded", rows: []string{"cross_attention", "early", "perceiver", "bottleneck"}, least: 0.95, highest: 1},
		{column: "grounded", rows: slices.Concat(pooled, []string{"first input alone", "second input alone"}), highest: 0.75},
	}
)

// lost is how much missing inputs may cost where either input suffices.
const lost = 0.01

// measure trains one cell.
func measure(t testing.TB, row string, c column) float64 {
	t.Helper()
	k, err := planted.Find(c.kind)
	if err != nil {
		t.Fatal(err)
	}
	switch row {
	case "first input alone":
		return score(t, k, "", k.Inputs[0], c.training)
	case "second input alone":
		return score(t, k, "", k.Inputs[1], c.training)
	}
	named := strings.NewReplacer("%[1]s", k.Inputs[1], "%[2]s", k.Inputs[0])
	return score(t, k, named.Replace(fusions[row]), "", c.training)
}

func find(title string) column {
	return columns[slices.IndexFunc(columns, func(c column) bool { return c.title == title })]
}

func (b bound) check(t *testing.T, row string, v float64) {
	t.Helper()
	if v < b.least || v > b.highest {
		t.Errorf("%s on %s: %.3f, want between %.2f and %.2f", row, b.column, v, b.least, b.highest)
	}
}

// checkMissing holds a row to what missing inputs may cost it. Film shows its
// target, and nothing where that is missing.
func checkMissing(t *testing.T, row string, full, missing float64) {
	t.Helper()
	if row != "film" && !strings.HasSuffix(row, "alone") && missing < full-lost {
		t.Errorf("%s on redundant: %.3f with 30 %% missing, and %.3f with all", row, missing, full)
	}
}

const (
	page  = "../../docs/fusion.md"
	begin = "<!-- planted: written by go generate -tags slow ./internal/planted -->\n"
	end   = "<!-- end -->\n"
)

// shown is the table on the page, and what stands before and after it.
func shown(t *testing.T) (before, table, after string) {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	table, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", page)
	}
	return before, table, after
}

// The page has every row and every column, and its figures are within the
// bounds. They are not measured here: they differ a little between processors.
func TestThePageShowsTheTable(t *testing.T) {
	_, table, _ := shown(t)
	lines := strings.Split(strings.TrimSpace(table), "\n")
	cells := func(line string) []string {
		var cs []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			cs = append(cs, strings.Trim(c, " `"))
		}
		return cs
	}
	head := cells(lines[0])
	figures := map[string]map[string]float64{}
	for _, line := range lines[2:] {
		row := cells(line)
		figures[row[0]] = map[string]float64{}
		for i, c := range row[1:] {
			if v, err := strconv.ParseFloat(c, 64); err == nil {
				figures[row[0]][head[1+i]] = v
			}
		}
	}
	if len(figures) != len(order) {
		t.Errorf("docs/fusion.md shows %d rows, there are %d; run go generate -tags slow ./internal/planted", len(figures), len(order))
	}
	for _, row := range order {
		if want := len(columns) - btoi(fusions[row] == ""); len(figures[row]) != want {
			t.Errorf("docs/fusion.md shows %d figures of %s, want %d; run go generate -tags slow ./internal/planted", len(figures[row]), row, want)
		}
		checkMissing(t, row, figures[row]["redundant"], figures[row]["30 % missing"])
	}
	for _, b := range bounds {
		for _, row := range b.rows {
			b.check(t, row, figures[row][b.column])
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestRowsAreAllFusions(t *testing.T) {
	var registered []string
	for _, e := range config.Builtin().Fusions() {
		registered = append(registered, e.Name)
		if !slices.Contains(order, e.Name) || fusions[e.Name] == "" {
			t.Errorf("%s is registered, and has no case in internal/cases, or one without Planted", e.Name)
		}
	}
	if len(order) != len(registered)+2 {
		t.Errorf("the table has %d rows for %d fusions and two inputs", len(order), len(registered))
	}
}

// The part of the table that is quickly measured; the whole is measured with
// -tags slow.
func TestWhichFusionSolvesWhat(t *testing.T) {
	for _, b := range bounds[:2] {
		for _, row := range b.rows {
			b.check(t, row, measure(t, row, find(b.column)))
		}
	}
	grounded := find("grounded")
	for _, row := range []string{"concat", "bilinear", "tensor", "score_average"} {
		bounds[3].check(t, row, measure(t, row, grounded))
	}
	bounds[2].check(t, "cross_attention", measure(t, "cross_attention", grounded))
	for _, row := range []string{"score_average", "mixture", "concat", "gated", "bilinear"} {
		checkMissing(t, row, measure(t, row, find("redundant")), measure(t, row, find("30 % missing")))
	}
}
