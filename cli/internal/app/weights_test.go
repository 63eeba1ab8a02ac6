package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// Where class weights cannot do anything, that is said.
func TestF5_WeightsOfLoneRowsAreToldToDoNothing(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	for _, c := range []struct {
		says bool
		sets []string
	}{
		{true, []string{"output.class_weights=balanced", "training.batch_size=1"}},
		{false, []string{"output.class_weights=balanced", "training.batch_size=1", "training.accumulate=2"}},
		{false, []string{"output.class_weights=none", "training.batch_size=1"}},
	} {
		w.n++
		o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("alone" + c.sets[0] + c.sets[len(c.sets)-1]), Sets: append(c.sets, "training.epochs=1")}
		said, err := start(context.Background(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(said, "output.class_weights do nothing"); got != c.says {
			t.Errorf("%v: said so: %v, want %v", c.sets, got, c.says)
		}
	}
}
