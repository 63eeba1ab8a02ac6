package data_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
)

// fivePictures is a folder of five small images, 0.png to 4.png.
func fivePictures(t testing.TB) *data.Folder {
	t.Helper()
	dir := t.TempDir()
	for i := range 5 {
		b := modalitytest.Picture(t, 3+i, 4, color.NRGBA{uint8(50 * i), 100, 20, 255})
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i, ".png")), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := data.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	return folder
}

// must is for settings of a test, which are right.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// numbers is the config of one column of numbers.
func numbers(column, missing string) tabular.Options {
	return tabular.Options{Numeric: []string{column}, Missing: missing, Transform: "none", MinCount: 1}
}

// textAndNumber are inputs of the columns text and w, both of which rows may
// lack, and the number y to predict, fitted to all rows.
func textAndNumber(t *testing.T, table *data.Table) ([]data.Input, data.Target) {
	t.Helper()
	inputs := []data.Input{{Name: "caption", Preprocessor: must(text.NewTokens(textOptions(), tokenOptions()))}, {Name: "facts", Preprocessor: must(tabular.New(numbers("w", data.MissingMask)))}}
	y := must(data.NewTarget(data.TargetConfig{Type: data.Regression, Column: "y"}))
	if err := data.Fit(context.Background(), table, &data.Splits{Train: modalitytest.Rows(table.Len())}, inputs, y, nil); err != nil {
		t.Fatal(err)
	}
	return inputs, y
}

func TestDatasetCache(t *testing.T) {
	for _, c := range []struct{ limit, first, second int64 }{{0, 50, 0}, {-1, 50, 50}, {1000, 50, 40}, {4900, 50, 1}, {4899, 50, 2}} {
		f := &faulty{}
		d := faultyDataset(t, f, 50, data.DatasetOptions{CacheBytes: c.limit})
		if err := d.Prepare(context.Background(), modalitytest.Rows(50)); err != nil {
			t.Fatal(err)
		}
		first := f.loads.Load()
		for row := range 50 {
			if item, err := d.Item(0, row); err != nil || item != rowItem(row) {
				t.Errorf("row %d is %v, %v", row, item, err)
			}
		}
		if second := f.loads.Load() - first; first != c.first || second != c.second {
			t.Errorf("limit %d: %d rows loaded, then %d, want %d and %d", c.limit, first, second, c.first, c.second)
		}
	}
}

