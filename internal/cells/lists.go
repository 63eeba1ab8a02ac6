package cells

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// Lists are texts of a column of lists, which hold three numbers each.
func Lists() []string {
	return []string{
		"[0.5, 1, 2]", "0.5 1 2", "  0.5\t1  2 ", "[5e-1,1,2]", "[ ]", "[1, 2]", "[1, 2, 3, 4]", "[1, null, 3]", `[1, "2", 3]`, "[[1, 2, 3]]",
		"[1, 2, 3,]", "[1, 2, 3", "[1, 2, 1e39]", "[1, 2, NaN]", "[1, 2, 3] 4", "1 2 x", "1, 2, 3", "7",
	}
}

// ListRule is one for a column of lists of three numbers.
func ListRule() data.CellRule {
	return data.CellRule{Column: "c", As: data.AsNumbers, Missing: data.MissingError, List: &data.ListRule{Length: 3}}
}

func listTable(b *strings.Builder) {
	b.WriteString("| cell | numbers |\n|---|---|\n")
	for _, text := range Lists() {
		v, err := ListRule().Read(data.Cell{Text: text, Kind: data.String})
		means := strings.Trim(fmt.Sprint(v.Numbers), "[]")
		if err != nil {
			message, _, _ := strings.Cut(err.Error(), " (")
			means = "*" + message + "*"
		}
		fmt.Fprintf(b, "| %s | %s |\n", code(text), means)
	}
}
