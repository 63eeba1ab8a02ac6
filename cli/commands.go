package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// usageError is a wrong flag or argument, found by cobra.
type usageError struct{ error }

func (usageError) ExitCode() int { return exitUsage }

func newRoot(c Command) *cobra.Command {
	var asJSON bool
	root := &cobra.Command{
		Version:       version.String(),
		Use:           c.Name,
		Short:         "Train multimodal models on tables of pictures, text and numbers",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("chiasm {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
	})
	root.PersistentFlags().BoolVar(&asJSON, "json", false, "print results as JSON")
	streams := func(cmd *cobra.Command) app.Streams {
		return app.Streams{Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr(), JSON: asJSON}
	}
	root.AddCommand(
		initCommand(c.Registry, streams),
		train(c.Registry, streams),
		compare(c.Registry, streams),
		autoCommand(c.Registry, streams),
		evaluate(c.Registry, streams),
		predict(c.Registry, streams),
		explain(c.Registry, streams),
		inspect(c.Registry, streams),
		export(c.Registry, streams),
		verify(c.Registry, streams),
		serve(c.Registry, streams),
		schema(c.Registry),
		versionCommand(),
	)
	complete(root, c.Registry)
	onceEach(root)
	return root
}

type streamsOf func(cmd *cobra.Command) app.Streams

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%q is not expected here; see %s --help", args[0], cmd.CommandPath())}
	}
	return nil
}

// noCommand is noArguments of the root, where a word is a command that there is not.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	hint := "see " + cmd.CommandPath() + " --help"
	if near := nearest.Name(args[0], names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usageError{fmt.Errorf("there is no command %q; %s", args[0], hint)}
}

// require marks flags that must be given, with an error of our own words.
func require(cmd *cobra.Command, names ...string) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for _, n := range names {
			if !cmd.Flags().Changed(n) {
				return usageError{fmt.Errorf("--%s is missing; see %s --help", n, cmd.CommandPath())}
			}
		}
		return run(cmd, args)
	}
}

func train(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.TrainOptions{Registry: reg}
	cmd := &cobra.Command{
		Use:   "train --config FILE [--set key=value]... [--output DIR] [--resume]",
		Short: "Train a model from a config file",
		Long: `Train the model that a config file describes, and write a run folder: the
effective config, figures of every epoch (metrics.jsonl), the result
(result.json), what became of every cell (data_report.json), checkpoints, the
model (model/) and a page to look at (report.html).

^C finishes the step, saves a checkpoint and ends; --resume goes on from it and
ends with the same weights as a run that was never interrupted.`,
		Example: `  chiasm train --config examples/clipart/train.yaml
  chiasm train --config my.yaml --set training.epochs=3 --set seed=2 --output runs/short`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.Train(cmd.Context(), o, streams(cmd)) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Config, "config", "", "the config file (YAML)")
	f.StringArrayVar(&o.Sets, "set", nil, "override a key of the config, as in training.epochs=3; repeatable")
	f.StringSliceVar(&o.Only, "only", nil, "train on these inputs only, to see what they do alone; separated by commas")
	f.StringVar(&o.Output, "output", "", "the run folder; by default runs/<name>, numbered if it exists")
	f.StringVar(&o.From, "from", "", "begin from the weights of this run, model or safetensors file; sets training.init_from.path")
	f.BoolVar(&o.Resume, "resume", false, "go on from the last checkpoint of the run folder")
	f.BoolVar(&o.Force, "force", false, "start anew in a run folder that is not empty")
	f.BoolVar(&o.NoStudy, "no-study", false, "leave out of the report what the model does without some of its inputs, which takes about a tenth of the time")
	f.BoolVar(&o.FailOnLeak, "fail-on-leak", false, "train on no splits that share a group, a text or an image")
	f.StringArrayVar(&o.AllowChanged, "allow-changed", nil, "a key that may differ from the run being resumed: data, version, architecture, training.epochs, training.monitor, or one of training.early_stopping; repeatable")
	require(cmd, "config")
	return cmd
}

// sourceFlags are those of all commands that use a model on a table.
func sourceFlags(cmd *cobra.Command, o *app.SourceOptions) {
	f := cmd.Flags()
	f.StringVar(&o.Model, "model", "", "a run folder, its model/, or a checkpoint")
	f.StringVar(&o.Data, "data", "", "the table: .csv, .tsv or .jsonl")
	f.StringArrayVar(&o.Table, "table", nil, "how the table is written where that differs from the training's, as in separator=, or encoding=utf-8: separator, encoding, decimal, thousands, comment or compression; repeatable")
	f.BoolVar(&o.Strict, "strict", false, "make an error of every cell that is not used as it stands: empty, no file, an unknown category, a text cut short")
	f.StringVar(&o.DataReport, "data-report", "", "write what became of every cell to this file (JSON)")
	f.StringVar(&o.Images, "images", "", "the folder that paths of images and other files are relative to; by default as far from the table as in training")
}

