package infer

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
)

// Options say how a model is loaded and used. The zero value will do.
type Options struct {
	// Registry is of what the model's config names; nil: config.Inference(). One
	// with modules of your own begins with that too, or with config.Builtin().
	Registry *config.Registry
	// Parallel is how many batches may be computed at the same time, each with
	// memory of its own; 0: one a core. More calls wait. It is less of a model that
	// would take more than a quarter of the machine's memory otherwise.
	Parallel int
	// MaxBatch is how many rows are computed at once, a power of two; 0: 64.
	// Answers do not depend on it. It is less of a model as Parallel is.
	MaxBatch int
	// Strict makes an error of a cell that is not used as it stands: empty, an unknown
	// category, a text cut short.
	Strict bool
	// Warn is told of each damaged checkpoint that was passed over; may be nil.
	Warn func(err error)
}

// A Model answers. It is safe for use by many goroutines.
type Model struct {
	bundle  *bundle.Bundle
	columns []column
	prior   []float32 // of rows that lack every input; nil if these are errors
	most    int
	strict  bool
	pool    *pool

	featureBytes, answerBytes int64 // of a row
}

// Load reads a run folder, its model/, or a checkpoint, and verifies all of it.
func Load(ctx context.Context, path string, o Options) (*Model, error) {
	if o.Registry == nil {
		o.Registry = config.Inference()
	}
	b, err := bundle.Load(ctx, path, bundle.Options{Registry: o.Registry, Warn: o.Warn})
	if err != nil {
		return nil, err
	}
	return New(b, o)
}

// New uses a bundle that was loaded already, which it takes over: the bundle's
// inputs then read images from cells, not from a folder.
func New(b *bundle.Bundle, o Options) (*Model, error) {
	if o.Parallel == 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = 64
	}
	if o.Parallel < 1 || o.MaxBatch < 1 || o.MaxBatch&(o.MaxBatch-1) != 0 {
		return nil, fmt.Errorf("infer: Parallel is %d and MaxBatch %d, want 1 or more, and a power of two", o.Parallel, o.MaxBatch)
	}
	if err := b.Check(); err != nil {
		return nil, err
	}
	most, parallel, _, err := fit(b.Model, o.MaxBatch, o.Parallel, b.Model.Memory())
	if err != nil {
		return nil, err
	}
	b.ReadFiles(fileCells{})
	m := &Model{bundle: b, columns: columnsOf(b.Inputs), most: most, strict: o.Strict, pool: newPool(b, parallel)}
	if b.Config.Data.AllowsLacking() {
		m.prior = b.Target.Prior()
	}
	m.sizes()
	return m, nil
}

// Bundle is the model with its preprocessing and labels, for reading. What
// runs its Model builds programs of its own (model.NewProgram).
func (m *Model) Bundle() *bundle.Bundle { return m.bundle }

var errMissing = errors.New("infer: a Model is missing: Load and New make one")

// Labels in the order of Prediction.Probabilities; nil for a regression, and of several
// outputs, each of which has its own: see Describe.
func (m *Model) Labels() []string {
	if m == nil || m.bundle == nil {
		return nil
	}
	return m.bundle.Target.Labels()
}
