package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/auto"
)

// complete tells the shell what flags take: files by their extension, folders, and
// the names that the registry holds.
func complete(root *cobra.Command, reg *config.Registry) {
	if reg == nil {
		reg = config.Builtin()
	}
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	named := func(entries func() []config.Entry) cobra.CompletionFunc {
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var words []string
			for _, e := range entries() {
				words = append(words, e.Name+"\t"+e.Summary)
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		}
	}
	extensions := func(names ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(names, cobra.ShellCompDirectiveFilterFileExt)
	}
	folders := cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	flags := map[string]cobra.CompletionFunc{
		"config":   extensions("yaml", "yml"),
		"data":     extensions("csv", "tsv", "jsonl", "json", "gz", "zst"),
		"model":    folders,
		"images":   folders,
		"split":    fixed("train", "validation", "test"),
		"on-error": fixed("fail", "skip", "mask"),
		"metric":   fixed("accuracy", "macro_f1", "roc_auc", "average_precision", "subset_accuracy", "mae", "rmse", "r2", "loss"),
		"fusion":   named(reg.Fusions),
		"only": func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return more(typed, inputsOf(cmd, reg)), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		},
		"target":        columnsOf,
		"allow-changed": fixed("data", "version", "architecture", "training.epochs", "training.monitor", "training.early_stopping.monitor", "training.early_stopping.patience", "training.early_stopping.min_delta"),
		"pairs":         fixed("best", "all", "none"),
		"preset":        fixed(auto.Presets...),
		"format":        fixed("onnx", "safetensors"),
		"log-format":    fixed("text", "json"),
		"set": func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return configKeys(reg, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		},
	}
	for _, cmd := range root.Commands() {
		for name, f := range flags {
			if cmd.Flags().Lookup(name) != nil {
				// It fails for a flag that has one already; these have none.
				_ = cmd.RegisterFlagCompletionFunc(name, f)
			}
		}
	}
}

// columnsOf are the columns of the table that was named before.
func columnsOf(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return app.Columns(cmd.Flag("data").Value.String()), cobra.ShellCompDirectiveNoFileComp
}

// inputsOf are the inputs of the config that was named before.
func inputsOf(cmd *cobra.Command, reg *config.Registry) (names []string) {
	file := cmd.Flag("config")
	if file == nil || file.Value.String() == "" {
		return nil
	}
	c, err := config.Load(file.Value.String(), reg)
	if err != nil {
		return nil
	}
	for _, in := range c.Inputs {
		names = append(names, in.Name)
	}
	return names
}

// more are the words that may stand behind those of a list that were typed, with these.
func more(typed string, words []string) (lists []string) {
	done := ""
	if at := strings.LastIndexByte(typed, ','); at >= 0 {
		done = typed[:at+1]
	}
	for _, w := range words {
		if !slices.Contains(strings.Split(done, ","), w) {
			lists = append(lists, done+w)
		}
	}
	return lists
}

// configKeys are the keys of a config that begin with what was typed, each with
// the = that its value follows.
func configKeys(reg *config.Registry, typed string) []string {
	raw, err := config.Schema(reg)
	if err != nil {
		return nil
	}
	var schema node
	if json.Unmarshal(raw, &schema) != nil {
		return nil
	}
	var keys []string
	schema.walk("", schema.Defs, 0, func(key string) {
		if strings.HasPrefix(key, typed) {
			keys = append(keys, key+"=")
		}
	})
	slices.Sort(keys)
	return slices.Compact(keys)
}

// A node is what configKeys reads of a JSON Schema.
type node struct {
	Ref        string          `json:"$ref"`
	Defs       map[string]node `json:"$defs"`
	Properties map[string]node `json:"properties"`
	AllOf      []node          `json:"allOf"`
	AnyOf      []node          `json:"anyOf"`
	OneOf      []node          `json:"oneOf"`
}

// walk calls found for each key that has no keys inside.
func (n node) walk(path string, defs map[string]node, depth int, found func(key string)) {
	const deepest = 12 // a fusion can be inside a fusion
	if depth > deepest || strings.Count(path, ".") > 3 {
		return
	}
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		defs[name].walk(path, defs, depth+1, found)
		return
	}
	inside := slices.Concat(n.AllOf, n.AnyOf, n.OneOf)
	if len(n.Properties) == 0 && len(inside) == 0 && path != "" {
		found(path)
	}
	for _, m := range inside {
		m.walk(path, defs, depth+1, found)
	}
	for name, m := range n.Properties {
		key := name
		if path != "" {
			key = path + "." + name
		}
		m.walk(key, defs, depth+1, found)
	}
}
