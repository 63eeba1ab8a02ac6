package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Files of a run of a comparison, beside those of any run. A run with a record
// is complete.
const (
	recordFile      = "run.json"
	predictionsFile = "predictions.safetensors"
	testTensor      = "test"
)

// runRecord is run.json: one training of a comparison.
type runRecord struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Inputs []string `json:"inputs"`
	Seed   uint64   `json:"seed"`
	// What the run depends on: all of it, and the parts of it that a reader can
	// do something about.
	Key     string `json:"key"`
	Data    string `json:"data"`
	Version string `json:"version"`

	Epochs          int            `json:"epochs"`
	BestEpoch       int            `json:"best_epoch"`
	Seconds         metrics.Number `json:"seconds"`          // in all
	TrainingSeconds metrics.Number `json:"training_seconds"` // of its epochs
	Validation      metrics.Values `json:"validation"`
	Test            metrics.Values `json:"test"`
	// Thresholds above which labels are predicted, where they were chosen.
	Thresholds metrics.Thresholds `json:"thresholds,omitempty"`
	// Without is the test rows' figures if an input is taken from all of them.
	Without []withoutInput `json:"without"`
	// InferenceMicros is the time of a row; 0 if it was not measured.
	InferenceMicros metrics.Number `json:"inference_us"`
	// PredictionsSHA256 is of the file of predictions; empty in records from before
	// it was kept.
	PredictionsSHA256 string `json:"predictions_sha256,omitempty"`

	folder      string
	predictions []float32 // of the test rows, until they are saved
}

type withoutInput struct {
	Input  string         `json:"input"`
	Values metrics.Values `json:"values"`
}

// task is a run to be made.
type task struct {
	of     *contender
	seed   uint64
	record runRecord // what is known of it before
}

func (t *task) String() string { return fmt.Sprintf("%s, seed %d", t.of.name, t.seed) }

// newTask finds out what a run depends on, and so its folder.
func (c *comparison) newTask(k *contender, seed uint64) (*task, error) {
	effective := *k.config
	effective.Seed = seed
	id, err := fit.Identity(&effective, k.data)
	if err != nil {
		return nil, err
	}
	key := fit.ID(id)
	name := fmt.Sprintf("%s-seed%d-%s", plain(k.name), seed, key[:8])
	return &task{of: k, seed: seed, record: runRecord{
		Kind: k.kind, Name: k.name, Inputs: k.inputs, Seed: seed, Key: key, Data: id["data"], Version: version.String(),
		folder: filepath.Join(c.dir, compareRunsDir, name),
	}}, nil
}

// plain is a name without what a folder's name should not have.
func plain(s string) string {
	kind, _, _ := strings.Cut(s, "{")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-", r) {
			return r
		}
		return '_'
	}, kind)
}

// readRecord reads the record of a complete run.
func readRecord(folder string) (r runRecord, err error) {
	b, err := os.ReadFile(filepath.Join(folder, recordFile))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	return r, err
}

