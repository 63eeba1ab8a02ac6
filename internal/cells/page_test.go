package cells_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/cells"
)

//go:generate go test . -run TestPageIsFresh -update

var update = flag.Bool("update", false, "rewrite docs/cells.md")

const page = "../../docs/cells.md"

func TestPageIsFresh(t *testing.T) {
	got := cells.Page()
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("docs/cells.md is not what the rules say; run go generate ./internal/cells")
	}
	if strings.Contains(got, "*refused*") {
		t.Error("a refusal has none of the words of cells.Refusals")
	}
}

// A text is the same cell as a string of JSON and in a CSV.
func TestTextsAreOneCell(t *testing.T) {
	for _, c := range cells.Texts() {
		r, err := data.NewReader(strings.NewReader("c,d\n"+c.Record("x")), "", data.Options{Format: data.CSV})
		if err != nil {
			t.Fatal(err)
		}
		row, csvErr := r.Next()
		cell, err := c.Cell()
		switch {
		case (err == nil) != (csvErr == nil):
			t.Errorf("%.40q: in JSON %v, in a CSV %v", *c.Text, err, csvErr)
		case err == nil && row[0].Text != cell.Text:
			t.Errorf("%.40q: in JSON %.40q, in a CSV %.40q", *c.Text, cell.Text, row[0].Text)
		}
	}
}

func Example() {
	cell, _ := cells.Case{JSON: "1.0"}.Cell()
	number, _ := cells.Rule("c", data.AsNumber, data.MissingError).Read(cell)
	name, _ := cells.Rule("c", data.AsCategory, data.MissingError).Read(cell)
	fmt.Println(number.Number, name.Text)
	// Output: 1 1.0
}
