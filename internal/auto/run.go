package auto

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer"
)

// RunsDir has a folder for each candidate, in the folder of a search.
const RunsDir = "runs"

// Files of a candidate's folder. A record is written last: what it tells of is there.
const (
	recordFile      = "run.json"
	predictionsFile = "predictions.safetensors"
	modelDir        = "model"
)

// A Record is run.json: what came of a candidate.
type Record struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	Inputs []string `json:"inputs"`
	// Key is what the training depends on.
	Key string `json:"key"`
	// Ended says that it was trained as long as its config says; else the time was over, and
	// another search goes on with it.
	Ended      bool           `json:"ended"`
	Epochs     int            `json:"epochs"`
	BestEpoch  int            `json:"best_epoch"`
	BestStep   int            `json:"best_step"`
	Parameters int            `json:"parameters"`
	Seconds    metrics.Number `json:"seconds"` // of training
	Measured   metrics.Number `json:"row_seconds"`
	// Figures of the validation rows; those of the test rows are looked at in the end.
	Validation metrics.Values  `json:"validation"`
	History    []trainer.Epoch `json:"history"`
	// Predictions is the SHA-256 of their file.
	Predictions string `json:"predictions_sha256"`

	folder string
}

// Folder is where a candidate's runs are.
type Folder struct {
	Dir   string
	FS    checkpoints.FS
	Home  *checkpoints.Folder
	Owner checkpoints.Owner
	Warn  func(error)

	mu sync.Mutex // Home is not to be used at the same time
}

func (f *Folder) write(run, name string, b []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Home.Write(RunsDir+"/"+run+"/"+name, checkpoints.Bytes(b))
}

func (f *Folder) path(run, name string) string { return filepath.Join(f.Dir, RunsDir, run, name) }

func (f *Folder) store(run string) *checkpoints.Store {
	return &checkpoints.Store{Dir: f.path(run, checkpoints.CheckpointsDir), Version: version.String(), Warn: f.Warn, FS: f.FS, Owner: f.Owner}
}

func (f *Folder) model(run string) *checkpoints.Bundle {
	return &checkpoints.Bundle{Dir: f.path(run, modelDir), Version: version.String(), Warn: f.Warn, FS: f.FS, Owner: f.Owner}
}

// read is the record of a run of the key; nil if there is none, or it is damaged, which is warned
// of.
func (f *Folder) read(run, key string) *Record {
	b, err := checkpoints.ReadPlain(f.path(run, recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r := &Record{}
	if err == nil {
		err = json.Unmarshal(b, r)
	}
	r.folder = run
	if err == nil && r.Key != key {
		err = errors.New("it is of another training")
	}
	if err == nil {
		_, err = f.predictions(r)
	}
	if err != nil {
		f.Warn(fmt.Errorf("%s cannot be used, and is trained again: %w", f.path(run, recordFile), err))
		return nil
	}
	return r
}

// predicted are what a candidate predicts of the validation and the test rows, and which of them
// lack all its inputs.
type predicted struct {
	validation, test []float32
	lacks            []bool // of the validation rows
}

var predictionNames = []string{"validation", "test"}

// predictions reads those of a record.
func (f *Folder) predictions(r *Record) (p predicted, err error) {
	path := f.path(r.folder, predictionsFile)
	b, err := checkpoints.ReadPlain(path)
	if err != nil {
		return p, err
	}
	if r.Predictions != sumOf(b) {
		return p, fmt.Errorf("%s is not what was written", path)
	}
	tensors, _, err := checkpoints.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(tensors) != 3 {
		return p, fmt.Errorf("%s does not hold predictions", path)
	}
	for _, t := range tensors {
		switch t.Name {
		case predictionNames[0]:
			p.validation = t.F32
		case predictionNames[1]:
			p.test = t.F32
		default:
			p.lacks = make([]bool, len(t.F32))
			for i, v := range t.F32 {
				p.lacks[i] = v != 0
			}
		}
	}
	return p, nil
}

// save writes what a candidate has come to: its model, what it predicts, and then the record.
func (f *Folder) save(ctx context.Context, b *bundle.Bundle, r *Record, p predicted) error {
	own := *b
	var err error
	if own.Config, err = b.Config.For(f.path(r.folder, modelDir)); err != nil {
		return err
	}
	if err := own.SaveTo(ctx, f.model(r.folder), r.BestStep); err != nil {
		return err
	}
	lacks := make([]float32, len(p.lacks))
	for i, v := range p.lacks {
		if v {
			lacks[i] = 1
		}
	}
	var out bytes.Buffer
	tensors := []checkpoints.Tensor{
		{Name: predictionNames[0], Shape: []int{len(p.validation)}, F32: p.validation},
		{Name: predictionNames[1], Shape: []int{len(p.test)}, F32: p.test},
		{Name: "lacks", Shape: []int{len(lacks)}, F32: lacks},
	}
	if err := checkpoints.Write(&out, tensors, nil); err != nil {
		return err
	}
	if err := f.write(r.folder, predictionsFile, out.Bytes()); err != nil {
		return err
	}
	r.Predictions = sumOf(out.Bytes())
	j, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return f.write(r.folder, recordFile, append(j, '\n'))
}

// load reads a record's weights into a model of the same config.
func (f *Folder) load(ctx context.Context, r *Record, into *model.Model) error {
	c, err := checkpoints.Open(ctx, f.path(r.folder, modelDir))
	if err != nil {
		return err
	}
	if c.Manifest.Step != r.BestStep {
		return fmt.Errorf("%s is of another step than its record; the same command trains it again", c.Dir)
	}
	_, err = c.LoadInto(trainer.ModelFile, trainer.Tensors(into))
	return err
}

// task is a candidate to be trained.
type task struct {
	Candidate
	key, folder string
	epochs      int
	training    *fit.Training // until it has ended
}

func number(v float64) metrics.Number { return metrics.Number(v) }

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
