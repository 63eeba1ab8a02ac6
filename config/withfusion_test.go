package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fusion"
)

func TestWithFusion(t *testing.T) {
	flat := edit("{type: cross_attention, dim: 128, heads: 4, layers: 1}", "{type: cross_attention, dim: 16, heads: 2}")
	tree := edit("{type: cross_attention, dim: 128, heads: 4, layers: 1}", "{type: cross_attention, dim: 16, heads: 2, of: [{type: concat, of: [picture, caption]}, facts]}")
	for name, c := range map[string]struct {
		src, kind, options string
		want               any
		problem            string
	}{
		"another, with defaults": {src: flat, kind: "concat", want: config.Defaults[fusion.ConcatConfig]()},
		"another, with options":  {src: flat, kind: "concat", options: "dim: 8, hidden: [4]", want: fusion.ConcatConfig{Dim: 8, Hidden: []int{4}, Dropout: 0.1}},
		"its own":                {src: flat, kind: "cross_attention", want: fusion.CrossAttentionConfig{Dim: 16, Heads: 2, Layers: 1, Dropout: 0.1}},
		"its own, flattened":     {src: tree, kind: "cross_attention", want: fusion.CrossAttentionConfig{Dim: 16, Heads: 2, Layers: 1, Dropout: 0.1}},
		"its own, with options":  {src: flat, kind: "cross_attention", options: "layers: 2", want: fusion.CrossAttentionConfig{Dim: 128, Heads: 4, Layers: 2, Dropout: 0.1}},
		"wrong options":          {src: flat, kind: "concat", options: "hiden: [4]", problem: "hidden"},
		"unknown":                {src: flat, kind: "concatt", problem: "concat"},
	} {
		base := parse(t, c.src)
		got, err := base.WithFusion(c.kind, c.options)
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a, b := yaml(t, &config.Config{Fusion: got.Fusion}), yaml(t, &config.Config{Fusion: &config.Fusion{Type: c.kind, Config: c.want, Of: got.Fusion.Of}}); a != b {
			t.Errorf("%s: %s\nwant %s", name, a, b)
		}
		if len(got.Fusion.Of) != 3 || !got.Fusion.Flat() || got.TablePath() != base.TablePath() || got.Seed != base.Seed {
			t.Errorf("%s: of %v, table %s", name, got.Fusion.Of, got.TablePath())
		}
	}
	if parse(t, tree).Fusion.Flat() {
		t.Error("a tree is flat")
	}
}

// A comparison begins with late fusion, and goes by the registry: what is added
// there finds its place.
func TestLadder(t *testing.T) {
	r := config.Builtin()
	before := r.Ladder()
	if len(before) < 3 || before[0] != "score_average" {
		t.Errorf("%v", before)
	}
	if err := config.AddFusion(r, "mine", "for this test", fusion.NewConcat, config.Tried(0)); err != nil {
		t.Fatal(err)
	}
	if err := config.AddFusion(r, "other", "for this test", fusion.NewConcat); err != nil {
		t.Fatal(err)
	}
	if got := r.Ladder(); !slices.Equal(got, append([]string{"mine"}, before...)) {
		t.Errorf("%v", got)
	}
}
