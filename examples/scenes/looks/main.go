// Command looks says how much of what explanations of scenes show lies in the
// cell that a question is about.
//
//	go run ./cmd/chiasm explain --model runs/scenes --data examples/scenes/data/data.csv --split test --rows 27901-28200 --output why
//	go run ./examples/scenes/looks --explanations why
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
)

// side is the cells along a side of a scene.
const side = 3

var cells = []string{
	"top left", "top middle", "top right", "middle left", "centre", "middle right", "bottom left", "bottom middle", "bottom right",
}

// shares are those of each map in its row's cell, by the map's name.
type shares map[string][]float64

func main() {
	folder := flag.String("explanations", "why", "the folder that chiasm explain wrote")
	table := flag.String("data", "examples/scenes/data/data.csv", "the table that it read")
	kind := flag.String("kind", "attribute", "of the questions that count; empty: all")
	word := flag.String("word", "", "that questions must have to count, as in colour")
	flag.Parse()
	found, err := measure(context.Background(), *folder, *table, *kind, *word)
	if err != nil {
		fmt.Fprintln(os.Stderr, "looks:", err)
		os.Exit(1)
	}
	found.print(os.Stdout)
}

func measure(ctx context.Context, folder, path, kind, word string) (shares, error) {
	t, err := data.ReadTable(ctx, path)
	if err != nil {
		return nil, err
	}
	regions, err := t.Column("region")
	if err != nil {
		return nil, err
	}
	kinds, err := t.Column("kind")
	if err != nil {
		return nil, err
	}
	questions, err := t.Column("question")
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "row-*.json"))
	if err != nil {
		return nil, err
	}
	found := shares{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var x explain.Explanation
		if err := json.Unmarshal(b, &x); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		row := x.Row - 1
		cell := slices.Index(cells, regions.Cell(row).Text)
		if cell < 0 || kind != "" && kinds.Cell(row).Text != kind || !strings.Contains(questions.Cell(row).Text, word) {
			continue // of two cells, or not asked for
		}
		found.add(&x, cell)
	}
	if len(found) == 0 {
		return nil, errors.New("no explanation is of such a question about one cell, or has a map of the picture")
	}
	return found, nil
}

// add takes in the maps of a row.
func (s shares) add(x *explain.Explanation, cell int) {
	for _, a := range x.Attention {
		if a.ToGrid == nil {
			continue
		}
		s.put(a.Path+", mean over tokens and heads", overTokens(a.Mean), *a.ToGrid, cell)
		for h, head := range a.Heads {
			if len(a.Heads) > 1 {
				s.put(fmt.Sprintf("%s, head %d", a.Path, h), overTokens(head), *a.ToGrid, cell)
			}
		}
	}
	for _, a := range x.Attributions {
		rows, ok := a.Values.([]any)
		if !ok || a.Grid == nil {
			continue
		}
		var flat []float64
		for _, row := range rows {
			for _, v := range row.([]any) {
				flat = append(flat, math.Abs(v.(float64)))
			}
		}
		s.put("integrated gradients of the "+a.Input+", for and against", flat, *a.Grid, cell)
	}
}

func overTokens(weights [][]float32) []float64 {
	sum := make([]float64, len(weights[0]))
	for _, row := range weights {
		for j, w := range row {
			sum[j] += float64(w)
		}
	}
	return sum
}

// put notes what share of a map over a grid lies in the cell.
func (s shares) put(name string, weights []float64, grid [2]int, cell int) {
	inside, all := 0.0, 0.0
	for i, w := range weights {
		row, column := i/grid[1]*side/grid[0], i%grid[1]*side/grid[1]
		if all += w; row*side+column == cell {
			inside += w
		}
	}
	if all > 0 {
		s[name] = append(s[name], inside/all)
	}
}

func (s shares) print(w io.Writer) {
	fmt.Fprintln(w, "in the cell that the question is about, of 9:")
	for _, name := range slices.Sorted(maps.Keys(s)) {
		mean, most := 0.0, 0
		for _, v := range s[name] {
			mean += v / float64(len(s[name]))
			if v >= 0.8 {
				most++
			}
		}
		fmt.Fprintf(w, "%-66s %.2f on average, 0.8 or more in %d of %d rows\n", name, mean, most, len(s[name]))
	}
}
