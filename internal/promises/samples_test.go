package promises_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/cells"
)

// sample asks a program of the export, which prints what the graph would be given.
func (d *doors) sample(t *testing.T, all []asked, program ...string) []map[string][]*float64 {
	var b bytes.Buffer
	for _, a := range all {
		b.WriteString(a.line + "\n")
	}
	d.write("asked.jsonl", b.Bytes())
	var out []map[string][]*float64
	c := exec.Command(program[0], append(program[1:], d.at("asked.jsonl"), "--features")...)
	c.Stderr = os.Stderr
	printed, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v", program, err)
	}
	lines := bytes.Split(bytes.TrimSpace(printed), []byte("\n"))
	if len(lines) != len(all) {
		t.Fatalf("%v: %d lines for %d rows", program, len(lines), len(all))
	}
	for i, line := range lines {
		var refused struct{ Error string }
		if json.Unmarshal(line, &refused) == nil && refused.Error != "" {
			if got := cells.RefusalOf(refused.Error); got != all[i].refusal {
				t.Errorf("%v: it is refused: %s, want %s", all[i], refused.Error, d.wanted(all[i]))
			}
			out = append(out, nil)
			continue
		}
		var found map[string][]*float64
		if err := json.Unmarshal(line, &found); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, found)
	}
	return out
}

// compareFeatures holds a sample to what the model reads.
func (d *doors) compareFeatures(t *testing.T, all []asked, got []map[string][]*float64) {
	for i, a := range all {
		if got[i] == nil {
			continue
		}
		if a.refusal >= 0 {
			t.Errorf("%v: it is answered, want %s", a, d.wanted(a))
			continue
		}
		if len(got[i]) != len(a.features) {
			t.Errorf("%v: %d tensors, want %d", a, len(got[i]), len(a.features))
		}
		for name, want := range a.features {
			have := got[i][name]
			same := len(have) == len(want)
			for j := 0; same && j < len(want); j++ {
				same = have[j] == nil && math.IsNaN(want[j]) || have[j] != nil && *have[j] == want[j]
			}
			if !same {
				t.Errorf("%v: %s differs from %v", a, name, want)
			}
		}
	}
}

// python is an interpreter for samples: that of CHIASM_TEST_PYTHON, or python3.
func python(t *testing.T) string {
	name := os.Getenv("CHIASM_TEST_PYTHON")
	if name == "" {
		name = "python3"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("left out: there is no %s", name)
	}
	return path
}

func node(t *testing.T) string {
	path, err := exec.LookPath("node")
	if err != nil {
		t.Skip("left out: there is no node")
	}
	return path
}

// modules links the packages of Node that CHIASM_TEST_NODE_MODULES names, or those
// that are installed for all, to where the sample finds them.
func (d *doors) modules(t *testing.T) {
	dir := os.Getenv("CHIASM_TEST_NODE_MODULES")
	if dir == "" {
		out, err := exec.Command("npm", "root", "--global").Output()
		if err != nil {
			t.Skip("left out: there is no npm to tell where packages are")
		}
		dir = strings.TrimSpace(string(out))
	}
	if _, err := os.Stat(filepath.Join(dir, "onnxruntime-node")); err != nil {
		t.Skip("left out: there is no onnxruntime-node; name its node_modules by CHIASM_TEST_NODE_MODULES")
	}
	if err := os.Symlink(dir, d.at("exported/node_modules")); err != nil {
		t.Skip(err)
	}
}

// predicts asks a sample for the rows that are answered, and holds its probabilities
// to those of predict.
func (d *doors) predicts(t *testing.T, all []asked, want []answered, program ...string) {
	var b bytes.Buffer
	var at []int
	for i, a := range all {
		if a.refusal < 0 {
			b.WriteString(a.line + "\n")
			at = append(at, i)
		}
	}
	d.write("good.jsonl", b.Bytes())
	out, err := exec.Command(program[0], append(program[1:], d.at("good.jsonl"))...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(at) {
		t.Fatalf("%d lines for %d rows", len(lines), len(at))
	}
	for k, i := range at {
		var said struct{ Probabilities struct{ B float64 } }
		if err := json.Unmarshal(lines[k], &said); err != nil {
			t.Fatal(err)
		}
		v, err := json.Number(want[i].value).Float64()
		if err != nil || math.Abs(v-said.Probabilities.B) > 1e-4 {
			t.Errorf("%v: %g, predict answers %s", all[i], said.Probabilities.B, want[i].value)
		}
	}
}
