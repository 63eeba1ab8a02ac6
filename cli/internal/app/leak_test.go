package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// What splits share is warned of, in the data report and on the page, and
// refused where asked to, before anything is written.
func TestLeaksAreToldAndRefused(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"training.epochs=1", "data.split.group=" + sample.Maker}}
	const want = `belong to a group of another split (column "` + sample.Maker + `")`
	said, err := start(context.Background(), o, nil)
	if err != nil || !strings.Contains(said, "warning: ") || !strings.Contains(said, want) {
		t.Fatalf("%v: %s", err, said)
	}
	var report struct{ Leaks []data.Leak }
	if err := json.Unmarshal(read(t, filepath.Join(o.Output, "data_report.json")), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Leaks) < 1 || report.Leaks[0].Kind != "group" || report.Leaks[0].Rows < 5 || len(report.Leaks[0].Pairs) != 5 {
		t.Errorf("the data report has %+v", report.Leaks)
	}
	if page := read(t, filepath.Join(o.Output, "report.html")); !bytes.Contains(page, []byte("belong to a group of another split")) {
		t.Error("the report does not say it")
	}

	o.Output, o.FailOnLeak = w.at("refused"), true
	_, err = start(context.Background(), o, nil)
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 3 || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("--fail-on-leak: %v", err)
	}
	if _, err := os.Stat(o.Output); err == nil {
		t.Error("a refused run left a folder")
	}
	o.Sets, o.Only = o.Sets[:1], []string{"facts"}
	if _, err := start(context.Background(), o, nil); err != nil {
		t.Errorf("--fail-on-leak without a leak: %v", err)
	}
}
