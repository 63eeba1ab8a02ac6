package promises_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wrongShapes are mutations of all that files of JSON hold, by what it is: lists that are
// longer, shorter, in another order or have an entry twice, numbers at the ends of what
// there is, texts that are empty or long, keys that are gone or others'.
func (v *victim) wrongShapes(t *testing.T) (all []mutation) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(v.files)) {
		if filepath.Ext(name) != ".json" {
			continue
		}
		var tree any
		if err := json.Unmarshal(v.files[name], &tree); err != nil {
			t.Fatal(err)
		}
		for _, path := range leaves(tree, nil) {
			for how, to := range instead(valueAt(tree, path)) {
				all = append(all, mutation{fmt.Sprintf("%s %v %s", name, path, how), func(files map[string][]byte) {
					files[name] = changed(files[name], path, to)
				}})
			}
		}
	}
	slices.SortFunc(all, func(a, b mutation) int { return strings.Compare(a.name, b.name) })
	return all
}

func valueAt(tree any, path []any) any {
	for _, k := range path {
		switch k := k.(type) {
		case string:
			tree = tree.(map[string]any)[k]
		case int:
			tree = tree.([]any)[k]
		}
	}
	return tree
}

// instead are other values of the same type, by what is wrong with them.
func instead(v any) map[string]any {
	switch v := v.(type) {
	case float64:
		return map[string]any{"0": 0, "less": v - 1, "one more": v + 1, "below": -v - 1, "half": v + 0.5, "huge": 1e39, "largest": 1e308, "tiny": 1e-310, "not whole": 0.1}
	case bool:
		return map[string]any{"the other": !v, "a number": 1}
	case string:
		return map[string]any{"empty": "", "longer": v + "x", "blank": " ", "NUL": "\x00", "long": strings.Repeat("x", 1<<20), "turned": "\u202e" + v, "path": "../../" + v}
	case []any:
		more := map[string]any{"empty": []any{}, "in a list": []any{v}, "long": slices.Repeat(append(slices.Clone(v), 0), 100_000/(len(v)+1))}
		if n := len(v); n > 0 {
			more["shorter"] = v[:n-1]
			more["longer"] = append(slices.Clone(v), v[n-1])
			more["twice the first"] = slices.Concat(v[:1], v[:n-1])
			turned := slices.Clone(v)
			slices.Reverse(turned)
			more["turned"] = turned
			more["with null"] = slices.Concat(v[:n-1], []any{nil})
		}
		return more
	case map[string]any:
		more := map[string]any{"and another key": v, "empty": map[string]any{}}
		with := maps.Clone(v)
		with["another"] = 1
		more["and another key"] = with
		for k := range v {
			without := maps.Clone(v)
			delete(without, k)
			more["without "+k] = without
		}
		return more
	}
	return nil
}

// inConfig are mutations of the config by text.
func inConfig(config []byte) (all []mutation) {
	for _, c := range [][2]string{
		{"type: multiclass", "type: binary"}, {"type: multiclass", "type: regression"}, {"type: multiclass", "type: multilabel"},
		{"type: image", "type: text"}, {"type: text", "type: image"}, {"type: tabular", "type: vector"}, {"type: tabular", "type: nothing"},
		{"column: kind", "column: pass"}, {"seed: ", "seed: -"}, {"name: ", "name: ../"}, {"channels: 3", "channels: 1"},
	} {
		if !bytes.Contains(config, []byte(c[0])) {
			continue
		}
		all = append(all, mutation{fmt.Sprintf("config.yaml %q for %q", c[1], c[0]), func(files map[string][]byte) {
			files["config.yaml"] = bytes.Replace(files["config.yaml"], []byte(c[0]), []byte(c[1]), 1)
		}})
	}
	for line := range strings.Lines(string(config)) {
		all = append(all, mutation{fmt.Sprintf("config.yaml without %q", line), func(files map[string][]byte) {
			files["config.yaml"] = bytes.Replace(files["config.yaml"], []byte(line), nil, 1)
		}}, mutation{fmt.Sprintf("config.yaml twice %q", line), func(files map[string][]byte) {
			files["config.yaml"] = bytes.Replace(files["config.yaml"], []byte(line), []byte(line+line), 1)
		}})
		key, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		if !ok || value == "" {
			continue
		}
		for _, to := range []string{"0", "-1", "1e308", "''", ".nan", "null", "[]", "999999999"} {
			all = append(all, mutation{fmt.Sprintf("config.yaml %s: %s", strings.TrimSpace(key), to), func(files map[string][]byte) {
				files["config.yaml"] = bytes.Replace(files["config.yaml"], []byte(line), []byte(key+": "+to+"\n"), 1)
			}})
		}
	}
	return all
}

// TestM2_WrongShapes gives every command checkpoints whose values have the right type and
// are others than they can be.
func TestM2_WrongShapes(t *testing.T) {
	v := newVictim(t)
	all := append(v.wrongShapes(t), inConfig(v.files["config.yaml"])...)
	tried, refused := v.each(t, all, shapesEvery)
	t.Logf("M2: %d of %d wrong shapes x 8 commands, %d refused", tried, len(all), refused)
}
