// Command late writes the scans and records of this example.
//
//	go run ./examples/late
package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chiasm-ml/chiasm/rng"
)

// side of a scan, in pixels.
const side = 24

// findings are what a patient may have.
var findings = []string{"clear", "nodule", "fluid"}

func main() {
	output := flag.String("output", "examples/late/data", "folder to write data.csv and scans to")
	seed := flag.Uint64("seed", 1, "seed of everything random")
	train := flag.Int("train", 1000, "patients to train on")
	validation := flag.Int("validation", 300, "patients to validate on")
	test := flag.Int("test", 1500, "patients to test on")
	flag.Parse()
	parts := []part{{"train", *train}, {"validation", *validation}, {"test", *test}}
	if err := generate(*output, *seed, parts); err != nil {
		fmt.Fprintln(os.Stderr, "late:", err)
		os.Exit(6)
	}
	fmt.Printf("data.csv and scans in %s\n", *output)
}

// part is a split and its number of patients.
type part struct {
	name string
	rows int
}

func generate(dir string, seed uint64, parts []part) error {
	if err := os.MkdirAll(filepath.Join(dir, "scans"), 0o755); err != nil {
		return err
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	rows := [][]string{{"patient", "scan", "age", "temperature", "crp", "pulse", "smoker", "ward", "finding", "split"}}
	for _, p := range parts {
		for range p.rows {
			i := len(rows)
			key := rng.New(seed).Name("patient").Int(i)
			finding := key.IntN(0, len(findings))
			scan := ""
			if key.Float64(1) < 0.5 { // half of the patients were never scanned
				scan = fmt.Sprintf("scans/%05d.png", i)
				if err := os.WriteFile(filepath.Join(dir, scan), draw(key.Name("scan"), finding), 0o644); err != nil {
					return err
				}
			}
			rows = append(rows, append(append([]string{strconv.Itoa(i), scan}, record(key.Name("record"), finding)...), findings[finding], p.name))
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "data.csv"), table.Bytes(), 0o644)
}

// record is age, temperature, an inflammation marker, pulse, smoker and ward.
// Each says a little about the finding, but for the ward, which says nothing.
// One value in twelve was not taken.
func record(key rng.Key, finding int) []string {
	nodule, fluid := 0.0, 0.0
	if finding == 1 {
		nodule = 1
	} else if finding == 2 {
		fluid = 1
	}
	smoker := "no"
	if key.Float64(10) < 0.2+0.4*nodule {
		smoker = "yes"
	}
	cells := []string{
		strconv.Itoa(int(min(max(48+14*nodule+5*fluid+14*key.Normal(0), 18), 95))),
		strconv.FormatFloat(36.8+0.8*fluid+0.5*key.Normal(1), 'f', 1, 64),
		strconv.FormatFloat(math.Exp(1.2+1.3*fluid+0.3*nodule+0.9*key.Normal(2)), 'f', 1, 64),
		strconv.Itoa(int(74 + 9*fluid + 10*key.Normal(3))),
		smoker,
		[]string{"north", "south", "west"}[key.IntN(11, 3)],
	}
	for i := range cells {
		if key.Float64(20+i) < 1./12 {
			cells[i] = ""
		}
	}
	return cells
}

// draw is a grey picture with noise and, by the finding, a bright spot anywhere
// or a bright layer at the bottom.
func draw(key rng.Key, finding int) []byte {
	x, y := 5+14*key.Float64(0), 5+14*key.Float64(1)
	radius, strength := 1.6+1.6*key.Float64(2), 26+22*key.Float64(3)
	level := side - 2 - 5*key.Float64(4)
	m := image.NewGray(image.Rect(0, 0, side, side))
	for v := range side {
		for u := range side {
			value := 90 + 18*key.Normal(100+v*side+u) + 12*math.Sin(float64(u+v)/5+6*key.Float64(5))
			d := math.Hypot(float64(u)-x, float64(v)-y)
			if finding == 1 && d < radius {
				value += strength
			}
			if finding == 2 && float64(v) > level {
				value += strength * 0.8
			}
			m.SetGray(u, v, color.Gray{Y: uint8(min(max(value, 0), 255))})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // into memory, of a picture that is one
	}
	return b.Bytes()
}
