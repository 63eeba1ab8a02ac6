package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"sync"

	"github.com/google/renameio/v2"

	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/rng"
)

const (
	side     = 28 // pixels
	heldOut  = 5000
	inFolder = 1000 // images a folder
)

var labels = []string{
	"T-shirt", "trouser", "pullover", "dress", "coat",
	"sandal", "shirt", "sneaker", "bag", "ankle boot",
}

// item is a row of the table.
type item struct {
	pixels []byte
	path   string
	label  byte
	split  string
}

// convert writes data.csv (image, label, split) and the images, and returns
// the number of rows. Of the published training items, validation are held
// out, equally many of each label; the published test items are the test rows.
// data.csv comes last: where it is, all is.
func convert(ctx context.Context, source, output string, validation int) (int, error) {
	train, err := read(source, "train", "train")
	if err != nil {
		return 0, err
	}
	test, err := read(source, "t10k", "test")
	if err != nil {
		return 0, err
	}
	holdOut(train, validation)
	items := append(train, test...)
	if err := writeImages(ctx, output, items); err != nil {
		return 0, err
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	records := [][]string{{"image", "label", "split"}}
	for _, it := range items {
		records = append(records, []string{it.path, labels[it.label], it.split})
	}
	if err := w.WriteAll(records); err != nil {
		return 0, err
	}
	return len(items), renameio.WriteFile(filepath.Join(output, "data.csv"), table.Bytes(), 0o644)
}

func read(source, part, split string) ([]item, error) {
	pixels, n, err := readIDX(source, part+"-images-idx3-ubyte", side, side)
	if err != nil {
		return nil, err
	}
	labelled, m, err := readIDX(source, part+"-labels-idx1-ubyte")
	if err != nil {
		return nil, err
	}
	if n != m {
		return nil, fmt.Errorf("%s: %d images but %d labels of %s", source, n, m, part)
	}
	items := make([]item, n)
	for i, l := range labelled {
		if int(l) >= len(labels) {
			return nil, fmt.Errorf("%s: label %d of %s is %d, want less than %d", source, i, part, l, len(labels))
		}
		path := fmt.Sprintf("images/%s/%02d/%05d.png", split, i/inFolder, i)
		items[i] = item{pixels[i*side*side:][:side*side], path, l, split}
	}
	return items, nil
}

// holdOut makes n items validation rows, chosen at random (always the same)
// and equally many of each label.
func holdOut(items []item, n int) {
	left := make([]int, len(labels))
	for l := range left {
		left[l] = n / len(labels)
	}
	for _, i := range rng.New(1).Name("fashion").Perm(len(items)) {
		if it := &items[i]; left[it.label] > 0 {
			left[it.label]--
			it.split = "validation"
		}
	}
}

func writeImages(ctx context.Context, output string, items []item) error {
	last := ""
	for _, it := range items {
		if folder := filepath.Join(output, filepath.Dir(it.path)); folder != last {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			last = folder
		}
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &buffers{}}
	errs := make([]error, len(items))
	parallel.Run(len(items), func(i int) {
		if errs[i] = ctx.Err(); errs[i] != nil {
			return
		}
		var b bytes.Buffer
		img := &image.Gray{Pix: items[i].pixels, Stride: side, Rect: image.Rect(0, 0, side, side)}
		if errs[i] = encoder.Encode(&b, img); errs[i] == nil {
			errs[i] = os.WriteFile(filepath.Join(output, items[i].path), b.Bytes(), 0o644)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// buffers lets the encoder use its memory again; a compressor is far larger
// than these images.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() *png.EncoderBuffer {
	e, _ := b.pool.Get().(*png.EncoderBuffer)
	return e
}

func (b *buffers) Put(e *png.EncoderBuffer) { b.pool.Put(e) }
