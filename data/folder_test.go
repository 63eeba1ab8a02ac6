package data

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An image is named by its path in the folder, or by an absolute one that leads
// there; what is no path of one file says what to do.
func TestF30_ImageCells(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	images := filepath.Join(dir, "images")
	for _, path := range []string{"images/sub/a.png", "images/b;c.png", "images/x,y.png", "out.png"} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(images, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, opened := range []string{images, filepath.Join(dir, "link")} {
		f, err := OpenFolder(opened)
		if err != nil {
			t.Fatal(err)
		}
		for cell, want := range map[string]string{
			"sub/a.png": "", filepath.Join(images, "sub/a.png"): "", filepath.Join(opened, "sub", "..", "sub", "a.png"): "", "b;c.png": "", "x,y.png": "",
			filepath.Join(dir, "out.png"): "escapes", "https://example.org/a.png": "download the files", "DATA:image/png;base64,AA": "it is a URL",
			"sub/a.png;b.png": "names 2 files", "a.png|b.jpg|c.gif": "names 3 files", `["a.png", "b.png"]`: "names 2 files", `sub\a.png`: "write it as sub/a.png", `sub\\a.png`: "write it as sub/a.png",
		} {
			_, err := f.ReadFile(cell)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", cell, err, want)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