func evaluate(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.EvaluateOptions{SourceOptions: app.SourceOptions{Registry: reg}}
	cmd := &cobra.Command{
		Use:   "evaluate --model PATH --data FILE [--split NAME] [--missing] [--importance]",
		Short: "Measure a model on a table that has answers",
		Long: `Measure a model on a table that has answers.

--missing also measures it with every subset of its inputs, and as each of them
is missing in more and more rows. --importance tells what each input adds: what
is lost without it and when rows exchange it, and its Shapley value over all
subsets. Beyond six inputs not every subset is measured.`,
		Example: `  chiasm evaluate --model runs/clipart --data examples/clipart/data.csv --split test
  chiasm evaluate --model runs/clipart --data examples/clipart/data.csv --split test --missing --importance`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.Evaluate(cmd.Context(), o, streams(cmd)) },
	}
	sourceFlags(cmd, &o.SourceOptions)
	thresholdFlag(cmd.Flags(), &o.Thresholds)
	cmd.Flags().StringVar(&o.Split, "split", "", "only the rows of this split (train, validation or test), as the model's config cuts the table")
	cmd.Flags().BoolVar(&o.Missing, "missing", false, "also measure every subset of the inputs, and over the rate of missing ones")
	cmd.Flags().BoolVar(&o.Importance, "importance", false, "also measure what each input adds")
	cmd.Flags().StringVar(&o.Metric, "metric", "", "the figure of --missing and --importance; by default accuracy, macro_f1 (multilabel) or mae (regression)")
	require(cmd, "model", "data")
	return cmd
}

// thresholdFlag is of every command that decides.
func thresholdFlag(f *pflag.FlagSet, thresholds *[]string) {
	f.StringArrayVar(thresholds, "threshold", nil, "the probability above which a label is predicted, in place of the model's own: 0.3 for all labels, or label=0.3, which goes before it; repeatable")
}

func predict(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.PredictOptions{SourceOptions: app.SourceOptions{Registry: reg}}
	cmd := &cobra.Command{
		Use:   "predict --model PATH --data FILE --output FILE [--on-error fail|skip|mask]",
		Short: "Write the rows of a table with predictions behind them",
		Long: `Write all rows of a table, in order, with the model's predictions behind their
columns, to a file that is not there yet (or --force), and never over the table: prediction and, for labels, a probability_<label> each. Answers are not
needed. A row that cannot be used is an error, and nothing is written; with
--on-error skip it has no prediction, with --on-error mask the cell is taken as
empty where the model allows that, and either way prediction_error says why. In CSV a text that a spreadsheet would run as a formula gets an
apostrophe before it; JSONL is exact. Where a threshold decides (one of two labels,
any of many), it is the one that training chose, a half, or --threshold.`,
		Example: `  chiasm predict --model runs/clipart --data new.csv --output predicted.csv`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.Predict(cmd.Context(), o, streams(cmd)) },
	}
	sourceFlags(cmd, &o.SourceOptions)
	thresholdFlag(cmd.Flags(), &o.Thresholds)
	cmd.Flags().StringVar(&o.Output, "output", "", "the file to write: .csv, .tsv or .jsonl; - is CSV on standard output")
	cmd.Flags().BoolVar(&o.Force, "force", false, "write over an output that is there")
	cmd.Flags().StringVar(&o.Split, "split", "", "only the rows of this split, as the model's config cuts the table")
	cmd.Flags().StringVar(&o.OnError, "on-error", "fail", "what to do about a row that cannot be used: fail, skip or mask")
	require(cmd, "model", "data", "output")
	return cmd
}

func inspect(reg *config.Registry, streams streamsOf) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:     "inspect --model PATH",
		Short:   "Show a model: modules, shapes, parameters, config",
		Example: `  chiasm inspect --model runs/clipart`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return app.Inspect(cmd.Context(), path, reg, streams(cmd)) },
	}
	cmd.Flags().StringVar(&path, "model", "", "a run folder, its model/, or a checkpoint")
	require(cmd, "model")
	return cmd
}

func schema(reg *config.Registry) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of config files",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := config.Schema(reg)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(b))
			return err
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of Chiasm",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "chiasm", version.String())
			return err
		},
	}
}
