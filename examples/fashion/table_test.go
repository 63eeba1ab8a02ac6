package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/csv"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func idx(pixels []byte, dims ...int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(0x800+len(dims)))
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, pixels...)
}

// published writes the four files with 40 training and 10 test items, item i
// of label i%10 and of colour i.
func published(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for part, n := range map[string]int{"train": 40, "t10k": 10} {
		pixels, labelled := make([]byte, n*side*side), make([]byte, n)
		for i := range n {
			copy(pixels[i*side*side:], bytes.Repeat([]byte{byte(i)}, side*side))
			labelled[i] = byte(i % 10)
		}
		write(t, filepath.Join(dir, part+"-images-idx3-ubyte.gz"), compressed(t, idx(pixels, n, side, side)))
		write(t, filepath.Join(dir, part+"-labels-idx1-ubyte"), idx(labelled, n))
	}
	return dir
}

func compressed(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestConvert(t *testing.T) {
	out := t.TempDir()
	if n, err := convert(context.Background(), published(t), out, 20); err != nil || n != 50 {
		t.Fatalf("%d rows, %v", n, err)
	}
	f, err := os.Open(filepath.Join(out, "data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for i, row := range rows[1:] {
		counts[row[1]+" "+row[2]]++
		if want := labels[i%10]; row[1] != want {
			t.Errorf("row %d has label %q, want %q", i+2, row[1], want)
		}
		f, err := os.Open(filepath.Join(out, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		grey, _, _, _ := img.At(5, 5).RGBA()
		if want := uint32(i%40) * 0x101; grey != want || img.Bounds().Dx() != side {
			t.Errorf("row %d is %v of grey %#x, want %#x", i+2, img.Bounds(), grey, want)
		}
	}
	for _, l := range labels {
		if counts[l+" train"] != 2 || counts[l+" validation"] != 2 || counts[l+" test"] != 1 {
			t.Errorf("%s: %v", l, counts)
		}
	}
}

func TestBadSources(t *testing.T) {
	labelFile := "train-labels-idx1-ubyte"
	for name, c := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"missing":            {labelFile, nil, "dataset-fashion-mnist"},
		"empty":              {labelFile, []byte{}, "not an idx file"},
		"other dimensions":   {labelFile, idx(make([]byte, 40), 40, 1), "not an idx file"},
		"cut off":            {labelFile, idx(make([]byte, 39), 40), "need 40 bytes, there are 39"},
		"fewer labels":       {labelFile, idx(make([]byte, 39), 39), "40 images but 39 labels"},
		"unknown label":      {labelFile, idx(bytes.Repeat([]byte{10}, 40), 40), "label 0 of train is 10"},
		"not compressed":     {"train-images-idx3-ubyte.gz", []byte("text"), ""},
		"pictures too large": {"train-images-idx3-ubyte.gz", compressed(t, idx(make([]byte, 29*29), 1, 29, 29)), "dimension 2 is 29, want 28"},
	} {
		source, out := published(t), t.TempDir()
		path := filepath.Join(source, c.file)
		if c.data == nil {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, path, c.data)
		}
		_, err := convert(context.Background(), source, out, 20)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", name, err, c.want)
		}
		if left, _ := os.ReadDir(out); len(left) != 0 {
			t.Errorf("%s: %d files were written", name, len(left))
		}
	}
}

func TestCancelledLeavesNoTable(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := t.TempDir()
	if _, err := convert(ctx, published(t), out, 20); err == nil {
		t.Error("a cancelled conversion succeeds")
	}
	if _, err := os.Stat(filepath.Join(out, "data.csv")); err == nil {
		t.Error("a cancelled conversion leaves a table")
	}
}
