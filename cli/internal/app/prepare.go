package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/internal/simd"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// prepared is the data of a config, read, split and fitted.
type prepared struct {
	table   *data.Table
	splits  *data.Splits
	inputs  []data.Input
	target  data.Target
	dataset *data.Dataset
	report  *data.Report
	folder  *data.Folder // nil without images
	files   *fileSums    // reads from the folder
	fitted  int          // rows that the target was fitted to
	leaks   []data.Leak  // between splits
	start   *start       // what the model begins from
}

func (p *prepared) close() {
	if p.folder != nil {
		p.folder.Close()
	}
}

// prepare reads the config's table, fits everything to its training rows, and
// loads every row once, so that one that cannot be used is known before the
// first step.
func prepare(ctx context.Context, c *config.Config) (*prepared, error) {
	p := &prepared{}
	if err := p.fill(ctx, c); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *prepared) fill(ctx context.Context, c *config.Config) error {
	var err error
	if p.start, err = openStart(ctx, c); err != nil {
		return err
	}
	source, err := p.images(c)
	if err != nil {
		return err
	}
	if p.inputs, err = c.NewInputs(source); err != nil {
		return err
	}
	if p.target, err = c.NewTarget(); err != nil {
		return err
	}
	used := data.Columns(p.inputs, p.target)
	columns := append(slices.Clone(used), c.Data.Split.Columns()...)
	if p.table, err = readTable(ctx, c, c.TablePath(), columns...); err != nil {
		return err
	}
	failpoint.Here("preprocess", "read")
	// What is fitted is fitted to rows that stay: where one turns out to be bad, all
	// begins again without it.
	for bad := -1; bad < p.table.Bad.Len(); {
		if p.splits, err = c.Data.Split.Rows(p.table); err != nil {
			return err
		}
		bad = p.table.Bad.Len()
		if err := p.load(ctx, c, columns); err != nil {
			return err
		}
	}
	if err := p.sharedRows(used); err != nil {
		return err
	}
	failpoint.Here("preprocess", "done")
	if p.leaks, err = data.FindLeaks(ctx, p.dataset, p.splits, c.Data.Split.Group); err != nil {
		return err
	}
	p.report.Leaks(p.leaks)
	if err := p.files.check(); err != nil {
		return err
	}
	p.fitted = len(p.splits.Train)
	p.splits.Train = slices.DeleteFunc(p.splits.Train, p.dataset.Lacks)
	if len(p.splits.Train) == 0 {
		return p.table.Errorf(-1, "", "every training row lacks every input").WithHint("look at the columns that the inputs name")
	}
	return nil
}

// load fits everything to the splits, and loads their rows.
func (p *prepared) load(ctx context.Context, c *config.Config, columns []string) error {
	p.report = data.NewReport(p.table, columns)
	p.report.Splits(p.splits)
	var images data.ImageSource
	if p.files != nil {
		images = p.files
	}
	if err := p.start.keep(c, p.inputs, p.target, images); err != nil {
		return err
	}
	if err := data.Fit(ctx, p.table, p.splits, p.inputs, p.target, p.report); err != nil {
		return err
	}
	if err := p.start.keepScale(p.target); err != nil {
		return err
	}
	failpoint.Here("preprocess", "fitted")
	var err error
	p.dataset, err = data.NewDataset(p.table, p.inputs, p.target, data.DatasetOptions{
		CacheBytes: cacheBytes(c), Splits: p.splits, Report: p.report, MissingAll: c.Data.AllowsLacking(),
		Prints: c.Training.Fingerprint,
	})
	if err != nil {
		return err
	}
	for _, rows := range p.splits.All() {
		failpoint.Here("preprocess", "rows")
		if err := p.dataset.Prepare(ctx, p.table.Usable(rows)); err != nil {
			return err
		}
	}
	return nil
}

// readTable reads columns of a table, of which as many rows may be bad as the
// config says.
func readTable(ctx context.Context, c *config.Config, path string, columns ...string) (*data.Table, error) {
	r, err := data.Open(path, data.Options{Dialect: c.DialectOf(path), Used: columns, Bad: &data.BadRows{Most: c.Data.MaxBadRows}})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return data.ReadAll(ctx, r, columns...)
}

