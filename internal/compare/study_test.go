package compare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/rng"
)

// contender answers yes or no on n rows, as certain as skill is high. What rows
// are hard is common to all contenders, what seeds do is their own.
func contender(kind, name string, skill float64, answers []int, seeds int) compare.Contender {
	c := compare.Contender{Kind: kind, Name: name, Inputs: []string{"a", "b"}, Parameters: 100, TrainingSeconds: 3, InferenceMicros: 20}
	for s := range seeds {
		r := compare.Run{Seed: uint64(s), Validation: skill, Without: map[string]float64{"a": 0.5, "b": 0.4 + 0.1*float64(s)}}
		for row, y := range answers {
			z := 1.5*rng.New(1).Name("row").Normal(row) + 0.7*rng.New(1).Name(name).Int(s).Normal(row) + skill
			p := 1 / (1 + math.Exp(-z))
			if y == 0 {
				p = 1 - p
			}
			r.Predictions = append(r.Predictions, float32(p))
		}
		c.Runs = append(c.Runs, r)
	}
	return c
}

func truth(n int) []int {
	y := make([]int, n)
	for i := range y {
		y[i] = rng.New(2).IntN(i, 2)
	}
	return y
}

func study(n, seeds int, more ...compare.Contender) *compare.Study {
	y := truth(n)
	return &compare.Study{
		Answers: compare.Answers{Labels: 2, Classes: y}, Resamples: 2000,
		Contenders: append([]compare.Contender{
			contender(compare.Modality, "sound", 0.1, y, seeds), contender(compare.Modality, "text", 0.5, y, seeds),
			contender(compare.Subset, "sound+text", 0.6, y, seeds),
			contender(compare.Fusion, "late", 1.1, y, seeds),
		}, more...),
	}
}

// Example compares two models that were trained with three seeds each.
func Example() {
	y := []int{0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0}
	says := func(wrong ...int) (p []float32) {
		for i, v := range y {
			if slices.Contains(wrong, i) {
				v = 1 - v
			}
			p = append(p, float32(v))
		}
		return p
	}
	s := compare.Study{
		Answers: compare.Answers{Labels: 2, Classes: y},
		Contenders: []compare.Contender{
			{Kind: compare.Modality, Name: "text", Runs: []compare.Run{{Seed: 1, Predictions: says(0, 3, 4, 7, 8, 9, 11)}, {Seed: 2, Predictions: says(0, 3, 4, 7, 8, 10)}, {Seed: 3, Predictions: says(0, 2, 3, 4, 7, 8, 9)}}},
			{Kind: compare.Fusion, Name: "late", Runs: []compare.Run{{Seed: 1, Predictions: says()}, {Seed: 2, Predictions: says(1)}, {Seed: 3, Predictions: says()}}},
		},
	}
	r, err := s.Result()
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s %.2f, %s %.2f\n", r.Runs[0].Name, r.Runs[0].Mean, r.Runs[1].Name, r.Runs[1].Mean)
	fmt.Println(strings.SplitAfter(r.Verdict, ". ")[1])
	// Output:
	// text 0.44, late 0.97
	// Use late.
}

func result(t *testing.T, s *compare.Study) *compare.Result {
	t.Helper()
	r, err := s.Result()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func find(t *testing.T, r *compare.Result, contender, against string) compare.Test {
	t.Helper()
	i := slices.IndexFunc(r.Tests, func(x compare.Test) bool { return x.Contender == contender && x.Against == against })
	if i < 0 {
		t.Fatalf("no test of %s against %s", contender, against)
	}
	return r.Tests[i]
}

// Every contender is held against the best input alone and the simplest fusion,
// each pair once; the chosen are those of validation.
func TestTableAndTests(t *testing.T) {
	y := truth(300)
	s := study(300, 3, contender(compare.Fusion, "deep", 1.1, y, 3), contender(compare.Fusion, "never", 0, y, 0))
	r := result(t, s)
	var pairs []string
	for _, x := range r.Tests {
		pairs = append(pairs, x.Contender+" "+x.Against)
		if x.Seeds != 3 || x.Low > x.Difference || x.Difference > x.High || x.Holm < x.P {
			t.Errorf("%+v", x)
		}
	}
	want := []string{"sound text", "sound+text text", "late text", "deep text", "sound late", "sound+text late", "deep late"}
	if !slices.Equal(pairs, want) {
		t.Errorf("tests %v, want %v", pairs, want)
	}
	if r.BestModality != 1 || r.SimplestFusion != 3 || r.BestFusion != 3 || s.BestModality() != 1 {
		t.Errorf("chosen %d %d %d", r.BestModality, r.SimplestFusion, r.BestFusion)
	}
	if late := find(t, r, "late", "text"); late.Holm > 0.05 || late.Difference < 0.05 {
		t.Errorf("late fusion is better, and the test says %+v", late)
	}
	for _, row := range r.Runs[:5] {
		if row.Seeds != 3 || row.Low >= row.Mean || row.High <= row.Mean || len(row.Without) != 2 || math.Abs(float64(row.Without[1].Mean)-0.5) > 1e-9 {
			t.Errorf("%+v", row)
		}
	}
	b, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(b), `"name":"never","inputs":["a","b"],"mean":null`) {
		t.Errorf("%s, %v", b, err)
	}
}

