package scenes

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/rng"
)

// Options configure what to generate.
type Options struct {
	Seed                    uint64
	Train, Validation, Test int // number of images, each of which yields three rows; 0 means 9,000, 300 and 400
	// Kinds of questions to ask, from Kinds; empty means all.
	Kinds []string
}

func (o *Options) fill() {
	for _, f := range []struct {
		n     *int
		value int
	}{{&o.Train, 9000}, {&o.Validation, 300}, {&o.Test, 400}} {
		if *f.n == 0 {
			*f.n = f.value
		}
	}
}

// split is the split of an image, and so of all its rows.
func (o Options) split(picture int) string {
	switch {
	case picture < o.Train:
		return "train"
	case picture < o.Train+o.Validation:
		return "validation"
	}
	return "test"
}

// Rows generates the table without its images.
func Rows(o Options) []Row {
	o.fill()
	root := rng.New(o.Seed).Name("scenes")
	pictures := make([][]Row, o.Train+o.Validation+o.Test)
	parallel.Run(len(pictures), func(i int) { pictures[i] = newRows(i, o.Kinds, root.Int(i)) })
	return slices.Concat(pictures...)
}

// Generate writes a table and its images to dir, creating it if necessary: data.csv (columns id,
// image, question, answer, kind, region, split) and images/00000.png and so on, 48 × 48 pixels.
// data.csv is written last: if it exists, everything does. The same options produce the same bytes.
// Errors are those of the file system, or ctx's.
func Generate(ctx context.Context, dir string, o Options) error {
	o.fill()
	if err := os.MkdirAll(filepath.Join(dir, "images"), 0o755); err != nil {
		return err
	}
	rows := Rows(o)
	root := rng.New(o.Seed).Name("pictures")
	errs := make([]error, len(rows)/perPicture)
	parallel.Run(len(errs), func(i int) {
		if errs[i] = ctx.Err(); errs[i] == nil {
			errs[i] = writePicture(filepath.Join(dir, imageName(i)), rows[i*perPicture].scene, root.Int(i))
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	records := [][]string{{"id", "image", "question", "answer", "kind", "region", "split"}}
	for i, r := range rows {
		records = append(records, []string{fmt.Sprintf("%05d", i), imageName(r.Picture), r.Question, r.Answer, r.Kind, r.Region, o.split(r.Picture)})
	}
	if err := w.WriteAll(records); err != nil {
		return err
	}
	return renameio.WriteFile(filepath.Join(dir, "data.csv"), table.Bytes(), 0o644)
}

func imageName(i int) string { return fmt.Sprintf("images/%05d.png", i) }

func writePicture(path string, s scene, key rng.Key) error {
	var b bytes.Buffer
	if err := png.Encode(&b, s.draw(key)); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
