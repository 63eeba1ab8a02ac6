package trainer_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/trainer"
	"github.com/chiasm-ml/chiasm/trainer/optim"
)

// Parameters that are made untrainable after their model are left alone, by
// decay and by momentum too, and all others are trained.
func TestFreezingAfterTheModelIsMade(t *testing.T) {
	r := everything()
	r.plain = true
	r.Config.Epochs, r.Config.EarlyStopping = 2, nil
	tr := r.trainer(t)
	frozen := func(name string) bool { return strings.HasPrefix(name, "encoders.") }
	before := map[string][]float32{}
	for _, p := range tr.Model.Params() {
		if frozen(p.Name) {
			p.Trainable = false
		}
		before[p.Name] = slices.Clone(p.Data)
	}
	config := optim.DefaultAdamW()
	config.LearningRate = 0.05
	tr.Optimizer = must(optim.NewAdamW(len(tr.Model.Weights()), trainer.Groups(tr.Model), config))
	if _, err := tr.Run(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.Model.Params() {
		if same := slices.Equal(p.Data, before[p.Name]); p.Offset() >= 0 && same != frozen(p.Name) && !strings.HasSuffix(p.Name, "key.bias") {
			t.Errorf("%s: unchanged is %v", p.Name, same)
		}
	}
}
