package scenes

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

var few = Options{Seed: 3, Train: 10, Validation: 5, Test: 7}

// oracle answers a question from its words alone, in another way than the
// questions themselves do.
func oracle(question string, s scene) []string {
	has := func(w string) bool { return strings.Contains(" "+question+" ", " "+w) }
	matches := func(o object) bool {
		for i, w := range shapes {
			if has(w) && o.shape != i {
				return false
			}
		}
		for i, w := range sizes {
			if has(w) && o.size != i {
				return false
			}
		}
		for i, w := range colours {
			if has(w) && o.colour != i {
				return false
			}
		}
		if _, place, ok := strings.Cut(question, " in the "); ok {
			place, _, _ = strings.Cut(place, " is of ")
			return cellNames[o.cell] == place
		}
		return true
	}
	found := s.find(matches)
	if has("how many") || has("count") || has("number") {
		return []string{[]string{"zero", "one", "two", "three", "four", "five", "six"}[len(found)]}
	}
	for i, d := range directionNames {
		if !has(d) {
			continue
		}
		step := directionSteps[i]
		var beside []object
		for _, o := range s {
			if o.cell%3 == found[0].cell%3+step[0] && o.cell/3 == found[0].cell/3+step[1] {
				beside = append(beside, o)
			}
		}
		found = beside
	}
	var answers []string
	for _, o := range found {
		if has("shape") {
			answers = append(answers, shapes[o.shape])
		} else {
			answers = append(answers, colours[o.colour])
		}
	}
	return answers
}

func TestAnswersAreRight(t *testing.T) {
	kinds := map[string]int{}
	for i, r := range Rows(Options{Seed: 5, Train: 700, Validation: 1, Test: 1}) {
		kinds[r.Kind]++
		if got := oracle(r.Question, r.scene); !slices.Equal(got, []string{r.Answer}) {
			t.Fatalf("row %d: %q is answered %q, should be %q (scene %+v)", i, r.Question, r.Answer, got, r.scene)
		}
		if len(r.scene) < fewest || len(r.scene) > most {
			t.Errorf("row %d has %d objects", i, len(r.scene))
		}
		for _, place := range strings.Split(r.Region, " + ") {
			if !slices.Contains(cellNames, place) {
				t.Errorf("row %d: region %q", i, r.Region)
			}
		}
	}
	if kinds["attribute"] < 1100 || kinds["position"] < 500 || kinds["relation"] < 40 || kinds["count"] < 40 {
		t.Errorf("kinds of questions: %v", kinds)
	}
}

// A question alone must not give its answer away: guessing the most frequent
// answer to the same words in the training rows is the best it can do.
func TestQuestionsOfOneKind(t *testing.T) {
	for _, kind := range Kinds {
		for i, r := range Rows(Options{Seed: 2, Train: 20, Validation: 1, Test: 1, Kinds: []string{kind}}) {
			if got := oracle(r.Question, r.scene); r.Kind != kind || !slices.Equal(got, []string{r.Answer}) {
				t.Errorf("row %d of %s: %q, which is %s, is answered %q, should be %q", i, kind, r.Question, r.Kind, got, r.Answer)
			}
		}
	}
}

func TestQuestionAloneSaysLittle(t *testing.T) {
	o := Options{Seed: 1}
	o.fill()
	var train, test []Row
	for _, r := range Rows(o) {
		switch o.split(r.Picture) {
		case "train":
			train = append(train, r)
		case "test":
			test = append(test, r)
		}
	}
	seen, all := map[string]map[string]int{}, map[string]int{}
	for _, r := range train {
		if seen[r.Question] == nil {
			seen[r.Question] = map[string]int{}
		}
		seen[r.Question][r.Answer]++
		all[r.Answer]++
	}
	byQuestion, majority := 0, 0
	for _, r := range test {
		if frequent(seen[r.Question]) == r.Answer {
			byQuestion++
		}
		if frequent(all) == r.Answer {
			majority++
		}
	}
	t.Logf("most frequent answer: %.3f; most frequent to the same question: %.3f", float64(majority)/float64(len(test)), float64(byQuestion)/float64(len(test)))
	if float64(byQuestion) > 0.25*float64(len(test)) || float64(majority) > 0.15*float64(len(test)) {
		t.Errorf("of %d: %d by the most frequent answer, %d by the most frequent to the same question", len(test), majority, byQuestion)
	}
}