// Of two goroutines that load one row at once, one's item is kept and counted.
func TestDatasetCacheRace(t *testing.T) {
	f := &faulty{}
	d := faultyDataset(t, f, 2, data.DatasetOptions{CacheBytes: 1000})
	f.wait = func(row int) {
		f.wait = nil
		if _, err := d.Item(0, row); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Item(0, 1); err != nil {
		t.Fatal(err)
	}
	if free := d.Free(); free != 900 || f.loads.Load() != 2 {
		t.Errorf("%d bytes are free after %d loads, want 900 after 2", free, f.loads.Load())
	}
}

func TestDatasetPrepare(t *testing.T) {
	f := &faulty{bad: map[int]bool{20: true, 21: true, 49: true}}
	d := faultyDataset(t, f, 50, data.DatasetOptions{})
	var e *data.Error
	if err := d.Prepare(context.Background(), modalitytest.Rows(50)); !errors.As(err, &e) || e.Row != 21 {
		t.Errorf("%v, want row 21", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.Prepare(ctx, modalitytest.Rows(50)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A row that lacks every input is an error, or allowed when asked for.
func TestMissingAll(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "text,w,y\nhello,1,2\n,,3\nyou,2,4\n")
	inputs, y := textAndNumber(t, table)
	for _, allowed := range []bool{false, true} {
		d, err := data.NewDataset(table, inputs, y, data.DatasetOptions{MissingAll: allowed})
		if err != nil {
			t.Fatal(err)
		}
		const want = `data.csv: row 2 (line 3): the row lacks every input (fill in one of them, take the row out, or set data.missing_all: prior)`
		prepare := d.Prepare(context.Background(), modalitytest.Rows(3))
		var load error
		for b, err := range loader(t, d, modalitytest.Rows(3), data.LoaderOptions{BatchSize: 3}).Epoch(context.Background(), 0, 0) {
			if load = err; err == nil && (b.Present[0][1] != 0 || b.Present[1][1] != 0) {
				t.Error("what is absent is present")
			}
		}
		for _, err := range []error{prepare, load} {
			if allowed && err != nil || !allowed && (err == nil || err.Error() != want) {
				t.Errorf("allowed %v: %v, want %s", allowed, err, want)
			}
		}
	}
}

// An input that no training row has, or only test rows lack, is warned of or
// counted, and gives zeros.
func TestModalityGaps(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "image,text,late,w,y\n,,a,1,2\n,,b,2,3\n,,,3,4\n")
	ic, tc := imageOptions(), textOptions()
	ic.Missing = data.MissingMask
	picture, caption, words := must(image.New(ic)), must(text.NewTokens(tc, tokenOptions())), must(text.NewNGrams(tc, ngramsOptions()))
	tc.Column = "late"
	picture.ReadFrom(pictures(t))
	late := must(text.NewTokens(tc, tokenOptions()))
	facts, y := must(tabular.New(numbers("w", data.MissingMask))), must(data.NewTarget(data.TargetConfig{Type: data.Regression, Column: "y"}))
	inputs := []data.Input{{Name: "picture", Preprocessor: picture}, {Name: "caption", Preprocessor: caption}, {Name: "words", Preprocessor: words}, {Name: "late", Preprocessor: late}, {Name: "facts", Preprocessor: facts}}
	s := &data.Splits{Train: []int{0, 1}, Test: []int{2}}
	r := data.NewReport(table, data.Columns(inputs, y))
	if err := data.Fit(context.Background(), table, s, inputs, y, r); err != nil {
		t.Fatal(err)
	}
	want := []string{`caption: column "text" has no text in any training row`, `picture: column "image" has no image in any training row`, `words: column "text" has no text in any training row`}
	if diff := difference.Of(want, r.Warnings()); diff != "" {
		t.Error(diff)
	}
	d, err := data.NewDataset(table, inputs, y, data.DatasetOptions{Splits: s, Report: r})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range loader(t, d, modalitytest.Rows(3), data.LoaderOptions{BatchSize: 3, Augment: true}).Epoch(context.Background(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := difference.Of([][]float32{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {1, 1, 0}, {1, 1, 1}}, b.Present); diff != "" {
			t.Error(diff)
		}
		for i := range 3 {
			for _, slot := range b.Inputs[i] {
				for _, v := range slot.F32 {
					if v != 0 {
						t.Fatalf("input %d is absent and has %v", i, v)
					}
				}
			}
		}
	}
	counts := map[string]int{}
	for _, c := range r.Cells() {
		counts[c.Input] += c.Cells
	}
	if diff := difference.Of(map[string]int{"picture": 3, "caption": 3, "words": 3, "late": 1}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestDatasetRefuses(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("a", "1", "2"))
	facts, y := must(tabular.New(numbers("a", data.MissingError))), must(data.NewTarget(data.TargetConfig{Type: data.Regression, Column: "a"}))
	for _, c := range []struct {
		inputs []data.Input
		want   string
	}{
		{nil, `inputs: name at least one input`},
		{[]data.Input{{Name: "a", Preprocessor: facts}}, `inputs.a: reads column "a", which is the answer`},
		{[]data.Input{{Name: "b", Preprocessor: &faulty{}}, {Name: "b", Preprocessor: &faulty{}}}, `inputs: two inputs are named "b"`},
		{[]data.Input{{Name: "a/b", Preprocessor: facts}}, `inputs: the name "a/b" is not made of letters, digits, _ and - only`},
		{[]data.Input{{Name: "", Preprocessor: facts}}, `inputs: the name "" is not made of letters, digits, _ and - only`},
	} {
		if c.inputs != nil && c.inputs[0].Name == "b" {
			y = must(data.NewTarget(data.TargetConfig{Type: data.Regression, Column: "y"}))
		}
		_, err := data.NewDataset(table, c.inputs, y, data.DatasetOptions{})
		if err == nil || err.Error() != c.want || modalitytest.ExitCode(err) != 2 {
			t.Errorf("%v, want %s", err, c.want)
		}
		if err := data.Fit(context.Background(), table, &data.Splits{Train: modalitytest.Rows(2)}, c.inputs, y, nil); err == nil || err.Error() != c.want {
			t.Errorf("Fit: %v, want %s", err, c.want)
		}
	}
}

// A label that only validation or test has is found before training, and
// predict asks for none.
func TestFitChecksTargets(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "w,y\n1,a\n2,b\n3,c\n")
	facts, y := must(tabular.New(numbers("w", data.MissingError))), must(data.NewTarget(data.TargetConfig{Type: data.Multiclass, Column: "y"}))
	inputs := []data.Input{{Name: "facts", Preprocessor: facts}}
	for _, s := range []*data.Splits{{Train: []int{0, 1}, Validation: []int{2}}, {Train: []int{0, 1}, Test: []int{2}}} {
		err := data.Fit(context.Background(), table, s, inputs, y, nil)
		if err == nil || !strings.HasPrefix(err.Error(), `data.csv: row 3 (line 4), column "y": no training row has the label "c"`) {
			t.Error(err)
		}
	}
	if err := data.Fit(context.Background(), table, &data.Splits{Train: []int{0, 1}}, inputs, y, nil); err != nil {
		t.Fatal(err)
	}
	predict := modalitytest.Table(t, data.CSV, "w,z\n1,\n")
	d, err := data.NewDataset(predict, inputs, y, data.DatasetOptions{WithoutTarget: true})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range loader(t, d, modalitytest.Rows(1), data.LoaderOptions{BatchSize: 1}).Epoch(context.Background(), 0, 0) {
		if err != nil || b.Target.F32 != nil || b.Target.Int != nil {
			t.Errorf("%v, %v", b, err)
		}
	}
}

// Every cell that is not used as it stands is counted once, in its split,
// whatever is cached and however often it is read.
func TestReport(t *testing.T) {
	const rows = 80
	var first []byte
	for _, cache := range []int64{0, -1} {
		for _, workers := range []int{0, 4} {
			r := &data.Report{}
			d, splits := func() (*data.Dataset, *data.Splits) {
				table, _ := data.NewTable("x.csv", data.Strings("image"), data.Strings("text"), data.Strings("w"), data.Strings("c"), data.Strings("y"), data.Strings("spare"))
				*r = *data.NewReport(table, []string{"image", "text", "w", "c", "y"})
				return mixed(t, rows, data.DatasetOptions{CacheBytes: cache, Report: r})
			}()
			r.SetRows(rows)
			r.Splits(splits)
			for _, rows := range splits.All() {
				l := loader(t, d, rows, data.LoaderOptions{BatchSize: 7, Shuffle: true, Augment: true, Workers: workers})
				collect(t, l, 0, 0)
				collect(t, l, 1, 0)
			}
			checkReport(t, r, splits)
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = b
			}
			if !bytes.Equal(first, b) {
				t.Errorf("cache %d, %d workers: the report differs:\n%s\n%s", cache, workers, first, b)
			}
		}
	}
	var back struct {
		Rows    int
		Splits  []data.PartCount
		Ignored []string `json:"columns_ignored"`
	}
	if err := json.Unmarshal(first, &back); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([]data.PartCount{{"train", 56}, {"validation", 17}, {"test", 7}}, back.Splits); diff != "" || back.Rows != rows || !difference.None(back.Ignored, []string{"spare"}) {
		t.Errorf("%s\n%s", first, diff)
	}
}

func checkReport(t *testing.T, r *data.Report, s *data.Splits) {
	t.Helper()
	counts := func(missing func(row int) bool) (n []data.PartCount) {
		for name, rows := range s.All() {
			c := data.PartCount{Name: name}
			for _, row := range rows {
				if missing(row) {
					c.Rows++
				}
			}
			if c.Rows > 0 {
				n = append(n, c)
			}
		}
		return n
	}
	want := map[string][]data.PartCount{
		"image masked": counts(func(row int) bool { return row%7 == 3 }),
		"text masked":  counts(func(row int) bool { return row%11 == 5 }),
		"w masked":     counts(func(row int) bool { return row%4 == 2 }),
	}
	firsts := map[string][]int{"image masked": {4, 11, 18, 25, 32}, "text masked": {6, 17, 28, 39, 50}, "w masked": {3, 7, 11, 15, 19}}
	seen := 0
	for _, c := range r.Cells() {
		key := c.Column + " " + c.Reason
		if want[key] == nil {
			continue
		}
		seen++
		if diff := difference.Of(want[key], c.Splits); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
		if diff := difference.Of(firsts[key], c.First); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d counts are there", seen, len(want))
	}
}

func TestReportWarnings(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("a", "1"))
	r := data.NewReport(table, nil)
	r.Splits(&data.Splits{Train: []int{0}})
	r.Warn("twice")
	r.Warn("twice")
	if diff := difference.Of([]string{"no row is for test", "no row is for validation", "twice"}, r.Warnings()); diff != "" {
		t.Error(diff)
	}
	b, err := json.Marshal(r)
	if err != nil || strings.Contains(string(b), "null") {
		t.Errorf("%s, %v", b, err)
	}
}

// What Encode wrote gives the same batches.
func TestStateRoundTrip(t *testing.T) {
	folder := fivePictures(t)
	d, _ := mixedFrom(t, folder, 40, data.DatasetOptions{})
	want := collect(t, loader(t, d, modalitytest.Rows(40), data.LoaderOptions{BatchSize: 40, Augment: true}), 0, 0)
	files, err := data.Encode(d.Inputs(), d.Target())
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 || files["caption.tokenizer.json"] == nil {
		t.Fatalf("files are %v", slices.Sorted(maps.Keys(files)))
	}
	inputs, target, err := data.Decode(files, kinds)
	if err != nil {
		t.Fatal(err)
	}
	inputs[0].Preprocessor.(*image.Preprocessor).ReadFrom(folder)
	again, err := data.Encode(inputs, target)
	if err != nil || !difference.None(files, again) {
		t.Errorf("written again the files differ: %v", err)
	}
	restored, err := data.NewDataset(d.Table(), inputs, target, data.DatasetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of(want, collect(t, loader(t, restored, modalitytest.Rows(40), data.LoaderOptions{BatchSize: 40, Augment: true}), 0, 0)); diff != "" {
		t.Error(diff)
	}
	if diff := difference.Of([]string{"image", "text", "w", "c", "y"}, data.Columns(inputs, target)); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	d, _ := mixed(t, 40, data.DatasetOptions{})
	good, err := data.Encode(d.Inputs(), d.Target())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, old, new, want string }{
		{data.StateFile, "", "", "the file is missing"},
		{data.StateFile, `"version": 1`, `"version": 2`, "it is of version 2, this program reads version 1"},
		{data.StateFile, `"kind": "tabular"`, `"kind": "graph"`, `input facts is of the kind "graph", known are image, ngrams, tabular, tokens`},
		{data.StateFile, `"name": "facts"`, `"name": "caption"`, "two inputs are named"},
		{data.StateFile, `"version": 1`, `"version": 1, "more": 2`, "more"},
		{data.StateFile, `"type": "binary"`, `"type": "multilabel"`, "target: separator"},
		{data.StateFile, `"min_count": 1`, `"min_count": 0`, "input facts: min_count"},
		{data.StateFile, "}", "", "preprocessing.json"},
		{"caption.tokenizer.json", "", "", "files of input caption: tokenizer.json is missing"},
		{"caption.tokenizer.json", `"version"`, `"vision"`, "files of input caption"},
	} {
		files := map[string][]byte{}
		for name, b := range good {
			files[name] = b
		}
		if c.old == "" {
			delete(files, c.file)
		} else if !bytes.Contains(good[c.file], []byte(c.old)) {
			t.Fatalf("%s is not in %s", c.old, good[c.file])
		} else {
			files[c.file] = bytes.Replace(good[c.file], []byte(c.old), []byte(c.new), 1)
		}
		_, _, err := data.Decode(files, kinds)
		if err == nil || !strings.Contains(err.Error(), c.want) || modalitytest.ExitCode(err) != 4 {
			t.Errorf("%s for %s: %v (exit code %d), want %s", c.new, c.old, err, modalitytest.ExitCode(err), c.want)
		}
	}
}

// A dataset of some inputs shares what was decoded, in any order of inputs.
func TestSelect(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("a", make([]string, 6)...))
	f, g := &faulty{}, &faulty{}
	d, err := data.NewDataset(table, []data.Input{{Name: "a", Preprocessor: f}, {Name: "b", Preprocessor: g}}, nil, data.DatasetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Prepare(context.Background(), modalitytest.Rows(4)); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"b"}, {"a"}, {"b", "a"}} {
		s, err := d.Select(true, names...)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Prepare(context.Background(), modalitytest.Rows(6)); err != nil {
			t.Fatal(err)
		}
		for i, in := range s.Inputs() {
			if in.Name != names[i] {
				t.Errorf("%v: input %d is %s", names, i, in.Name)
			}
		}
	}
	if err := d.Prepare(context.Background(), modalitytest.Rows(6)); err != nil || f.loads.Load() != 6 || g.loads.Load() != 6 {
		t.Errorf("%d and %d rows loaded, want each once, %v", f.loads.Load(), g.loads.Load(), err)
	}
	for _, names := range [][]string{{"c"}, {"a", "a"}, {}} {
		if _, err := d.Select(true, names...); err == nil {
			t.Errorf("%v: no error", names)
		}
	}
}

// A row may lack all of a selection where that is allowed.
func TestSelectMissingAll(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "text,w,y\nhello,1,2\nyou,,3\n")
	inputs, y := textAndNumber(t, table)
	d, err := data.NewDataset(table, inputs, y, data.DatasetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, allowed := range []bool{false, true} {
		s, err := d.Select(allowed, "facts")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Prepare(context.Background(), modalitytest.Rows(2)); (err == nil) != allowed {
			t.Errorf("allowed %v: %v", allowed, err)
		}
	}
}
