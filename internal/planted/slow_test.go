//go:build slow

package planted_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

//go:generate go test -tags slow . -run TestTheWholeTable -v -update

var update = flag.Bool("update", false, "write the table into docs/fusion.md")

// The whole table, held to all bounds; with -update it goes into docs/fusion.md.
func TestTheWholeTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("| |")
	for _, c := range columns {
		b.WriteString(" " + c.title + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	figures := map[string]map[string]float64{}
	for _, row := range order {
		figures[row] = map[string]float64{}
		name := row
		if fusions[row] != "" {
			name = "`" + row + "`"
		}
		b.WriteString("| " + name + " |")
		for _, c := range columns {
			if c.missing > 0 && fusions[row] == "" { // these rows are not its
				b.WriteString(" |")
				continue
			}
			v := measure(t, row, c)
			figures[row][c.title] = v
			t.Logf("%-20s %-14s %.3f", row, c.title, v)
			fmt.Fprintf(&b, " %.3f |", v)
		}
		b.WriteString("\n")
	}
	for _, bound := range bounds {
		for _, row := range bound.rows {
			bound.check(t, row, figures[row][bound.column])
		}
	}
	for _, row := range order {
		checkMissing(t, row, figures[row]["redundant"], figures[row]["30 % missing"])
	}
	if *update {
		write(t, b.String())
	}
}

// write puts the table into the page.
func write(t *testing.T, table string) {
	before, _, after := shown(t)
	if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
