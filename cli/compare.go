package cli

import (
	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
)

func compare(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.CompareOptions{Registry: reg}
	cmd := &cobra.Command{
		Use:   "compare --config FILE [--fusion a,b,c] [--seeds 5] [--budget 10m] [--output DIR]",
		Short: "Find out which fusion is best on the data, and whether it is worth it",
		Long: `Train every input alone, pairs of inputs, and fusions of all inputs, each with
several seeds and otherwise as the config says, and compare them on the same test
rows: a table, tests and a verdict in plain words (compare.json, compare.html).

Intervals hold what other test rows and other seeds would change, tests are paired
and corrected for their number, and whatever is chosen is chosen by validation
rows. Without --fusion it tries a few fusions, the simplest first, and the
config's own; one that cannot be used on these inputs is skipped with the reason.

Each run has a folder under DIR/runs, named by what it depends on. The same
command makes only the runs that are not there, and goes on with those that ^C or
the end of the budget stopped.`,
		Example: `  chiasm compare --config examples/clipart/train.yaml --seeds 3
  chiasm compare --config my.yaml --fusion score_average,concat,'concat{hidden: [32]}' --budget 30m`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.Compare(cmd.Context(), o, streams(cmd)) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Config, "config", "", "the config file (YAML)")
	f.StringArrayVar(&o.Sets, "set", nil, "override a key of the config for all runs, as in training.epochs=3; repeatable")
	f.StringArrayVar(&o.Fusions, "fusion", nil, "fusions to compare, separated by commas, each perhaps with options in braces; config is the config's own tree")
	f.StringVar(&o.Pairs, "pairs", "best", "with three inputs or more, which pairs to train by the simplest fusion: best (the best input with each other one), all or none")
	f.IntVar(&o.Seeds, "seeds", 5, "runs of each contender, with the config's seed and those that follow it")
	f.DurationVar(&o.Budget, "budget", 0, "time for training in all, as in 10m; what is not done then is missing from the table; 0: no limit")
	f.IntVar(&o.Jobs, "jobs", 0, "runs beside each other; 0: one a core")
	f.StringVar(&o.Metric, "metric", "", "what to compare by; by default accuracy, for labels macro_f1, for numbers mae")
	f.StringVar(&o.Output, "output", "", "the folder of the comparison; by default runs/compare-<name>")
	require(cmd, "config")
	return cmd
}
