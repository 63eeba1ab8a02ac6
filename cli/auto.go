package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/auto"
)

func autoCommand(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.AutoOptions{Registry: reg}
	cmd := &cobra.Command{
		Use:   "auto --data FILE --target COLUMN [--images DIR] [--time 10m] [--preset fast|good|best] --output DIR",
		Short: "Find the best model of a table within a time",
		Long: `Guess what the columns of a table are, as init does, train many models, cheapest
first, and make of those that do best together on the validation rows one model:
every input alone, fusions of all of them, other encoders and seeds; then an
ensemble, by greedy selection. It ends within the time.

The folder has what train leaves (model/, result.json, report.html, config.yaml),
which all commands take, and a leaderboard (auto.html, auto.json) with a verdict by
paired tests. ^C keeps the best so far. The same command goes on: what was trained
is not trained again, and with more --time more is tried.`,
		Example: `  chiasm auto --data listings.csv --target category --output runs/listings
  chiasm auto --data listings.csv --target price --time 1h --preset best --output runs/price`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.Auto(cmd.Context(), o, streams(cmd)) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Table, "data", "", "the table: .csv, .tsv or .jsonl")
	f.StringVar(&o.Target, "target", "", "the column to predict")
	f.StringVar(&o.Images, "images", "", "the folder that image paths are relative to; by default looked for beside the table")
	f.StringVar(&o.Config, "config", "", "a config file to begin from, instead of --data and --target")
	f.StringArrayVar(&o.Sets, "set", nil, "override a key of the config for all models, as in training.epochs=3; repeatable")
	f.DurationVar(&o.Time, "time", 10*time.Minute, "how long it may take in all")
	f.StringVar(&o.Preset, "preset", auto.Good, "how much is tried: fast, good or best")
	f.Uint64Var(&o.Seed, "seed", 0, "the seed; 0: the config's, which is 1 unless it says otherwise")
	f.StringVar(&o.Metric, "metric", "", "what to choose by; by default accuracy, for labels macro_f1, for numbers mae")
	f.IntVar(&o.Jobs, "jobs", 0, "trainings beside each other; 0: one a core")
	f.StringVar(&o.Output, "output", "", "the folder to write")
	require(cmd, "output")
	return cmd
}
