package app_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// A table may be written in another way than that of the training, such as the one
// that predict has written; the answers are the same.
func TestTableOfAnotherDialect(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	plain := string(read(t, w.at("data.csv")))
	w.write(t, "semicolons.csv", strings.ReplaceAll(plain, ",", ";"))
	run, _ := w.train(t, "data.path=semicolons.csv", "data.separator=;", "data.encoding=windows-1252", "training.epochs=1")
	predict := func(table string, flags ...string) (string, error) {
		var out bytes.Buffer
		o := app.PredictOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at(table), Table: flags}, Output: "-"}
		err := app.Predict(context.Background(), o, app.Streams{Out: &out, Err: &bytes.Buffer{}})
		return out.String(), err
	}
	want, err := predict("semicolons.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := predict("data.csv", "separator=,", "encoding=utf-8"); err != nil || got != want {
		t.Errorf("%v: %s", err, got)
	}
	if got, err := predict("data.csv", "separator=", "encoding="); err != nil || got != want {
		t.Errorf("the default: %v: %s", err, got)
	}
	if _, err := predict("data.csv"); code(err) != 3 {
		t.Errorf("without a word: %v", err)
	}
	for flag, says := range map[string]string{
		"seperator=,": `did you mean "separator"?`, "missing_values=NA": "has no key", "path=x": "has no key", "encoding": "is not key=value",
		"separator=ab": "--table separator: ", "encoding=none such": "--table encoding: ", "compression=zip": "--table compression: ", "decimal=x": "--table decimal: ",
	} {
		if _, err := predict("data.csv", flag); code(err) != 2 || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", flag, err)
		}
	}
	if _, err := predict("data.csv", "decimal=.", "decimal=,"); code(err) != 2 {
		t.Error(err)
	}
}
