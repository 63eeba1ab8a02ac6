package fit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/internal/filesums"
)

// Rows are where a training has its rows from. The zero value reads what the
// config names.
type Rows struct {
	// Table, in place of the file at data.path.
	Table *data.Table
	// Images is what the cells of images are looked up in, in place of the folder at
	// data.files.
	Images data.Files
}

// Data are the rows of a config, read, split and decoded, with all that is fitted to
// the training rows.
type Data struct {
	Table  *data.Table
	Splits *data.Splits // Train without the rows that lack every input
	Inputs []data.Input
	Target data.Target
	// Dataset has every row of Splits loaded once, and kept as data.cache has it.
	Dataset *data.Dataset
	// Weights are what rows count in training; nil: all alike.
	Weights data.RowWeights
	// Report says what became of every row and cell.
	Report *data.Report
	// Leaks are what the splits share.
	Leaks []data.Leak
	// Fitted is the number of rows that Inputs and Target were fitted to.
	Fitted int

	// Images are read without being compared with what they were before; nil if no
	// input reads files.
	Images data.Files

	folder *data.Folder     // to be closed; nil if Read opened none
	files  *filesums.Source // reads from the folder, or from Rows.Images
	start  *start           // what the model begins from
}

// Close closes the folder of images.
func (d *Data) Close() {
	if d != nil && d.folder != nil {
		d.folder.Close()
	}
}

var errNoData = errors.New("fit: Data are missing: Read makes them")

// read is an error for Data that Read did not make, or for no config.
func (d *Data) read(c *config.Config) error {
	if d == nil || d.Dataset == nil {
		return errNoData
	}
	_, err := c.NewTarget()
	return err
}

// Read reads and cuts the table of a config, fits everything to its training rows,
// and loads every row once, so that one that cannot be used is known before the
// first step: an error with its file, row and column, unless data.max_bad_rows lets
// it be left out. Close the Data when nothing more is read.
func Read(ctx context.Context, c *config.Config, rows Rows) (*Data, error) {
	if _, err := c.NewTarget(); err != nil { // a Config that nobody made
		return nil, err
	}
	d := &Data{}
	if err := d.fill(ctx, c, rows); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Data) fill(ctx context.Context, c *config.Config, rows Rows) error {
	var err error
	if d.start, err = openStart(ctx, c); err != nil {
		return err
	}
	source, err := d.images(c, rows.Images)
	if err != nil {
		return err
	}
	if d.Inputs, err = c.NewInputs(source); err != nil {
		return err
	}
	if d.Target, err = c.NewTarget(); err != nil {
		return err
	}
	used := data.Columns(d.Inputs, d.Target)
	columns := append(slices.Clone(used), c.Data.Split.Columns()...)
	if c.Training.SampleWeight != "" {
		columns = append(columns, c.Training.SampleWeight)
	}
	if d.Table, err = rows.read(ctx, c, data.Lists(d.Inputs), columns...); err != nil {
		return err
	}
	failpoint.Here("preprocess", "read")
	// What is fitted is fitted to rows that stay: where one turns out to be bad, all
	// begins again without it.
	for bad := -1; bad < d.Table.Bad.Len(); {
		if d.Splits, err = c.Data.Split.Rows(d.Table); err != nil {
			return err
		}
		bad = d.Table.Bad.Len()
		if err := d.load(ctx, c, columns); err != nil {
			return err
		}
	}
	if err := d.sharedRows(used); err != nil {
		return err
	}
	failpoint.Here("preprocess", "done")
	if d.Leaks, err = data.FindLeaks(ctx, d.Dataset, d.Splits, c.Data.Split.Group); err != nil {
		return err
	}
	d.Report.Leaks(d.Leaks)
	if err := d.files.Check(); err != nil {
		return err
	}
	d.Fitted = len(d.Splits.Train)
	d.Splits.Train = slices.DeleteFunc(d.Splits.Train, d.Dataset.Lacks)
	if len(d.Splits.Train) == 0 {
		return d.Table.Errorf(-1, "", "every training row lacks every input").WithHint("look at the columns that the inputs name")
	}
	return nil
}

