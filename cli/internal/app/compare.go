package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/trainer"
)

// CompareOptions are the flags of compare.
type CompareOptions struct {
	Config   string
	Sets     []string
	Fusions  []string      // to compare, each perhaps with options in braces; empty: the registry's ladder and the config's own
	Pairs    string        // best, all or none
	Seeds    int           // runs of each contender
	Budget   time.Duration // for training; 0: no limit
	Jobs     int           // runs beside each other; 0: one a core
	Metric   string        // empty: the first that fits the output
	Output   string
	Registry *config.Registry // nil: config.Builtin()
}

// Files of a comparison's folder, beside the runs.
const (
	compareFile     = "compare.json"
	comparePageFile = "compare.html"
	compareRunsDir  = "runs"
)

// comparison is one run of compare under way.
type comparison struct {
	options CompareOptions
	streams Streams
	config  *config.Config // the effective one, all inputs
	data    *fit.Data
	views   map[string]*fit.Data // of some inputs, by their names
	answers compare.Answers
	groups  []int
	metric  string
	dir     string
	lock    *checkpoints.Lock
	home    *checkpoints.Folder
	board   *board
	warned  *warnings

	contenders []*contender
	skipped    []skip
}

// Compare trains every input alone, pairs and fusions with several seeds, and
// says which is best and whether it is worth it.
func Compare(ctx context.Context, o CompareOptions, s Streams) error {
	if o.Registry == nil {
		o.Registry = config.Builtin()
	}
	c := &comparison{options: o, streams: s, warned: &warnings{out: s.Err}, views: map[string]*fit.Data{}}
	if err := c.open(ctx); err != nil {
		return err
	}
	defer c.data.Close()
	if err := c.moveIn(); err != nil {
		return err
	}
	defer c.lock.Release()
	if err := c.train(ctx); err != nil {
		if errors.Is(err, trainer.ErrInterrupted) {
			fmt.Fprintf(s.Err, "interrupted; the same command goes on from where it stopped\n")
		}
		return err
	}
	return c.finish(ctx)
}

// open reads the config and the data, and finds out what can be compared.
func (c *comparison) open(ctx context.Context) (err error) {
	o := c.options
	switch {
	case o.Seeds < 1:
		return &UsageError{fmt.Sprintf("--seeds is %d, expected 1 or more", o.Seeds)}
	case o.Jobs < 0:
		return &UsageError{fmt.Sprintf("--jobs is %d, expected 0 or more", o.Jobs)}
	case o.Budget < 0:
		return &UsageError{fmt.Sprintf("--budget is %v, expected a time such as 10m", o.Budget)}
	case !slices.Contains(pairRules, o.Pairs):
		return &UsageError{fmt.Sprintf("--pairs is %q, want one of %s", o.Pairs, strings.Join(pairRules, ", "))}
	}
	if c.config, err = config.Load(o.Config, o.Registry, o.Sets...); err != nil {
		return err
	}
	if len(c.config.Outputs) > 0 {
		return &UsageError{"compare takes a config of one output; keep the one that decides, as output"}
	}
	if len(c.config.Members) > 0 {
		return &UsageError{"compare takes a config of one model; take the members out, and name a fusion of their inputs"}
	}
	if len(c.config.Inputs) < 2 {
		return &UsageError{fmt.Sprintf("%s has one input, and fusions join two or more: there is nothing to compare", o.Config)}
	}
	if c.data, err = fit.Read(ctx, c.config, fit.Rows{}); err != nil {
		return err
	}
	if err := c.read(); err != nil {
		c.data.Close()
		return err
	}
	return nil
}