// refuseLeaks is an error that names what splits share, if they share anything.
func (p *prepared) refuseLeaks() error {
	if len(p.leaks) == 0 {
		return nil
	}
	var all []string
	for _, l := range p.leaks {
		all = append(all, l.Refusal())
	}
	return &data.Error{
		File: p.table.File, Message: "the splits share content: " + strings.Join(all, "; also, "),
		Hint: "keep it on one side by data.split.group, take it out, or train without --fail-on-leak",
	}
}

// sharedRows warns of rows that stand in two splits.
func (p *prepared) sharedRows(used []string) error {
	n, err := p.splits.Shared(p.table, used)
	if err == nil && n > 0 {
		p.report.Warn("%d rows stand in more than one split with the same content; what is measured on them flatters the model", n)
	}
	return err
}

// images opens the config's folder of images, if it has image inputs.
func (p *prepared) images(c *config.Config) (data.ImageSource, error) {
	if !c.HasImages() {
		return nil, nil
	}
	var err error
	if p.folder, err = data.OpenFolder(c.ImagesPath()); err != nil {
		return nil, err
	}
	p.files = newFileSums(p.folder)
	return p.files, nil
}

func cacheBytes(c *config.Config) int64 {
	if c.Data.Cache == 0 {
		return -1
	}
	return int64(c.Data.Cache)
}

// fingerprint is a hash of the table's used cells, of the files that they name,
// and of the splits.
func (p *prepared) fingerprint() string {
	h := sha256.New()
	for _, name := range data.Columns(p.inputs, p.target) {
		column, err := p.table.Column(name)
		if err != nil {
			continue // Fit has seen every column
		}
		fmt.Fprintf(h, "%q\n", name)
		for _, c := range column.All() {
			fmt.Fprintf(h, "%v%q\n", c.Missing(), c.Text)
			if sum, ok := p.files.sum(c.Text); ok {
				h.Write(sum[:])
			}
		}
	}
	for name, rows := range p.splits.All() {
		fmt.Fprintf(h, "%s%v\n", name, rows)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// free are the keys of a config that a resumed run may change, since they do
// not change its result.
var free = []string{
	"name", "data.path", "data.separator", "data.encoding", "data.comment", "data.compression", "data.images", "data.cache", "data.max_bad_rows", "training.workers", "training.fingerprint",
	"training.checkpoint.every_steps", "training.checkpoint.every_minutes", "training.checkpoint.keep",
}

// identity is what a resumed run must agree on, or its bits would be others: the
// config's keys, the data, the program and the kernels it chooses on this
// machine.
func identity(c *config.Config, p *prepared) (map[string]string, error) {
	b, err := c.YAML()
	if err != nil {
		return nil, err
	}
	var root any
	if err := yaml.Unmarshal(b, &root); err != nil {
		return nil, fmt.Errorf("the effective config: %w", err)
	}
	id := map[string]string{"data": p.fingerprint(), "version": version.String(), "architecture": runtime.GOARCH + " " + simd.Path()}
	flatten(id, "", root)
	if p.start != nil {
		id["training.init_from.path"] = p.start.source.Checksum // wherever it lies
	}
	for _, k := range free {
		delete(id, k)
	}
	return id, nil
}

// idOf names a run by what its result depends on: the same run has the same id,
// and the same bytes.
func idOf(identity map[string]string) string {
	h := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(identity)) {
		fmt.Fprintf(h, "%q=%q\n", key, identity[key])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func flatten(into map[string]string, path string, v any) {
	join := func(k string) string { return strings.TrimPrefix(path+"."+k, ".") }
	switch x := v.(type) {
	case map[string]any:
		for k, v := range x {
			flatten(into, join(k), v)
		}
	case []any:
		for i, v := range x {
			flatten(into, join(fmt.Sprint(i)), v)
		}
	default:
		into[path] = fmt.Sprint(x)
	}
}