// load fits everything to the splits, and loads their rows.
func (d *Data) load(ctx context.Context, c *config.Config, columns []string) error {
	d.Report = data.NewReport(d.Table, columns)
	d.Report.Splits(d.Splits)
	var images data.Files
	if d.files != nil {
		images = d.files
	}
	if err := d.start.keep(c, d.Inputs, d.Target, images); err != nil {
		return err
	}
	if err := data.Fit(ctx, d.Table, d.Splits, d.Inputs, d.Target, d.Report); err != nil {
		return err
	}
	if err := d.start.keepScale(d.Target); err != nil {
		return err
	}
	failpoint.Here("preprocess", "fitted")
	var err error
	if name := c.Training.SampleWeight; name != "" {
		if d.Weights, err = data.ReadWeights(d.Table, name, d.Splits.Train); err != nil {
			return err
		}
	}
	d.Dataset, err = data.NewDataset(d.Table, d.Inputs, d.Target, data.DatasetOptions{
		CacheBytes: cacheBytes(c), Splits: d.Splits, Report: d.Report, MissingAll: c.Data.AllowsLacking(),
		Prints: c.Training.Fingerprint, Weights: d.Weights,
	})
	if err != nil {
		return err
	}
	for _, rows := range d.Splits.All() {
		failpoint.Here("preprocess", "rows")
		if err := d.Dataset.Prepare(ctx, d.Table.Usable(rows)); err != nil {
			return err
		}
	}
	return nil
}

// read reads columns of the config's table, of which as many rows may be bad as the
// config says.
func (r Rows) read(ctx context.Context, c *config.Config, lists []string, columns ...string) (*data.Table, error) {
	if r.Table != nil {
		t := *r.Table
		if t.Bad = t.Bad.Clone(); t.Bad == nil {
			t.Bad = &data.BadRows{Most: c.Data.MaxBadRows}
		}
		return &t, nil
	}
	path := c.TablePath()
	file, err := data.Open(path, data.Options{Dialect: c.DialectOf(path), Used: columns, Lists: lists, Bad: &data.BadRows{Most: c.Data.MaxBadRows}})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return data.ReadAll(ctx, file, columns...)
}

// RefuseLeaks is an error that names what splits share, if they share anything.
func (d *Data) RefuseLeaks() error {
	if len(d.Leaks) == 0 {
		return nil
	}
	var all []string
	for _, l := range d.Leaks {
		all = append(all, l.Refusal())
	}
	return &data.Error{
		File: d.Table.File, Message: "the splits share content: " + strings.Join(all, "; also, "),
		Hint: "keep it on one side by data.split.group, take it out, or train without --fail-on-leak",
	}
}

// sharedRows warns of rows that stand in two splits.
func (d *Data) sharedRows(used []string) error {
	n, err := d.Splits.Shared(d.Table, used)
	if err == nil && n > 0 {
		rows := "1 row stands"
		if n > 1 {
			rows = fmt.Sprintf("%d rows stand", n)
		}
		d.Report.Warn("%s in more than one split with the same content; what is measured on them flatters the model", rows)
	}
	return err
}

// images opens the config's folder of images, if it has inputs that read files,
// unless there is another source of them.
func (d *Data) images(c *config.Config, given data.Files) (data.Files, error) {
	if !c.HasFiles() {
		return nil, nil
	}
	if given == nil {
		var err error
		if d.folder, err = data.OpenFolder(c.FilesPath()); err != nil {
			return nil, err
		}
		given = d.folder
	}
	d.Images, d.files = given, filesums.New(given)
	return d.files, nil
}

func cacheBytes(c *config.Config) int64 {
	if c.Data.Cache == 0 {
		return -1
	}
	return int64(c.Data.Cache)
}

// Only is the data of some inputs, decoded and fitted with the rest. Rows that
// lack them are not trained on.
func (d *Data) Only(ctx context.Context, names []string) (*Data, error) {
	if d == nil || d.Dataset == nil {
		return nil, errNoData
	}
	some, splits := *d, *d.Splits
	some.Inputs = nil
	var kept []string
	for _, in := range d.Inputs {
		if slices.Contains(names, in.Name) {
			some.Inputs, kept = append(some.Inputs, in), append(kept, in.Name)
		}
	}
	var err error
	if some.Dataset, err = d.Dataset.Select(true, kept...); err != nil {
		return nil, err
	}
	for _, rows := range splits.All() {
		if err := some.Dataset.Prepare(ctx, rows); err != nil {
			return nil, err
		}
	}
	splits.Train = slices.DeleteFunc(slices.Clone(splits.Train), some.Dataset.Lacks)
	some.Splits = &splits
	if len(splits.Train) == 0 {
		return nil, d.Table.Errorf(-1, "", "no training row has the input %s", strings.Join(kept, ", ")).WithHint("look at the columns that it names")
	}
	return &some, nil
}
