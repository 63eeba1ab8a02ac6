package auto_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/auto"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/rng"
)

// yes are answers of two labels.
func yes(labels ...int) compare.Answers { return compare.Answers{Labels: 2, Classes: labels} }

// Example chooses among three models that err in different rows.
func Example() {
	s := auto.Selection{Metric: "accuracy", Answers: yes(1, 1, 1, 0, 0, 0)}
	votes, score, err := s.Choose([]auto.Voter{
		{Predictions: []float32{.9, .9, .1, .1, .2, .4}}, // wrong in the third row
		{Predictions: []float32{.9, .2, .95, .2, .1, .3}},
		{Predictions: []float32{.4, .4, .4, .6, .6, .6}}, // in all
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(votes, score)
	// Output: [1 1 0] 1
}

// A voter that ties goes before the others if it has votes, then by the loss of the mean, then by its
// place; votes are as few as say the same.
func TestChooseBreaksTies(t *testing.T) {
	sure, unsure := []float32{.9, .9, .1, .1}, []float32{.6, .6, .4, .4}
	for name, c := range map[string]struct {
		voters []auto.Voter
		want   []int
	}{
		"by loss":  {[]auto.Voter{{Predictions: unsure}, {Predictions: sure}}, []int{0, 1}},
		"by place": {[]auto.Voter{{Predictions: sure}, {Predictions: slices.Clone(sure)}}, []int{1, 0}},
	} {
		s := auto.Selection{Metric: "accuracy", Answers: yes(1, 1, 0, 0)}
		votes, score, err := s.Choose(c.voters)
		if err != nil || score != 1 || !slices.Equal(votes, c.want) {
			t.Errorf("%s: votes %v, score %v, %v", name, votes, score, err)
		}
	}
}

// The bound on how many are chosen holds, and the score is that of the mean.
func TestChooseIsBounded(t *testing.T) {
	// Every model knows two rows of twelve, and the mean of all knows all.
	var voters []auto.Voter
	var numbers []float64
	for row := range 12 {
		numbers = append(numbers, float64(row%2*2-1))
	}
	for m := range 6 {
		v := auto.Voter{Predictions: make([]float32, 12)}
		for row := range v.Predictions {
			if row/2 == m {
				v.Predictions[row] = float32(numbers[row]) * 6
			}
		}
		voters = append(voters, v)
	}
	for most, different := range map[int]int{0: 6, 3: 3, 1: 1} {
		s := auto.Selection{Metric: "mae", Answers: compare.Answers{Numbers: numbers}, Most: most}
		votes, score, err := s.Choose(voters)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, v := range votes {
			n += min(v, 1)
		}
		if n > different {
			t.Errorf("at most %d: votes %v", most, votes)
		}
		mean, sum := s.Mean(voters, votes), 0.0
		for row, y := range numbers {
			sum += math.Abs(float64(mean[row]) - y)
		}
		if math.Abs(sum/12-score) > 1e-9 {
			t.Errorf("score %v, by hand %v", score, sum/12)
		}
	}
}

// Of rows in which a voter lacks its inputs it has no vote, and where nobody has any the prior
// speaks.
func TestMeanOfThosePresent(t *testing.T) {
	s := auto.Selection{Metric: "accuracy", Answers: yes(1, 0, 1), Prior: []float32{.25}}
	got := s.Mean([]auto.Voter{
		{Predictions: []float32{.9, .5, .5}, Lacks: []bool{false, true, true}},
		{Predictions: []float32{.3, .1, .5}, Lacks: []bool{false, false, true}},
	}, []int{1, 2})
	if want := []float32{.5, .1, .25}; !slices.Equal(got, want) {
		t.Errorf("mean %v, want %v", got, want)
	}
}

// An ensemble that only fits the rows that chose it is not taken, and one that pays on others is.
func TestDecideByRowsHeldOut(t *testing.T) {
	// right is what a model gives the label that is right, by a number in [0, 1).
	draw := func(key rng.Key, rows, models int, right func(model int, u float64) float32) (auto.Selection, []auto.Voter) {
		labels := make([]int, rows)
		voters := make([]auto.Voter, models)
		for row := range labels {
			labels[row] = key.Name("label").IntN(row, 2)
			for m := range voters {
				p := right(m, key.Int(m).Float64(row))
				if labels[row] == 0 {
					p = 1 - p
				}
				voters[m].Predictions = append(voters[m].Predictions, p)
			}
		}
		return auto.Selection{Metric: "accuracy", Answers: yes(labels...), Seed: 1}, voters
	}
	decide := func(s auto.Selection, voters []auto.Voter) (single bool, held *auto.Held) {
		votes, _, held, err := s.Decide(voters)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, v := range votes {
			n += min(v, 1)
		}
		return n == 1, held
	}
	// The first model is right in eight rows of ten, more or less surely, and the others guess: some
	// happen to mend what it is unsure of.
	fitted, refused := 0, 0
	for seed := range 8 {
		s, voters := draw(rng.New(uint64(seed)), 100, 12, func(m int, u float64) float32 {
			if m == 0 {
				return float32(0.3 + 0.7*u*u*u/(u*u*u+0.01))
			}
			return float32(0.4 + 0.2*u)
		})
		single, held := decide(s, voters)
		if held == nil {
			continue // nothing fitted better
		}
		fitted++
		if single {
			refused++
		}
		if single == held.Pays(s.Metric) {
			t.Errorf("seed %d: a single model is %v, held out %+v", seed, single, held)
		}
	}
	if fitted < 4 || refused < 3 {
		t.Errorf("of 8 draws selection fitted the rows in %d, and was refused in %d", fitted, refused)
	}
	// All are right in seven of ten, each in rows of its own: together they know more.
	s, voters := draw(rng.New(3), 300, 9, func(_ int, u float64) float32 {
		if u < 0.7 {
			return 0.6
		}
		return 0.4
	})
	if single, held := decide(s, voters); single || held == nil || held.Together <= held.Alone {
		t.Errorf("single %v, held out %+v", single, held)
	}
	// Rows of one group are held out together: where a group is all there is, nobody can tell.
	s.Groups = make([]int, 300)
	if single, held := decide(s, voters); !single || !math.IsNaN(float64(held.Together)) {
		t.Errorf("one group: single %v, held out %+v", single, held)
	}
}