// Models that answer alike are never told apart, whatever their number.
func TestNoFalseClaim(t *testing.T) {
	y := truth(200)
	s := study(200, 2)
	for i := range 10 {
		c := contender(compare.Fusion, "late", 1.1, y, 2)
		c.Name = fmt.Sprint("copy", i)
		s.Contenders = append(s.Contenders, c)
	}
	r := result(t, s)
	for _, x := range r.Tests {
		if strings.HasPrefix(x.Contender, "copy") && x.Against == "late" && (x.Difference != 0 || x.Low != 0 || x.High != 0 || x.P != 1 || x.Holm != 1) {
			t.Errorf("%+v", x)
		}
	}
	if !strings.Contains(r.Verdict, "copy0 adds 0.0 (0.0 to 0.0): not worth it") || !strings.HasSuffix(r.Verdict, "Use late.") {
		t.Error(r.Verdict)
	}
}

// Chance alone makes no verdict: of many studies in which nothing differs, few
// claim anything at all, although each makes several tests.
func TestFamilyOfNothing(t *testing.T) {
	claims := 0
	const studies = 100
	for i := range studies {
		y := truth(120)
		s := &compare.Study{Answers: compare.Answers{Labels: 2, Classes: y}, Resamples: 500}
		for k, kind := range []string{compare.Modality, compare.Modality, compare.Fusion, compare.Fusion, compare.Fusion} {
			s.Contenders = append(s.Contenders, contender(kind, fmt.Sprint(i, " ", k), 0.8, y, 3))
		}
		if slices.ContainsFunc(result(t, s).Tests, func(x compare.Test) bool { return x.Holm < 0.05 }) {
			claims++
		}
	}
	if claims > 10 { // 5 expected at most; 3 standard errors above
		t.Errorf("%d of %d studies of nothing claim something", claims, studies)
	}
}

// Seeds are paired where both have them.
func TestSeedsInCommon(t *testing.T) {
	s := study(200, 4)
	s.Contenders[3].Runs = s.Contenders[3].Runs[1:3]
	s.Asked = 16
	r := result(t, s)
	if x := find(t, r, "late", "text"); x.Seeds != 2 || r.Runs[3].Seeds != 2 || r.Missing != 2 {
		t.Errorf("%+v, %+v, %d missing", x, r.Runs[3], r.Missing)
	}
	for i := range s.Contenders[3].Runs {
		s.Contenders[3].Runs[i].Seed += 100
	}
	if r := result(t, s); slices.ContainsFunc(r.Tests, func(x compare.Test) bool { return x.Contender == "late" }) || !strings.Contains(r.Verdict, "no seed in common") {
		t.Errorf("%+v, %s", r.Tests, r.Verdict)
	}
}

// Rows of one group vary together: intervals are wider.
func TestGroupsOfRows(t *testing.T) {
	y := truth(40)
	var all []int
	groups := []int{}
	for i := range 200 { // every row five times
		all, groups = append(all, y[i%40]), append(groups, i%40)
	}
	s := study(40, 1)
	s.Answers.Classes = all
	for k := range s.Contenders {
		p := s.Contenders[k].Runs[0].Predictions
		s.Contenders[k].Runs[0].Predictions = slices.Repeat(p, 5)
	}
	alone := find(t, result(t, s), "late", "text")
	s.Groups = groups
	together := find(t, result(t, s), "late", "text")
	if a, b := alone.High-alone.Low, together.High-together.Low; b < 1.5*a {
		t.Errorf("an interval %.3f wide by row is %.3f wide by group", a, b)
	}
}

func TestMetricIsChosen(t *testing.T) {
	s := study(100, 1)
	for _, metric := range s.Answers.Metrics() {
		s.Metric = metric
		if r := result(t, s); r.Metric != metric || r.Lower {
			t.Errorf("%s: %+v", metric, r)
		}
	}
	s.Metric = "acuracy"
	_, err := s.Result()
	var e *compare.MetricError
	if !errors.As(err, &e) || e.ExitCode() != 2 || !strings.Contains(err.Error(), "did you mean accuracy?") {
		t.Error(err)
	}
	s.Metric = "accuracy"
	s.Contenders[0].Runs[0].Predictions = s.Contenders[0].Runs[0].Predictions[1:]
	if _, err := s.Result(); err == nil || !strings.HasPrefix(err.Error(), "sound, seed 0: ") {
		t.Error(err)
	}
}

// Equal studies give equal results.
func TestSameResult(t *testing.T) {
	a, _ := json.Marshal(result(t, study(100, 2)))
	b, _ := json.Marshal(result(t, study(100, 2)))
	if string(a) != string(b) {
		t.Errorf("%s\n%s", a, b)
	}
}
