package config

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/metrics"
)

// Threshold says from which probability on a label is predicted.
type Threshold struct {
	// Half is 0.5. F1 is the threshold of the best F1 on the validation rows, chosen once training is over, for each label; those of the mapping below are chosen alike.
	Aim string `yaml:",scalar" default:"half" validate:"omitempty,oneof=half f1"`
	// At is a threshold of your own, which may also stand alone: threshold: 0.3.
	At float64 `yaml:"at,omitempty,number" validate:"gte=0,lt=1"`
	// Precision that is wanted: of the thresholds that have it the one that finds most.
	Precision float64 `yaml:"precision,omitempty" validate:"gte=0,lte=1"`
	// Recall that is wanted: of the thresholds that have it the most precise one.
	Recall float64 `yaml:"recall,omitempty" validate:"gte=0,lte=1"`
	// What a wrong yes costs, beside false_negative: the threshold of the least cost.
	FalsePositive float64 `yaml:"false_positive,omitempty" validate:"gte=0"`
	// What a wrong no costs.
	FalseNegative float64 `yaml:"false_negative,omitempty" validate:"gte=0"`
}

// Validate refuses a mapping that asks for none of these, or for several.
func (t Threshold) Validate() error {
	asked := 0
	for _, v := range []bool{t.At > 0, t.Precision > 0, t.Recall > 0, t.FalsePositive > 0 || t.FalseNegative > 0} {
		if v {
			asked++
		}
	}
	switch {
	case t.Aim != "":
		return nil
	case asked != 1:
		return &data.ConfigError{Field: "threshold", Message: "expected one of half, f1, a number above 0, {precision: 0.9}, {recall: 0.9} and {false_positive: 1, false_negative: 5}"}
	case (t.FalsePositive > 0) != (t.FalseNegative > 0):
		return &data.ConfigError{Field: "threshold", Message: "needs both false_positive and false_negative, above 0: with one of them free, all rows or none would be predicted"}
	}
	return nil
}

// aim is what is to be chosen by; false where nothing is.
func (t Threshold) aim() (metrics.Aim, bool) {
	switch {
	case t.Aim == "f1":
		return metrics.Aim{Kind: "f1"}, true
	case t.Precision > 0:
		return metrics.Aim{Kind: "precision", Least: t.Precision}, true
	case t.Recall > 0:
		return metrics.Aim{Kind: "recall", Least: t.Recall}, true
	case t.FalsePositive > 0:
		return metrics.Aim{Kind: "cost", FalsePositive: t.FalsePositive, FalseNegative: t.FalseNegative}, true
	}
	return metrics.Aim{}, false
}

// threshold is the output's; false where it has none.
func (o Output) threshold() (Threshold, bool) {
	if c, ok := o.Config.(interface{ decides() Threshold }); ok {
		return c.decides(), true
	}
	return Threshold{}, false
}

// ThresholdAim is what thresholds are to be chosen by on validation rows; false
// where they are not.
func (c *Config) ThresholdAim() (metrics.Aim, bool) {
	t, _ := c.Output.threshold()
	return t.aim()
}

// FixedThreshold is the one that the config names; false where it names none.
func (c *Config) FixedThreshold() (float64, bool) {
	t, _ := c.Output.threshold()
	return t.At, t.At > 0
}
