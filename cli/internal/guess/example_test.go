package guess_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
)

// Thirty flats, and what they cost.
func Example() {
	dir, err := os.MkdirTemp("", "guess")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	table := "flat,rooms,city,rent\n"
	for i := range 30 {
		table += fmt.Sprintf("%d,%d,%s,%d\n", i, 1+i%4, []string{"Graz", "Linz", "Wels"}[i%3], 300+(i%4)*200+i*7)
	}
	path := filepath.Join(dir, "flats.csv")
	if err := os.WriteFile(path, []byte(table), 0o644); err != nil {
		log.Fatal(err)
	}
	found, err := guess.Look(context.Background(), guess.Options{Table: path, Target: "rent", Output: filepath.Join(dir, "config.yaml")})
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range found.Guesses {
		fmt.Printf("%s: %s, %s\n", g.Column, g.Kind, g.Why)
	}
	_, inputs, _ := strings.Cut(found.Config, "inputs:\n")
	inputs, _, _ = strings.Cut(inputs, "  # Left out")
	fmt.Print(inputs)
	// Output:
	// flat: id, it counts the rows from 0 to 29
	// rooms: number, whole numbers from 1 to 4
	// city: category, 3 different values in 30 cells
	// rent: target, 30 different numbers from 300 to 1089: a number is predicted
	//   facts:
	//     type: tabular
	//     numeric: [rooms]
	//     categorical: [city]
	//     encoder: {type: mlp, hidden: [128], dropout: 0.2}
}