// read finds the answers of the test rows, the metric and the contenders.
func (c *comparison) read() (err error) {
	switch {
	case len(c.data.Splits.Validation) == 0:
		return &UsageError{"compare chooses by validation rows, and there are none; look at data.split"}
	case len(c.data.Splits.Test) == 0:
		return &UsageError{"compare judges by test rows, and there are none; look at data.split"}
	}
	for _, w := range c.data.Report.Warnings() {
		c.warned.tell(w)
	}
	if c.answers, err = answersOf(c.data.Dataset, c.data.Splits.Test); err != nil {
		return err
	}
	if c.groups, err = groupsOf(c.data, c.data.Splits.Test, c.config.Data.Split.Group); err != nil {
		return err
	}
	if c.metric = c.options.Metric; c.metric == "" {
		c.metric = c.answers.Metrics()[0]
	}
	if known := c.answers.Metrics(); !slices.Contains(known, c.metric) {
		return &compare.MetricError{Metric: c.metric, Known: known}
	}
	if err := c.answers.Defined(c.metric, "test rows"); err != nil {
		return err
	}
	if err := judges(c.data, c.config.Training.Monitor); err != nil {
		return err
	}
	chosen, err := answersOf(c.data.Dataset, c.data.Splits.Validation)
	if err != nil {
		return err
	}
	if err := chosen.Defined(c.metric, "validation rows, which choose the best fusion"); err != nil {
		return err
	}
	return c.plan()
}

// moveIn makes and locks the folder.
func (c *comparison) moveIn() error {
	dir := c.options.Output
	if dir == "" {
		dir = filepath.Join("runs", "compare-"+c.config.Name)
	}
	c.dir = dir
	if err := keepApart(dir, readsOf(c.options.Config, c.config)...); err != nil {
		return err
	}
	home, err := checkpoints.ReadFolder(nil, dir, comparisonKind, nil)
	if err != nil {
		return err
	}
	runs := filepath.Join(dir, compareRunsDir)
	used, err := isUsed(dir)
	switch {
	case err != nil:
		return &OutputError{dir, err}
	case used && !home.Marked() && !ofOldComparison(runs):
		return &UsageError{fmt.Sprintf("%s is not empty, and is not of a comparison; choose another --output", dir)}
	case isLink(runs):
		return &OutputError{runs, errors.New("it is a link, and nothing is written into a folder that a link leads to")}
	}
	if err := checkpoints.MkdirAll(dir); err != nil {
		return err
	}
	if c.lock, err = checkpoints.LockFolder(dir); err != nil {
		return err
	}
	if c.home, err = checkpoints.ReadFolder(c.lock.FS(), dir, comparisonKind, c.warn); err == nil {
		err = c.home.Own(checkpoints.Owner{})
	}
	if err == nil {
		err = checkpoints.MkdirAll(runs)
	}
	if err != nil {
		c.lock.Release()
	}
	return err
}

func (c *comparison) warn(err error) {
	if c.board != nil {
		c.board.warn(err.Error()) // beside others that warn
		return
	}
	c.warned.tell(err.Error())
}

// ofOldComparison reports whether a folder of runs is of a comparison from before
// there were markers: one of its runs is complete.
func ofOldComparison(runs string) bool {
	entries, err := os.ReadDir(runs)
	if err != nil || isLink(runs) {
		return false
	}
	for _, e := range entries {
		if r, err := readRecord(filepath.Join(runs, e.Name())); err == nil && r.Key != "" {
			return true
		}
	}
	return false
}

// finish measures what inference costs, and writes and prints what was found.
func (c *comparison) finish(ctx context.Context) error {
	if err := c.clock(ctx); err != nil {
		return err
	}
	r, err := c.study().Result()
	if err != nil {
		return err
	}
	return c.show(r)
}

// study is what has been measured so far.
func (c *comparison) study() *compare.Study {
	s := &compare.Study{Metric: c.metric, Answers: c.answers, Groups: c.groups, Seed: c.config.Seed, Asked: c.asked()}
	for _, k := range c.contenders {
		s.Contenders = append(s.Contenders, k.measured(c.metric))
	}
	return s
}

// asked is how many runs there are to be, the pairs that are not known yet
// included.
func (c *comparison) asked() int {
	n := len(c.contenders)
	if !c.paired() {
		n += c.pairsToCome()
	}
	return n * c.options.Seeds
}

// warnings passes each warning on once, however many runs have it.
type warnings struct {
	out  io.Writer
	seen map[string]bool
}

func (w *warnings) tell(line string) {
	if !w.seen[line] {
		if w.seen == nil {
			w.seen = map[string]bool{}
		}
		w.seen[line] = true
		fmt.Fprintf(w.out, "warning: %s\n", line)
	}
}
