package auto_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/auto"
	"github.com/chiasm-ml/chiasm/internal/compare"
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
