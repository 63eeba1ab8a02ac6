// Command hybrid writes the visits of this example.
//
//	go run ./examples/hybrid
package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/rng"
)

// products are the kinds that there are, with the words that sellers use.
var products = []struct{ kind, words string }{
	{"lamp", "brass desk lamp with a linen shade"}, {"rug", "woven wool rug for the hall"},
	{"chair", "folding chair of beech wood"}, {"kettle", "steel kettle that whistles"},
}

var places = []string{"city", "suburb", "country"}

func main() {
	output := flag.String("output", "examples/hybrid/data", "folder to write data.csv to")
	seed := flag.Uint64("seed", 1, "seed of everything random")
	train := flag.Int("train", 6000, "visits to train on")
	validation := flag.Int("validation", 500, "visits to validate on")
	test := flag.Int("test", 2000, "visits to test on")
	flag.Parse()
	if err := generate(*output, *seed, map[string]int{"train": *train, "validation": *validation, "test": *test}); err != nil {
		fmt.Fprintln(os.Stderr, "hybrid:", err)
		os.Exit(6)
	}
	fmt.Printf("data.csv in %s\n", *output)
}

func generate(dir string, seed uint64, size map[string]int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	rows := [][]string{{"visit", "behaviour", "product", "age", "income", "visits", "place", "bought", "split"}}
	for _, part := range []string{"train", "validation", "test"} {
		for range size[part] {
			i := len(rows)
			rows = append(rows, append(append([]string{strconv.Itoa(i)}, visit(rng.New(seed).Name("visit").Int(i))...), part))
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "data.csv"), table.Bytes(), 0o644)
}

// visit is a visitor who looks at a product: what was done before, oldest first,
// what the product is, who the visitor is, and whether it was bought. It is
// bought by who has been looking for that kind: the two decide together, and
// neither alone. Age, income and visits add to
// it on their own.
func visit(key rng.Key) []string {
	wanted := key.Name("wanted").Perm(len(products))[:2]
	shown := key.IntN(0, len(products))
	seen := false
	var events []string
	for i := range 3 + key.IntN(1, 4) {
		kind := wanted[key.IntN(10+i, 2)]
		events = append(events, []string{"viewed ", "searched ", "saved "}[key.IntN(70+i, 3)]+products[kind].kind)
		seen = seen || kind == shown
	}
	age, income, visits := 18+key.IntN(2, 60), 1.2+1.8*math.Exp(0.4*key.Normal(3)), 1+key.IntN(4, 9)
	score := -2 + 1.2*(income-3.15) + 0.3*float64(visits-5) + 0.02*float64(age-47)
	if seen {
		score += 4
	}
	bought := "no"
	if key.Float64(5) < 1/(1+math.Exp(-score)) {
		bought = "yes"
	}
	return []string{
		strings.Join(events, ", "), products[shown].words, strconv.Itoa(age), strconv.FormatFloat(income, 'f', 2, 64),
		strconv.Itoa(visits), places[key.IntN(6, len(places))], bought,
	}
}
