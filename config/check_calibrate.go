package config

import "github.com/chiasm-ml/chiasm/fusion"

// late are the options of the score_average at the root of the tree; nil if
// there is none.
func (c *Config) late() *fusion.ScoreAverageConfig {
	if c.Fusion == nil {
		return nil
	}
	if o, ok := c.Fusion.Config.(fusion.ScoreAverageConfig); ok {
		return &o
	}
	return nil
}

// calibrates says whether the output is to be calibrated.
func (o Output) calibrates() bool {
	c, ok := o.Config.(interface{ calibrated() bool })
	return ok && c.calibrated()
}

// Calibrates says whether something is to be fitted to the output once training is over.
func (c *Config) Calibrates() bool { return c.Output.calibrates() }

// checkCalibrate refuses what could not be fitted after training: without rows
// for it, without probabilities, or below the root.
func (c *Config) checkCalibrate() {
	if c.Output.calibrates() {
		c.needsValidation("output.calibrate")
	}
	if _, ok := c.ThresholdAim(); ok {
		c.needsValidation("output.threshold")
	}
	if o := c.late(); o != nil {
		_, able := c.Output.Config.(interface{ calibrated() bool })
		number := !able
		for _, k := range []struct {
			asked bool
			key   string
		}{{o.Calibrate, "fusion.calibrate"}, {o.Weights == "fitted", "fusion.weights"}} {
			switch {
			case !k.asked:
			case number:
				c.report.Problemf(k.key, []string{"output.type"}, "is fitted to probabilities, and a regression has none; leave it out: numbers are averaged with equal weights")
			default:
				c.needsValidation(k.key)
			}
		}
	}
	if c.Fusion != nil {
		for i, o := range c.Fusion.Of {
			c.checkBelow(o.Fusion, operandPath("fusion", i))
		}
	}
}

// needsValidation refuses a fit where no rows are split off for it. A split by
// column is known later.
func (c *Config) needsValidation(at string) {
	if c.Data.Split.Column == "" && c.Data.Split.Validation == 0 {
		c.report.Problemf(at, []string{"data.split"}, "is fitted on validation rows, and none are split off; set data.split.validation, or leave it out")
	}
}

// checkBelow refuses options of a score_average that have a meaning at the root
// alone.
func (c *Config) checkBelow(f *Fusion, at string) {
	if f == nil {
		return
	}
	if o, ok := f.Config.(fusion.ScoreAverageConfig); ok {
		if o.Train == "separate" {
			c.report.Problemf(at+".train", nil, "is separate, and what is fused here goes on into the fusion above, which is trained with it; train separately at the root of the tree, or jointly here")
		}
		if o.Calibrate {
			c.report.Problemf(at+".calibrate", nil, "is fitted to the decisions that the root of the tree joins, and these are joined further up; set it at a score_average at the root, or output.calibrate")
		}
		if o.Weights == "fitted" {
			c.report.Problemf(at+".weights", nil, "are fitted to the decisions that the root of the tree joins, and these are joined further up; set them at a score_average at the root")
		}
	}
	for i, o := range f.Of {
		c.checkBelow(o.Fusion, operandPath(at, i))
	}
}
