package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/memory"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Verified is what verify found out about a folder or a file.
type Verified struct {
	Path    string `json:"path"`
	Valid   bool   `json:"valid"`
	Files   int    `json:"files,omitempty"` // of a model or checkpoint
	Bytes   int64  `json:"bytes"`
	Problem string `json:"problem,omitempty"`
	// Bytes of memory that a model takes: its parameters, and a row at work.
	Parameters int64 `json:"parameter_bytes,omitempty"`
	Row        int64 `json:"row_bytes,omitempty"`
}

// verification goes through a run folder.
type verification struct {
	registry *config.Registry
	found    []Verified
	leftover []string
}

// Verify reads all of a run folder, a model or a checkpoint, as prediction and a
// resumed training would, and tells what is valid. It writes nothing. A nil
// registry is config.Builtin().
func Verify(ctx context.Context, path string, reg *config.Registry, s Streams) error {
	if reg == nil {
		reg = config.Builtin()
	}
	v := &verification{registry: reg}
	if err := v.at(ctx, path); err != nil {
		return err
	}
	if err := v.write(s); err != nil {
		return err
	}
	bad := 0
	for _, f := range v.found {
		if !f.Valid {
			bad++
		}
	}
	wrong := &checkpoints.Error{Path: path}
	switch {
	case len(v.found) == 0:
		wrong.What, wrong.Hint = "there is nothing to verify", "give a run folder, its model folder, or a checkpoint"
	case bad > 0:
		wrong.What, wrong.Hint = fmt.Sprintf("invalid: %d of %d", bad, len(v.found)), "a resumed training passes over an invalid checkpoint and goes on from the newest valid one"
	default:
		return nil
	}
	return wrong
}

// at verifies what is at path: a model or checkpoint, or a folder of them.
func (v *verification) at(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &checkpoints.Error{Path: path, What: "there is no such run folder, model or checkpoint", Err: err}
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &checkpoints.Error{Path: path, What: "this is a file, a folder is needed", Hint: "give a run folder, its model folder, or a checkpoint"}
	}
	if isSealed(path) {
		return v.sealed(ctx, path)
	}
	return v.folder(ctx, path)
}

// isSealed tells a model or checkpoint, whatever is missing in it, from a folder
// of them.
func isSealed(path string) bool {
	for _, name := range []string{checkpoints.ManifestName, trainer.ModelFile} {
		if _, err := os.Lstat(filepath.Join(path, name)); err == nil {
			return true
		}
	}
	return stepFolder.MatchString(filepath.Base(path))
}

var (
	stepFolder = regexp.MustCompile(`^step-[0-9]{8,}$`)
	// What a killed process was writing, or deleting, or what was moved aside.
	leftFolder = regexp.MustCompile(`^\.(tmp|trash|damaged|aside)-`)
)

// isRun tells a run folder from others.
func isRun(path string) bool {
	_, err := os.Lstat(filepath.Join(path, configFile))
	return err == nil
}

// folder verifies what a run folder, the folder of its checkpoints, or a folder
// of run folders has in it: whatever a training writes, and nothing else.
func (v *verification) folder(ctx context.Context, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch name := e.Name(); {
		case leftFolder.MatchString(name):
			v.leftover = append(v.leftover, path)
		case stepFolder.MatchString(name) || name == modelDir || name == "."+modelDir+".next":
			err = v.sealed(ctx, path)
		case e.IsDir() && (name == checkpoints.CheckpointsDir || name == partsDir || name == compareRunsDir || isRun(path)):
			err = v.folder(ctx, path)
		case name == configFile || name == resultFile || name == dataReportFile || name == metricsFile:
			err = v.file(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sealed verifies a model or a checkpoint: sizes and SHA-256 of all files, that
// its model can be made, and that every number fits it and is finite.
func (v *verification) sealed(ctx context.Context, dir string) error {
	found := Verified{Path: dir}
	c, err := checkpoints.Open(ctx, dir)
	if err == nil {
		for _, f := range c.Manifest.Files {
			found.Files, found.Bytes = found.Files+1, found.Bytes+f.Size
		}
		err = v.load(ctx, dir, &found)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	v.add(found, err)
	return nil
}

// load loads a model as every command does, and tells its price.
func (v *verification) load(ctx context.Context, dir string, found *Verified) error {
	b, err := bundle.Load(ctx, dir, bundle.Options{Registry: v.registry})
	if err != nil {
		return err
	}
	row, err := b.Model.Price(1)
	if err != nil {
		return err
	}
	found.Parameters, found.Row = b.Model.ParameterBytes(), row.Bytes()
	return nil
}

// file verifies a file of a run folder that has no checksum: it can be read.
func (v *verification) file(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	switch {
	case filepath.Base(path) == configFile:
		_, err = config.Parse(path, b, v.registry)
	case filepath.Base(path) == metricsFile:
		n := 0
		for line := range bytes.Lines(b) {
			if n++; err == nil && (!json.Valid(line) || line[len(line)-1] != '\n') {
				err = fmt.Errorf("line %d is not a whole line of JSON", n)
			}
		}
	case !json.Valid(b):
		err = errors.New("this is not JSON")
	}
	v.add(Verified{Path: path, Bytes: int64(len(b))}, err)
	return nil
}

func (v *verification) add(found Verified, err error) {
	found.Valid = err == nil
	if err != nil {
		found.Problem = strings.TrimLeft(strings.TrimPrefix(err.Error(), found.Path), "/:\\ ")
	}
	v.found = append(v.found, found)
}

func (v *verification) write(s Streams) error {
	if s.JSON {
		b, err := json.MarshalIndent(struct {
			Found    []Verified `json:"found"`
			LeftOver []string   `json:"left_over,omitempty"`
		}{v.found, v.leftover}, "", "  ")
		if err != nil {
			return err
		}
		_, err = s.Out.Write(append(b, '\n'))
		return err
	}
	var b strings.Builder
	for _, f := range v.found {
		if f.Valid {
			fmt.Fprintf(&b, "valid    %s  %s\n", f.Path, f.size())
		} else {
			fmt.Fprintf(&b, "invalid  %s  %s\n", f.Path, f.Problem)
		}
	}
	for _, path := range v.leftover {
		fmt.Fprintf(&b, "ignored  %s  left by a save that did not end, or moved aside\n", path)
	}
	_, err := io.WriteString(s.Out, b.String())
	return err
}

func (f Verified) size() string {
	if f.Files == 0 {
		return thousands(int(f.Bytes)) + " bytes"
	}
	size := fmt.Sprintf("%s bytes in %d files", thousands(int(f.Bytes)), f.Files)
	if f.Parameters > 0 {
		size += fmt.Sprintf("; in memory %s, and %s a row", memory.Text(f.Parameters), memory.Text(f.Row))
	}
	return size
}
