package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestF33_Completion asks as a shell does.
func TestF33_Completion(t *testing.T) {
	dir := folder(t)
	config, table := filepath.Join(dir, "train.yaml"), filepath.Join(dir, "data.csv")
	if err := os.WriteFile(filepath.Join(dir, "rows.jsonl"), []byte(`{"first":1,"other name":2}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"train --config " + config + " --only f":                          "facts\n",
		"train --config " + config + " --only facts,":                     ":6\n",
		"init --data " + table + " --target l":                            "label\n",
		"init --data " + filepath.Join(dir, "rows.jsonl") + " --target o": "other name\n",
		"init --data none.csv --target o":                                 ":4\n",
		"train --allow-changed tr":                                        "training.early_stopping.patience\n",
		"train --set training.ep":                                         "training.epochs=",
		"train --set data.split.str":                                      "data.split.stratify=",
		"compare --fusion x":                                              "cross_attention",
		"evaluate --split t":                                              "test",
		"evaluate --metric m":                                             "macro_f1",
		"predict --on-error s":                                            "skip",
		"train --config examples/clipart/tr":                              "yaml",
	} {
		if r := run(context.Background(), append([]string{"__complete"}, strings.Fields(args)...)...); r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("%s: %d, %s%s", args, r.code, r.out, r.errs)
		}
	}
}

// TestF33_Version: the flag says what the command does.
func TestF33_Version(t *testing.T) {
	flag, command := run(context.Background(), "--version"), run(context.Background(), "version")
	if flag.code != 0 || flag.out != command.out || !strings.HasPrefix(flag.out, "chiasm ") {
		t.Errorf("%q and %q", flag.out, command.out)
	}
}
