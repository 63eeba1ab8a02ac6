package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
)

// The cut by fractions follows the seed of the config, until it has one of its
// own: then runs of other seeds are judged on the same rows.
func TestSplitSeed(t *testing.T) {
	cells := make([]string, 60)
	for i := range cells {
		cells[i] = fmt.Sprint(i)
	}
	table, err := data.NewTable("data.csv", data.Strings("id", cells...))
	if err != nil {
		t.Fatal(err)
	}
	src := edit("{column: split}", "{train: 0.5, validation: 0.25, test: 0.25}")
	train := func(sets ...string) []int {
		c, err := config.Parse("train.yaml", []byte(src), config.Builtin(), sets...)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Data.Split.Rows(table)
		if err != nil {
			t.Fatal(err)
		}
		return s.Train
	}
	first := train("seed=1")
	if slices.Equal(first, train("seed=2")) {
		t.Error("the cut does not follow the seed")
	}
	if !slices.Equal(first, train("seed=2", "data.split.seed=1")) || slices.Equal(first, train("seed=1", "data.split.seed=2")) {
		t.Error("the cut does not follow its own seed")
	}
	if slices.Equal(first, train("data.split.seed=0")) {
		t.Error("a seed of 0 counts as none")
	}
	_, err = config.Parse("train.yaml", []byte(alone), config.Builtin(), "data.split={column: split, seed: 3}")
	if err == nil || !strings.Contains(err.Error(), "the split is in a column") {
		t.Errorf("a seed beside a column: %v", err)
	}
}
