package trainer_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/trainer"
)

// TestF34_TrainerSaysWhatIsMissing takes a field away from a trainer that was put
// together by hand.
func TestF34_TrainerSaysWhatIsMissing(t *testing.T) {
	for field, take := range map[string]func(tr *trainer.Trainer){
		"Model":     func(tr *trainer.Trainer) { tr.Model = nil },
		"Data":      func(tr *trainer.Trainer) { tr.Data = nil },
		"Splits":    func(tr *trainer.Trainer) { tr.Splits = nil },
		"Optimizer": func(tr *trainer.Trainer) { tr.Optimizer = nil },
		"Schedule":  func(tr *trainer.Trainer) { tr.Schedule = nil },
		"Config":    func(tr *trainer.Trainer) { tr.Config = trainer.Config{} },
	} {
		tr := everything().trainer(t)
		take(tr)
		if err := tr.Check(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("without %s: %v", field, err)
		}
		if _, err := tr.Run(context.Background(), false); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("without %s: %v", field, err)
		}
	}
}