// load is the record of a run made before; nil if it was not, or is damaged.
func (t *task) load(warn func(string)) *runRecord {
	r, err := readRecord(t.record.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r.folder = t.record.folder
	if err != nil || r.Key != t.record.Key {
		warn(fmt.Sprintf("%s cannot be used and is trained again", t.record.folder))
		return nil
	}
	if _, err := r.read(); err != nil {
		warn(fmt.Sprintf("%v, and it is trained again", err))
		return nil
	}
	return &r
}

// read reads the predictions of the test rows, which are not kept in memory: there are as
// many as rows and labels, for each run.
func (r *runRecord) read() ([]float32, error) {
	b, err := checkpoints.ReadPlain(filepath.Join(r.folder, predictionsFile))
	var tensors []checkpoints.Tensor
	if err == nil {
		tensors, _, err = checkpoints.Read(bytes.NewReader(b), int64(len(b)))
	}
	if err == nil && r.PredictionsSHA256 != "" && r.PredictionsSHA256 != sumOf(b) {
		return nil, fmt.Errorf("%s: the predictions are not those that were measured", r.folder)
	}
	if err != nil || len(tensors) != 1 || tensors[0].Name != testTensor {
		return nil, fmt.Errorf("%s: the predictions cannot be read", r.folder)
	}
	return tensors[0].F32, nil
}

// make trains a run, from its last checkpoint if there is one, and measures it.
func (c *comparison) make(ctx context.Context, t *task, watch func(trainer.Step)) (*runRecord, error) {
	effective := *t.of.config
	effective.Seed, effective.Name = t.seed, filepath.Base(t.record.folder)
	run := &training{
		options: TrainOptions{Output: t.record.folder, Resume: true, Registry: c.options.Registry},
		streams: Streams{Out: io.Discard, Err: &warningLines{c.board}}, config: &effective, data: t.of.data,
		started: time.Now(), watch: watch, unstudied: true, keep: true, compared: true,
	}
	if isLink(t.record.folder) {
		return nil, &OutputError{t.record.folder, errors.New("it is a link, and nothing is written into a folder that a link leads to")}
	}
	if err := run.fit(ctx); err != nil {
		return nil, err
	}
	r := t.record
	r.Epochs, r.BestEpoch = run.result.Epochs, run.result.BestEpoch
	r.Validation, r.Test = run.result.Validation, run.result.Test
	if err := r.addEpochs(); err != nil {
		return nil, err
	}
	r.predictions = run.evaluations["test"].Predictions
	r.Thresholds = run.bundle.Model.Head().Thresholds()
	if err := run.without(ctx, &r); err != nil {
		return nil, err
	}
	r.Seconds = metrics.Number(time.Since(run.started).Seconds())
	if err := r.save(ctx, c.warn); err != nil {
		return &r, err
	}
	r.predictions = nil
	return &r, nil
}

// without measures the model on the test rows without each of its inputs.
func (t *training) without(ctx context.Context, r *runRecord) error {
	if len(r.Inputs) < 2 {
		return nil
	}
	for k, in := range t.data.Inputs {
		e, err := trainer.Evaluate(ctx, t.bundle.Model, t.data.Dataset, t.data.Splits.Test, trainer.EvalOptions{
			Workers: t.config.Training.Workers,
			From: func(input, row int) int {
				if input == k {
					return -1
				}
				return row
			},
		})
		if err != nil {
			return err
		}
		r.Without = append(r.Without, withoutInput{in.Name, e.Values})
	}
	return nil
}

// save writes the predictions and, last, the record, which makes the run
// complete. Its checkpoints are no longer needed.
func (r *runRecord) save(ctx context.Context, warn func(error)) error {
	return r.within(ctx, warn, func(f *runFolder) error {
		n := len(r.predictions)
		var b bytes.Buffer
		if err := checkpoints.Write(&b, []checkpoints.Tensor{{Name: testTensor, Shape: []int{n}, F32: r.predictions}}, nil); err != nil {
			return err
		}
		if err := f.write(predictionsFile, b.Bytes()); err != nil {
			return err
		}
		r.PredictionsSHA256 = sumOf(b.Bytes())
		if err := r.write(f); err != nil {
			return err
		}
		ctx := context.WithoutCancel(ctx) // the run is complete, and nobody would come back for what is left
		parts, err := filepath.Glob(filepath.Join(r.folder, partsDir, "*"))
		if err != nil {
			return err
		}
		for _, part := range parts {
			if err := f.part(filepath.Base(part)).store().Clear(ctx); err != nil {
				return err
			}
		}
		return f.store().Clear(ctx)
	})
}

// within opens the folder of a run that ended.
func (r *runRecord) within(ctx context.Context, warn func(error), do func(*runFolder) error) error {
	f, err := openRun(ctx, runOptions{output: r.folder, resume: true, id: r.Key, ours: true, warn: warn})
	if err != nil {
		return err
	}
	defer f.close()
	if !f.home.Marked() { // it was made before there were markers, and its record was read
		if err := f.home.Adopt(recordFile); err != nil {
			return err
		}
		if err := f.home.Own(f.owner); err != nil {
			return err
		}
	}
	return do(f)
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// addEpochs adds up the time of the epochs, those before an interruption too.
func (r *runRecord) addEpochs() error {
	path := filepath.Join(r.folder, metricsFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(b) {
		var e trainer.Epoch
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.TrainingSeconds += e.Seconds
	}
	return nil
}

func (r *runRecord) write(f *runFolder) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return f.write(recordFile, append(b, '\n'))
}

// stale counts the complete runs in the folder of a comparison that would be
// one of its tasks, had nothing changed, and of these the ones of other data.
func (c *comparison) stale(tasks []*task) (all, data int) {
	entries, err := os.ReadDir(filepath.Join(c.dir, compareRunsDir))
	if err != nil {
		return 0, 0 // it was made a moment ago, and training will tell
	}
	for _, e := range entries {
		r, err := readRecord(filepath.Join(c.dir, compareRunsDir, e.Name()))
		if err != nil {
			continue
		}
		i := slices.IndexFunc(tasks, func(t *task) bool {
			return t.record.Kind == r.Kind && t.record.Name == r.Name && t.seed == r.Seed
		})
		if i < 0 || tasks[i].record.Key == r.Key {
			continue
		}
		all++
		if tasks[i].record.Data != r.Data {
			data++
		}
	}
	return all, data
}

// measured is a contender as package compare takes it.
func (k *contender) measured(metric string) compare.Contender {
	out := compare.Contender{Kind: k.kind, Name: k.name, Inputs: k.inputs, Parameters: k.parameters}
	for _, r := range k.runs {
		run := compare.Run{Seed: r.Seed, Thresholds: r.Thresholds, Without: map[string]float64{}, Read: func() ([]float32, error) {
			predictions, err := r.read()
			return unitsOf(k.data, predictions), err
		}}
		run.Validation, _ = r.Validation.Get(metric)
		for _, w := range r.Without {
			run.Without[w.Input], _ = w.Values.Get(metric)
		}
		out.Runs = append(out.Runs, run)
		out.TrainingSeconds += float64(r.TrainingSeconds) / float64(len(k.runs))
		out.InferenceMicros = max(out.InferenceMicros, float64(r.InferenceMicros))
	}
	return out
}

// diverged says whether a run ended with numbers that are none: that concerns
// this run, and no other.
func diverged(err error) bool {
	var nf *trainer.NonFiniteError
	return errors.As(err, &nf)
}
