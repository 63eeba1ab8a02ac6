package trainer

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/metrics"
)

// Config is the part of a config's `training` that the loop itself reads.
type Config struct {
	// Epochs is how often every training row is seen.
	Epochs int `yaml:"epochs" default:"20" validate:"min=1,max=1000000"`
	// BatchSize is the rows of a step.
	BatchSize int `yaml:"batch_size" default:"32" validate:"min=1,max=65536"`
	// Accumulate adds the gradients of this many batches before each update.
	Accumulate int `yaml:"accumulate" default:"1" validate:"min=1,max=65536"`
	// ClipNorm is the largest Euclidean norm of the whole gradient; 0 does not clip.
	ClipNorm float64 `yaml:"clip_norm" default:"1" validate:"min=0"`
	// Average is the decay of a running mean of the weights, which is what
	// evaluation and the saved model then use; 0 uses the weights themselves.
	Average float64 `yaml:"average" validate:"min=0,lt=1"`
	// ModalityDropout is the chance that an input is left out of a row while
	// training, drawn for each row and input; never all of a row's inputs.
	ModalityDropout float64 `yaml:"modality_dropout" validate:"min=0,lt=1"`
	// Monitor is the figure by which the best epoch is chosen, such as
	// validation.loss or validation.accuracy. validation.roc_auc and
	// validation.average_precision are measured of up to 128 labels.
	Monitor string `yaml:"monitor" default:"validation.loss" validate:"required"`
	// EarlyStopping ends training when the monitored figure no longer improves.
	EarlyStopping *EarlyStopping `yaml:"early_stopping"`
	// Checkpoint says when checkpoints are written, beside the end of each epoch.
	Checkpoint Checkpoint `yaml:"checkpoint"`
	// Workers are the goroutines that prepare batches ahead of compute.
	Workers int `yaml:"workers" default:"2" validate:"min=0,max=256"`
}

// EarlyStopping says when to give up waiting for the monitored figure.
type EarlyStopping struct {
	// Patience is how many epochs without improvement are waited for.
	Patience int `yaml:"patience" default:"5" validate:"min=1"`
	// MinDelta is what counts as an improvement at least.
	MinDelta float64 `yaml:"min_delta" validate:"min=0"`
}

// Checkpoint says when a run that is killed can be resumed from, beside the end
// of each epoch. Checkpoints are written while training goes on, from a copy.
type Checkpoint struct {
	// EverySteps also saves after this many updates; 0 does not.
	EverySteps int `yaml:"every_steps" validate:"min=0"`
	// EveryMinutes also saves when the last checkpoint is this many minutes old,
	// for epochs that take long; 0 does not.
	EveryMinutes float64 `yaml:"every_minutes" default:"10" validate:"min=0"`
	// Keep is how many of the newest checkpoints stay, beside that of the best
	// epoch.
	Keep int `yaml:"keep" default:"3" validate:"min=1,max=100000"`
}

// keep is Keep, or its default.
func (c Checkpoint) keep() int { return cmp.Or(c.Keep, 3) }

// monitored is the split and the name of the monitored figure.
func (c Config) monitored() (split, name string, err error) {
	split, name, ok := strings.Cut(c.Monitor, ".")
	if !ok || split != "validation" && split != "train" || name == "" {
		return "", "", &SetupError{fmt.Sprintf("training.monitor is %q, want validation.<metric> or train.<metric>", c.Monitor)}
	}
	return split, name, nil
}

// metric is the name of the monitored figure.
func (c Config) metric() string {
	_, name, _ := strings.Cut(c.Monitor, ".")
	return name
}

// improves reports whether value is better than best by more than least.
func improves(metric string, value, best, least float64) bool {
	if metrics.Better(metric, 1, 0) {
		return metrics.Better(metric, value-least, best)
	}
	return metrics.Better(metric, value+least, best)
}
