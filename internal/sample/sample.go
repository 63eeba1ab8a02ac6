package sample

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// Columns of the table. Kind is one of three labels, Pass one of two, Tags any
// of three, Price a number. Table alone has Seen, dates with a time of day, and
// Weight, numbers of kilograms with their unit.
const (
	Picture = "picture"
	Caption = "caption"
	Width   = "width"
	Height  = "height"
	Maker   = "maker"
	Kind    = "kind"
	Pass    = "pass"
	Tags    = "tags"
	Price   = "price"
	Split   = "split"
	Seen    = "seen"
	Weight  = "weight"
)

var header = []string{Picture, Caption, Width, Height, Maker, Kind, Pass, Tags, Price, Split}

var (
	kinds    = []string{"bird", "boat", "tree"}
	words    = []string{"small", "old", "red", "wide", "the", "near", "a", "of"}
	makers   = []string{"Ada", "Bo", "Cy"}
	pictures = 6 // files; rows share them
)

// Rows are the table's rows below its header, cell by cell.
func Rows(n int) [][]string {
	rows := make([][]string, n)
	for i := range rows {
		key := rng.New(1).Int(i)
		kind := key.IntN(0, len(kinds))
		text := kinds[kind]
		for j := range 1 + key.IntN(1, 4) {
			text += " " + words[key.IntN(2+j, len(words))]
		}
		width := 2*float64(kind) + key.Normal(0)
		height := key.Normal(1)
		tags := []string{"big"}
		if width > 1 {
			tags = append(tags, "heavy")
		}
		if height > 0 {
			tags = append(tags, "rare")
		}
		rows[i] = []string{
			name(2*kind + key.IntN(9, 2)), text, number(width), number(height), makers[key.IntN(10, len(makers))],
			kinds[kind], []string{"no", "yes"}[btoi(width+height > 2)], strings.Join(tags[btoi(i%3 == 0):], "|"),
			number(3*width - height), part(i),
		}
		for j, every := range []int{7, 5, 11} {
			if i%every == 3 {
				rows[i][j] = ""
			}
		}
	}
	return rows
}

// part puts 3 of 5 rows into train.
func part(i int) string { return []string{"train", "train", "validation", "train", "test"}[i%5] }

func name(i int) string { return fmt.Sprintf("%d.png", i) }

// number has few digits, which say all of it.
func number(v float64) string { return fmt.Sprint(math.Round(v*100) / 100) }

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Images are the files that the column Picture names.
func Images() map[string][]byte {
	files := map[string][]byte{}
	for i := range pictures {
		m := image.NewNRGBA(image.Rect(0, 0, 5+i, 6))
		for j := range m.Pix {
			m.Pix[j] = byte(40*(i/2+1) + rng.New(2).Int(i).IntN(j, 60))
		}
		m.SetNRGBA(0, 0, color.NRGBA{R: 255, A: 255})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			panic(err) // into memory, of a picture that is one
		}
		files[name(i)] = b.Bytes()
	}
	return files
}

// Source gives Images from memory.
type Source map[string][]byte

// ReadFile is the file of a cell.
func (s Source) ReadFile(cell string) ([]byte, error) {
	if b, ok := s[cell]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

// Table is the table in memory, with Seen and Weight behind its columns.
func Table(n int) *data.Table {
	cells := make([][]string, len(header))
	for _, row := range Rows(n) {
		for j, cell := range row {
			cells[j] = append(cells[j], cell)
		}
	}
	var columns []*data.Column
	for j, name := range header {
		columns = append(columns, data.Strings(name, cells[j]...))
	}
	var seen, weight []string
	for i := range n {
		seen = append(seen, time.Date(2023, 1, 1, 7*i, 3*i, 0, 0, time.UTC).Format("2006-01-02 15:04"))
		weight = append(weight, number(50+10*rng.New(3).Normal(i))+" kg")
	}
	columns = append(columns, data.Strings(Seen, seen...), data.Strings(Weight, weight...))
	t, err := data.NewTable("data.csv", columns...)
	if err != nil {
		panic(err) // columns of one length and different names
	}
	return t
}

// CSV is the table as a file.
func CSV(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{header}, rows...)); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}

// Write writes data.csv and the folder images into a folder.
func Write(dir string, n int) error {
	if err := os.MkdirAll(filepath.Join(dir, "images"), 0o755); err != nil {
		return err
	}
	for name, b := range Images() {
		if err := os.WriteFile(filepath.Join(dir, "images", name), b, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "data.csv"), CSV(Rows(n)), 0o644)
}
