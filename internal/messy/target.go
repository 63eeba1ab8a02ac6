package messy

import (
	"fmt"
	"math"
)

// addTarget adds the column to predict, which follows the signal.
func (m *maker) addTarget() {
	m.table.Target = m.pick("label", "target", "Klasse", "y")
	level := func(row, n int) int { // of n equal ones, mostly
		return min(n-1, int(float64(n)*(0.5+0.5*math.Erf((m.signal[row]+0.3*m.normal(row))/math.Sqrt2))))
	}
	targets := []func() (trait string, cell func(row int) string){
		func() (string, func(int) string) {
			words := [][]string{{"no", "yes"}, {"false", "true"}, {"0", "1"}, {"0.0", "1.0"}, {"Negativ", "Positiv"}}[m.choose(5)]
			return "two labels", func(row int) string { return words[level(row, 2)] }
		},
		func() (string, func(int) string) {
			return "a rare label", func(row int) string { return []string{"ok", "fraud"}[zeroOf((row+1)%(m.rows/3))] }
		},
		func() (string, func(int) string) {
			return "several labels", func(row int) string { return []string{"bird", "boat", "Übel", "tree"}[level(row, 4)] }
		},
		func() (string, func(int) string) {
			return "labels of one row", func(row int) string {
				if row < 3 {
					return fmt.Sprint("single ", row)
				}
				return []string{"bird", "boat", "tree"}[level(row, 3)]
			}
		},
		func() (string, func(int) string) {
			return "labels that differ in case", func(row int) string {
				return []string{"low", "mid", "high", "High"}[level(row, 3)+zeroOf(row%11)*zeroOf(2-level(row, 3))]
			}
		},
		func() (string, func(int) string) {
			return "numbers that are labels", func(row int) string { return fmt.Sprint(1 + level(row, 5)) }
		},
		func() (string, func(int) string) {
			return "several labels a row", func(row int) string {
				return []string{"red|old", "red", "old|big", "big|red|old", "big"}[level(row, 5)]
			}
		},
		func() (string, func(int) string) {
			return "a number", func(row int) string { return fmt.Sprintf("%.3f", 20+3*m.signal[row]+m.normal(row)) }
		},
		func() (string, func(int) string) {
			return "a price", func(row int) string { return fmt.Sprintf("%.2f", 100*math.Exp(1.3*m.signal[row]+0.3*m.normal(row))) }
		},
		func() (string, func(int) string) {
			return "a count", func(row int) string { return fmt.Sprint(int(50 * math.Exp(m.signal[row]))) }
		},
	}
	trait, cell := targets[m.choose(len(targets))]()
	gaps := m.once(5)
	m.numbers(trait, m.table.Target, func(row int) string {
		if gaps && row%13 == 5 {
			m.trait("rows without an answer")
			return ""
		}
		return cell(row)
	})
	m.table.Target = m.columns[len(m.columns)-1].name
	if m.once(8) {
		answers := m.columns[len(m.columns)-1].cells
		m.column("a leak", "outcome", func(row int) string { return answers[row] + " (final)" })
	}
}

// addSplit adds a column that says which rows are for what.
func (m *maker) addSplit() {
	of, trait := 1, "a split"
	if m.once(2) {
		of, trait = 3, "a split by groups"
	}
	words := [][]string{{"train", "val", "test"}, {"train", "validation", "test"}, {"train", "train", "test"}, {"Train", "Dev", "Test"}}[m.choose(4)]
	switch {
	case words[0] == "Train":
		trait = "a split in other words"
	case words[1] == "train":
		trait = "a split without validation"
	}
	m.column(trait, m.pick("split", "fold_name"), func(row int) string {
		if row/of < 2 { // whatever is drawn, there are rows to train on
			return words[0]
		}
		return words[[]int{0, 0, 0, 1, 2}[m.whole(row/of, 5)]]
	})
}
