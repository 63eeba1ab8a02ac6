package cli_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// TestF33_NothingIsGivenTwice: of a flag that stands there twice neither counts in
// silence.
func TestF33_NothingIsGivenTwice(t *testing.T) {
	dir := folder(t)
	config := " --config " + filepath.Join(dir, "train.yaml")
	for args, want := range map[string]string{
		"train --config a.yaml --config b.yaml":                                                `--config is given twice, as "a.yaml" and "b.yaml"; see chiasm train --help`,
		"predict --split test --model x --split test":                                          `--split is given twice, as "test" and "test"`,
		"compare --seeds 3 --seeds=4":                                                          `--seeds is given twice, as "3" and "4"`,
		"train" + config + " --set seed=1 --set seed=2":                                        "--set seed=2: seed: is given twice, before as seed=1",
		"train" + config + " --set training.optimizer.type=sgd --set training.optimizer=adamw": "training.optimizer: comes after training.optimizer.type=sgd, which it would undo",
		"train" + config + " --from x --set training.init_from.path=y":                         "training.init_from.path: is given twice",
		"train" + config + " --only facts,facts":                                               `"facts" is named twice`,
	} {
		if r := run(context.Background(), strings.Fields(args)...); r.code != 2 || !strings.Contains(r.errs, want) {
			t.Errorf("%s: %d, %s", args, r.code, r.errs)
		}
	}
}
