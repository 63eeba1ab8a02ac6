package promises_test

import (
	"os/exec"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/cells"
)

// sampled are the cases of TestF3F11_OneRowOneAnswer in which programs of the export are
// asked too, if not in all: they take most of the time.
var sampled = []string{data.MissingError, "decimal comma"}

// TestF3F11_OneRowOneAnswer asks for every kind of cell in every way: all give the
// same answer, or refuse it for the same reason.
func TestF3F11_OneRowOneAnswer(t *testing.T) {
	for name, c := range map[string]struct{ missing, dialect string }{
		data.MissingError: {data.MissingError, ""}, data.MissingMask: {data.MissingMask, ""}, data.MissingMean: {data.MissingMean, ""},
		"decimal comma": {data.MissingMask, `, decimal: ",", thousands: ".", missing_values: [NaN, "null", "true", "50", N/A]`},
		"groups":        {data.MissingError, `, thousands: space, missing_values: ["007", "-"]`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoors(t, c.missing, c.dialect)
			all := d.ask(t)
			want := d.jsonl(t, all)
			count := d.compareDoors(t, all, want)
			if everySample || slices.Contains(sampled, name) {
				count += d.compareSamples(t, all, want)
			}
			t.Logf("F3, F11: %d cells were asked for", count)
		})
	}
}

// compareDoors holds what JSONL is answered to the rules, and all other doors to it.
// It returns how many cells were asked for.
func (d *doors) compareDoors(t *testing.T, all []asked, want []answered) int {
	for i, a := range all {
		if got := cells.RefusalOf(want[i].refused); got != a.refusal || (want[i].value == "") != (a.refusal >= 0) {
			t.Errorf("JSONL: %v: %q, %s; want %s", a, want[i].refused, want[i].value, d.wanted(a))
		}
	}
	count := len(all)
	for _, door := range []struct {
		name string
		ask  func(*testing.T, []asked) []answered
		text bool // it has no literals
	}{{"CSV", d.csv, true}, {"server, JSON", d.json, false}, {"server, form", d.form, true}} {
		for i, got := range door.ask(t, all) {
			if door.text && all[i].Text == nil {
				continue
			}
			count++
			if got.value != want[i].value || cells.RefusalOf(got.refused) != all[i].refusal {
				t.Errorf("%s: %v: %q, %s; JSONL says %q, %s", door.name, all[i], got.refused, got.value, want[i].refused, want[i].value)
			}
		}
	}
	return count
}

// compareSamples holds the exported samples to what the model reads and, with all
// samples, to what predict answers, as far as there are interpreters and ONNX Runtime for
// them. It returns how many cells were asked for.
func (d *doors) compareSamples(t *testing.T, all []asked, want []answered) (count int) {
	t.Run("predict.py", func(t *testing.T) {
		interpreter, script := python(t), d.at("exported/samples/predict.py")
		d.compareFeatures(t, all, d.sample(t, all, interpreter, script))
		count += len(all)
		if !everySample {
			return
		}
		t.Run("ONNX Runtime", func(t *testing.T) {
			if err := exec.Command(interpreter, "-c", "import numpy, onnxruntime").Run(); err != nil {
				t.Skipf("left out: %s has no numpy and onnxruntime", interpreter)
			}
			d.predicts(t, all, want, interpreter, script)
		})
	})
	t.Run("predict.mjs", func(t *testing.T) {
		interpreter, script := node(t), d.at("exported/samples/predict.mjs")
		d.compareFeatures(t, all, d.sample(t, all, interpreter, script))
		count += len(all)
		if !everySample {
			return
		}
		t.Run("ONNX Runtime", func(t *testing.T) {
			d.modules(t)
			d.predicts(t, all, want, interpreter, script)
		})
	})
	return count
}

// What stands in a column that the model does not read costs the same rows
// whether predict or a sample reads them.
func TestF11_ColumnsThatAreNotRead(t *testing.T) {
	d := newDoors(t, data.MissingError, "")
	var all []asked
	var good []string
	for _, c := range doorColumns {
		good = append(good, c.name, c.good)
	}
	for _, one := range slices.Concat(cells.Texts(), cells.Literals()) {
		a := asked{Case: one, line: one.Line("x", good...), refusal: -1}
		var err error
		if a.features, err = d.features(t, 0, data.Cell{Text: "50", Kind: data.Number}); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	refused := 0
	for i, got := range d.jsonl(t, all) {
		if all[i].refusal = cells.RefusalOf(got.refused); got.refused != "" {
			refused++
		}
	}
	t.Logf("%d of %d rows are refused for a column that is not read", refused, len(all))
	t.Run("predict.py", func(t *testing.T) {
		d.compareFeatures(t, all, d.sample(t, all, python(t), d.at("exported/samples/predict.py")))
	})
	t.Run("predict.mjs", func(t *testing.T) {
		d.compareFeatures(t, all, d.sample(t, all, node(t), d.at("exported/samples/predict.mjs")))
	})
}
