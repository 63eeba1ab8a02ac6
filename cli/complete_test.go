package cli_test

import (
	"context"
	"strings"
	"testing"
)

// TestF33_Completion asks as a shell does.
func TestF33_Completion(t *testing.T) {
	for args, want := range map[string]string{
		"train --set training.ep":            "training.epochs=",
		"train --set data.split.str":         "data.split.stratify=",
		"compare --fusion x":                 "cross_attention",
		"evaluate --split t":                 "test",
		"evaluate --metric m":                "macro_f1",
		"predict --on-error s":               "skip",
		"train --config examples/clipart/tr": "yaml",
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