func frequent(counts map[string]int) string {
	best := ""
	for answer, n := range counts {
		if n > counts[best] || n == counts[best] && answer < best {
			best = answer
		}
	}
	return best
}

func TestPictures(t *testing.T) {
	for i := range 200 {
		s, key := newScene(rng.New(9).Int(i)), rng.New(10).Int(i)
		img := s.draw(key)
		ground := uint8(205 + 50*key.Name("ground").Float64(0))
		covered := make([]float64, cells) // pixels that are not ground
		for y := range Side {
			for x := range Side {
				if p := img.RGBAAt(x, y); p.R != ground || p.G != ground || p.B != ground {
					covered[y/cellSize*gridSide+x/cellSize]++
				}
			}
		}
		for _, o := range s {
			// Pixels on the border count whole.
			if n, area := covered[o.cell], areas[o.size]; n < 0.9*area || n > 1.6*area+12 {
				t.Errorf("scene %d: a %s %s covers %v pixels, its area is %v", i, sizes[o.size], shapes[o.shape], n, area)
			}
			if c := paintOf(img, o.cell, ground); c != o.colour {
				t.Errorf("scene %d: a %s thing looks %s", i, colours[o.colour], colours[c])
			}
			covered[o.cell] = 0
		}
		if slices.Max(covered) > 0 {
			t.Errorf("scene %d: %v pixels are painted in cells without an object", i, covered)
		}
	}
}

// paintOf is the colour nearest to the pixel of the cell that is farthest from
// the ground.
func paintOf(img *image.RGBA, cell int, ground uint8) int {
	distance := func(p color.RGBA, q [3]float64) float64 {
		return math.Hypot(math.Hypot(float64(p.R)-q[0], float64(p.G)-q[1]), float64(p.B)-q[2])
	}
	g := float64(ground)
	var farthest color.RGBA
	for i := range cellSize * cellSize {
		p := img.RGBAAt(cell%gridSide*cellSize+i%cellSize, cell/gridSide*cellSize+i/cellSize)
		if i == 0 || distance(p, [3]float64{g, g, g}) > distance(farthest, [3]float64{g, g, g}) {
			farthest = p
		}
	}
	nearest := 0
	for c, p := range palette {
		if distance(farthest, p) < distance(farthest, palette[nearest]) {
			nearest = c
		}
	}
	return nearest
}

// folderHash is one hash over all files of a folder and their names.
func folderHash(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		fmt.Fprintf(h, "%s %d\n%s", name, len(b), b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestGenerate(t *testing.T) {
	first, second, other := t.TempDir(), t.TempDir(), t.TempDir()
	generate := func(dir string, o Options) {
		t.Helper()
		if err := Generate(context.Background(), dir, o); err != nil {
			t.Fatal(err)
		}
	}
	generate(first, few)
	before := runtime.GOMAXPROCS(1)
	generate(second, few)
	generate(second, few) // over itself
	runtime.GOMAXPROCS(before)
	if folderHash(t, first) != folderHash(t, second) {
		t.Error("the same options give other bytes")
	}
	o := few
	o.Seed++
	generate(other, o)
	if folderHash(t, first) == folderHash(t, other) {
		t.Error("another seed gives the same bytes")
	}

	f, err := os.Open(filepath.Join(first, "data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"id", "image", "question", "answer", "kind", "region", "split"}; !slices.Equal(rows[0], want) {
		t.Errorf("columns are %v, want %v", rows[0], want)
	}
	splits := map[string]int{}
	for _, row := range rows[1:] {
		splits[row[6]]++
		f, err := os.Open(filepath.Join(first, row[1]))
		if err != nil {
			t.Fatal(err)
		}
		c, err := png.DecodeConfig(f)
		f.Close()
		if err != nil || c.Width != Side || c.Height != Side {
			t.Errorf("%s: %d × %d, %v", row[1], c.Width, c.Height, err)
		}
	}
	if splits["train"] != 30 || splits["validation"] != 15 || splits["test"] != 21 {
		t.Errorf("splits are %v", splits)
	}
}

func TestCancelledLeavesNoTable(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	if err := Generate(ctx, dir, few); err == nil {
		t.Error("a cancelled run succeeds")
	}
	if _, err := os.Stat(filepath.Join(dir, "data.csv")); err == nil {
		t.Error("a cancelled run leaves a table")
	}
}
