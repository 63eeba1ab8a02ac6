package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/rng"
)

// imagesFolder holds a few images and things that are not.
func imagesFolder(t *testing.T) (*data.Folder, string) {
	t.Helper()
	dir := t.TempDir()
	inside := filepath.Join(dir, "images")
	red := modalitytest.Picture(t, 8, 8, color.NRGBA{255, 0, 0, 255})
	for name, b := range map[string][]byte{
		"images/red.png": red, "images/sub/clear.png": modalitytest.Picture(t, 3, 5, color.NRGBA{0, 0, 0, 0}),
		"images/brown.png": modalitytest.Picture(t, 8, 8, color.NRGBA{100, 80, 60, 255}),
		"images/cut.png":   red[:len(red)/2], "images/none.png": nil, "images/text.png": []byte("hello"), "outside.png": red,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"out.png": "../outside.png", "in.png": "red.png", "loop.png": "loop.png"} {
		if err := os.Symlink(to, filepath.Join(inside, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(inside, "pipe.png"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := data.OpenFolder(inside)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func imageConfig() Options {
	return Options{Column: "image", Size: [2]int{4, 2}, Channels: 3, Fit: "stretch", Background: "#ffffff", Missing: data.MissingError}
}

// reading is a preprocessor that reads from a folder.
func reading(c Options, from data.Files) (*Preprocessor, error) {
	p, err := New(c)
	if err == nil {
		p.ReadFrom(from)
	}
	return p, err
}

func TestImage(t *testing.T) {
	folder, _ := imagesFolder(t)
	table, _ := data.NewTable("x.csv", data.Strings("image", "red.png", "sub/clear.png", "in.png", "", "gone.png"))
	c := imageConfig()
	c.Missing, c.Background = data.MissingMask, "#00ff00"
	p, err := reading(c, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, modalitytest.Rows(5), nil); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([]data.Feature{{Name: "pixels", Axes: []data.Axis{data.ChannelAxis, data.HeightAxis, data.WidthAxis}, Shape: []int{3, 4, 2}}}, p.Features()); diff != "" {
		t.Error(diff)
	}
	mean, std := p.MeanStd() // red twice, the green background once
	if diff := difference.Of([]float32{2. / 3, 1. / 3, 0, 0.4714045, 0.4714045, 1}, append(append([]float32(nil), mean...), std...), near); diff != "" {
		t.Error(diff)
	}
	slots, notes, present := modalitytest.Row(t, p, table, 1, data.Augment{})
	if got, want := slots[0].F32[0], -mean[0]/std[0]; !present || len(notes.Cells()) != 0 || got < want-1e-5 || got > want+1e-5 || len(slots[0].F32) != 24 {
		t.Errorf("%v, %v, want %v", slots, notes.Cells(), want)
	}
	for row, reason := range map[int]string{3: data.Masked, 4: data.NoFile} {
		slots, notes, present := modalitytest.Row(t, p, table, row, data.Augment{On: true})
		if diff := difference.Of(make([]float32, 24), slots[0].F32); diff != "" || present || notes.Cells()[0] != (data.CellNote{Column: "image", Reason: reason}) {
			t.Errorf("row %d: %s %v %v", row, diff, present, notes.Cells())
		}
	}
}

func TestImageErrors(t *testing.T) {
	folder, dir := imagesFolder(t)
	bad := []struct{ cell, want string }{
		{"cut.png", `x.csv: row 1, column "image": "cut.png": PNG image is damaged: `},
		{"none.png", `x.csv: row 1, column "image": "none.png": `},
		{"text.png", `x.csv: row 1, column "image": "text.png": `},
		{"sub", `x.csv: row 1, column "image": file "sub" is unreadable: it is a folder`},
		{"pipe.png", `x.csv: row 1, column "image": file "pipe.png" is unreadable: it is a pipe`},
		{"out.png", `x.csv: row 1, column "image": file "out.png" is unreadable: `},
		{"loop.png", `x.csv: row 1, column "image": file "loop.png" is unreadable: `},
		{"../outside.png", `x.csv: row 1, column "image": file "../outside.png" is unreadable: `},
		{filepath.Join(dir, "outside.png"), `x.csv: row 1, column "image": file "`},
		{"/dev/zero", `x.csv: row 1, column "image": file "/dev/zero" is unreadable: `},
	}
	for _, policy := range []string{data.MissingError, data.MissingMask} { // a policy is for what is absent, not for what is broken
		c := imageConfig()
		c.Missing = policy
		p, err := reading(c, folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bad {
			table, _ := data.NewTable("x.csv", data.Strings("image", b.cell))
			_, err := p.Load(table, 0, nil)
			if err == nil || !strings.HasPrefix(err.Error(), b.want) || modalitytest.ExitCode(err) != 3 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want %s", b.cell, err, b.want)
			}
			if fit := p.Fit(context.Background(), table, modalitytest.Rows(1), nil); fit == nil || fit.Error() != err.Error() {
				t.Errorf("%s: Fit: %v", b.cell, fit)
			}
		}
	}
	p, err := reading(imageConfig(), folder)
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{
		"":         `x.csv: row 1, column "image": the cell is empty (fill it in, or say what it means by missing: mask)`,
		"gone.png": `x.csv: row 1, column "image": file "gone.png" is unreadable: there is no such file`,
	} {
		table, _ := data.NewTable("x.csv", data.Strings("image", cell))
		if _, err := p.Load(table, 0, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", cell, err, want)
		}
	}
	if _, err := data.OpenFolder(filepath.Join(dir, "none")); modalitytest.ExitCode(err) != 6 {
		t.Errorf("no folder: %v", err)
	}
}

// The error of Fit is that of the first bad row, whatever the goroutines do.
func TestImageFirstError(t *testing.T) {
	folder, _ := imagesFolder(t)
	cells := make([]string, 200)
	for i := range cells {
		cells[i] = "red.png"
		if i >= 50 {
			cells[i] = "text.png"
		}
	}
	table, _ := data.NewTable("x.csv", data.Strings("image", cells...))
	p, err := reading(imageConfig(), folder)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		var e *data.Error
		if err := p.Fit(context.Background(), table, modalitytest.Rows(200), nil); !errors.As(err, &e) || e.Row != 51 {
			t.Fatalf("%v, want row 51", err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Fit(ctx, table, modalitytest.Rows(40), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestImageAugment(t *testing.T) {
	folder, _ := imagesFolder(t)
	table, _ := data.NewTable("x.csv", data.Strings("image", "brown.png"))
	c := imageConfig()
	c.Mean, c.Std = []float32{0, 0, 0}, []float32{1, 1, 1}
	c.Augment = imaging.Augment{Brightness: 0.5}
	p, err := reading(c, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, modalitytest.Rows(1), nil); err != nil {
		t.Fatal(err)
	}
	plain, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{})
	a, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{On: true, Key: rng.New(1)})
	again, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{On: true, Key: rng.New(1)})
	b, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{On: true, Key: rng.New(5)})
	if !difference.None(a, again) || difference.None(a, b) || difference.None(a, plain) && difference.None(b, plain) {
		t.Error("augmentation does not follow its key")
	}
	if !difference.None(plain[0].F32[0], float32(100./255), near) {
		t.Errorf("100 is %v with mean 0 and deviation 1", plain[0].F32[0])
	}
}

func TestImageConfigErrors(t *testing.T) {
	for field, change := range map[string]func(*Options){
		"column":     func(c *Options) { c.Column = "" },
		"size":       func(c *Options) { c.Size[1] = 0 },
		"channels":   func(c *Options) { c.Channels = 2 },
		"fit":        func(c *Options) { c.Fit = "squash" },
		"background": func(c *Options) { c.Background = "white" },
		"missing":    func(c *Options) { c.Missing = data.MissingMean },
		"mean":       func(c *Options) { c.Mean = []float32{0, 0, 0} },
		"std":        func(c *Options) { c.Mean, c.Std = []float32{0, 0, 0}, []float32{1, 0, 1} },
	} {
		c := imageConfig()
		change(&c)
		_, err := reading(c, nil)
		if e, ok := err.(*data.ConfigError); !ok || e.Field != field || modalitytest.ExitCode(err) != 2 {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestImageStateRefuses(t *testing.T) {
	folder, _ := imagesFolder(t)
	table, _ := data.NewTable("x.csv", data.Strings("image", "red.png"))
	p, _ := reading(imageConfig(), folder)
	if err := p.Fit(context.Background(), table, modalitytest.Rows(1), nil); err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{`"std":[1,`, `"std":[0,`}, {`"mean":[1,0,0]`, `"mean":[1,0]`}, {`"#ffffff"`, `"#fffffg"`}, {`"column":"image"`, `"column":""`}} {
		if !bytes.Contains(good, []byte(change[0])) {
			t.Fatalf("%s is not in %s", change[0], good)
		}
		if err := new(Preprocessor).UnmarshalJSON(bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)); err == nil {
			t.Errorf("%s was accepted", change[1])
		}
	}
	var restored Preprocessor
	if err := restored.UnmarshalJSON(good); err != nil {
		t.Fatal(err)
	}
	if _, err := restored.Load(table, 0, nil); err == nil {
		t.Error("an image input without a folder read an image")
	}
	restored.ReadFrom(folder)
	if _, err := restored.Load(table, 0, nil); err != nil {
		t.Error(err)
	}
}

// near compares numbers that rounding may change.
var near = difference.Close(func(want, got float64) bool { return math.Abs(want-got) <= 1e-5*(1+math.Abs(want)) })
