package data_test

import (
	"bytes"
	"context"
	"fmt"
	goimage "image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
	"github.com/chiasm-ml/chiasm/rng"
)

// drawer is the Files that draws what a cell describes: the number of a
// scene, and how its file was made.
type drawer struct{}

func (drawer) ReadFile(cell string) ([]byte, error) {
	var scene, w, h, quality, brighter int
	var err error
	kind, rest, _ := strings.Cut(cell, " ")
	m := goimage.NewNRGBA(goimage.Rect(0, 0, 120, 90))
	switch kind {
	case "scene":
		if _, err = fmt.Sscanf(rest, "%d %dx%d q%d +%d", &scene, &w, &h, &quality, &brighter); err == nil {
			m = goimage.NewNRGBA(goimage.Rect(0, 0, w, h))
			paint(m, rng.New(uint64(scene)), brighter)
		}
	case "plain":
		_, err = fmt.Sscanf(rest, "%d", &scene)
		quality = 90
		for i := range m.Pix {
			m.Pix[i] = uint8(scene)
		}
	case "sign": // a small square on white
		_, err = fmt.Sscanf(rest, "%d", &scene)
		quality = 90
		for i := range m.Pix {
			m.Pix[i] = 255
		}
		x, y := 6*(scene%19), 6*(scene/19)
		for i := range 64 {
			m.Set(x+i%8, y+i/8, color.Black)
		}
	default:
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// paint draws a ground and discs on it, alike in any size.
func paint(m *goimage.NRGBA, key rng.Key, brighter int) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for i := range w * h {
		x, y := (float64(i%w)+0.5)/float64(w), (float64(i/w)+0.5)/float64(h)
		c := [3]int{60 + key.IntN(0, 120), 60 + key.IntN(1, 120), 60 + key.IntN(2, 120)}
		for d := range 6 {
			k := key.Int(d)
			dx, dy, r := x-k.Float64(0), y-k.Float64(1), 0.1+0.2*k.Float64(2)
			if dx*dx+dy*dy < r*r {
				c = [3]int{40 + k.IntN(3, 160), 40 + k.IntN(4, 160), 40 + k.IntN(5, 160)}
			}
		}
		m.SetNRGBA(i%w, i/w, color.NRGBA{uint8(c[0] + brighter), uint8(c[1] + brighter), uint8(c[2] + brighter), 255})
	}
}

// leaky is a dataset of texts, images and answers with a group.
type leaky struct{ part, text, image, answer, group []string }

func (l *leaky) add(part, text, image, answer, group string) int {
	l.part, l.text, l.image = append(l.part, part), append(l.text, text), append(l.image, image)
	l.answer, l.group = append(l.answer, answer), append(l.group, group)
	return len(l.part) - 1
}

func (l *leaky) find(t testing.TB, group string) []data.Leak {
	t.Helper()
	table, err := data.NewTable("x.csv", data.Strings("part", l.part...), data.Strings("text", l.text...), data.Strings("image", l.image...), data.Strings("answer", l.answer...), data.Strings("series", l.group...))
	if err != nil {
		t.Fatal(err)
	}
	splits, err := data.SplitConfig{Column: "part", Group: group}.Split(table, 1)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := image.New(image.Options{Column: "image", Size: [2]int{32, 32}, Channels: 3, Fit: "stretch", Background: "#ffffff", Missing: "mask"})
	if err != nil {
		t.Fatal(err)
	}
	picture.ReadFrom(drawer{})
	caption, err := text.NewTokens(text.Common{Column: "text", MaxTokens: 4, Missing: "mask"}, tokenizer.Options{Model: "wordpiece", VocabSize: 64, MinFrequency: 2, Normalization: "nfkc"})
	if err != nil {
		t.Fatal(err)
	}
	target, err := data.NewTarget(data.TargetConfig{Type: data.Multiclass, Column: "answer"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, inputs := context.Background(), []data.Input{{Name: "picture", Preprocessor: picture}, {Name: "caption", Preprocessor: caption}}
	if err := data.Fit(ctx, table, splits, inputs, target, nil); err != nil {
		t.Fatal(err)
	}
	d, err := data.NewDataset(table, inputs, target, data.DatasetOptions{MissingAll: true})
	if err != nil {
		t.Fatal(err)
	}
	leaks, err := data.FindLeaks(ctx, d, splits, group)
	if err != nil {
		t.Fatal(err)
	}
	return leaks
}

// pairs are a kind of leak's, as "row=counterpart" from 0.
func pairs(leaks []data.Leak, kind string) string {
	var out []string
	for _, l := range leaks {
		if l.Kind != kind {
			continue
		}
		for _, p := range l.Pairs {
			out = append(out, fmt.Sprintf("%d=%d", p.Row-1, p.Of-1))
		}
		if l.Rows != len(l.Pairs) {
			out = append(out, fmt.Sprintf("of %d", l.Rows))
		}
	}
	return strings.Join(out, " ")
}

func scene(n int) string { return fmt.Sprintf("scene %d 120x90 q95 +0", n) }

func TestImageLeaks(t *testing.T) {
	l := &leaky{}
	for i := range 60 {
		l.add("train", "", scene(i), "ab"[i%2:i%2+1], "")
	}
	var want []string
	for n, made := range map[int]string{3: "120x90 q95 +0", 5: "120x90 q40 +0", 7: "70x50 q90 +0", 9: "120x90 q90 +20"} {
		row := l.add("test", "", fmt.Sprintf("scene %d %s", n, made), "a", "")
		want = append(want, fmt.Sprintf("%d=%d", row, n))
	}
	for i := range 40 { // others: none of these is one of those
		l.add("validation", "", scene(100+i), "a", "")
	}
	for i := range 20 { // plain grounds, and signs too small to tell
		l.add([]string{"train", "test"}[i%2], "", fmt.Sprintf("plain %d", 12*i), "a", "")
		l.add([]string{"train", "test"}[i%2], "", fmt.Sprintf("sign %d", 13*i), "b", "")
		l.add([]string{"train", "test"}[i%2], "", scene(77), "ab"[i%2:i%2+1], "") // a placeholder
	}
	slices.Sort(want)
	got := strings.Fields(pairs(l.find(t, ""), "image"))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	// One of validation in test counts too.
	n := l.add("test", "", scene(107), "a", "")
	if got := l.find(t, "")[0]; got.Rows != 5 || !slices.Contains(got.Pairs, data.LeakPair{n + 1, "test", 60 + 4 + 7 + 1, "validation"}) {
		t.Errorf("found %+v", got)
	}
}

func TestTextLeaks(t *testing.T) {
	l := &leaky{}
	train := func(text, answer string) int { return l.add("train", text, "", answer, "") }
	said := train("The brown fox jumps", "a")
	train("ok then", "b")
	for i := range 12 { // a question that has many answers, and a text that has one
		train("What colour is the disc?", "ab"[i%2:i%2+1])
		train("this very item is listed often", "a")
	}
	for _, text := range []string{"ok then", "the brown fox sleeps", "What colour is the disc?", ""} {
		l.add("test", text, "", "a", "")
	}
	a := l.add("test", "  the BROWN\tfox  jumps ", "", "a", "")
	b := l.add("validation", "This very item is listed often", "", "a", "")
	leaks := l.find(t, "")
	if got, want := pairs(leaks, "text"), fmt.Sprintf("%d=%d %d=%d", b, said+3, a, said); got != want || len(leaks) != 1 {
		t.Errorf("found %s, want %s; in all %v", got, want, leaks)
	}
	if got, want := leaks[0].String(), fmt.Sprintf(`2 rows of validation and test have the text of a row of another split (column "text"): row %d of validation and row 4 of train, …`, b+1); got != want {
		t.Errorf("it says %s\nwant %s", got, want)
	}
}

// In a column of questions a text that recurs says nothing of its row; one whose
// answer is always the same does.
func TestQuestionsAreNoLeaks(t *testing.T) {
	l := &leaky{}
	for i := range 4 {
		for j, answer := range []string{"a", "b"} {
			l.add([]string{"train", "test"}[(i+j)%2], fmt.Sprintf("what colour is disc number %d?", i), "", answer, "")
		}
	}
	if leaks := l.find(t, ""); len(leaks) > 0 {
		t.Errorf("found %v", leaks)
	}
	of := l.add("train", "the brown fox jumps", "", "a", "")
	row := l.add("test", "the brown fox jumps", "", "a", "")
	if got, want := pairs(l.find(t, ""), "text"), fmt.Sprintf("%d=%d", row, of); got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func TestGroupLeaks(t *testing.T) {
	l := &leaky{}
	for i := range 8 {
		l.add("train", "", "", "ab"[i%2:i%2+1], fmt.Sprint("g", i%3))
	}
	l.add("test", "", "", "a", "")   // no group
	l.add("test", "", "", "a", "g9") // its own
	var want []string
	for range 7 {
		want = append(want, fmt.Sprintf("%d=1", l.add("validation", "", "", "a", "g1")))
	}
	if got, want := pairs(l.find(t, "series"), "group"), strings.Join(append(want[:5], "of 7"), " "); got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if leaks := l.find(t, ""); len(leaks) > 0 {
		t.Errorf("without a group: %v", leaks)
	}
}
