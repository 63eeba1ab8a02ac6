package fusion_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
)

func branch(name string) fusion.Branch     { return fusion.Branch{Input: name} }
func subtree(n *fusion.Node) fusion.Branch { return fusion.Branch{Node: n} }
func node(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "concat", Of: of, New: cases.With(fusion.NewConcat, fusion.ConcatConfig{Dim: 3, Hidden: []int{2}})}
}

func late(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "score_average", Of: of, New: cases.With(fusion.NewScoreAverage, fusion.ScoreAverageConfig{})}
}

func attending(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "cross_attention", Attends: true, Of: of, New: cases.With(fusion.NewCrossAttention, fusion.CrossAttentionConfig{Dim: 4, Heads: 1, Layers: 1, Hidden: 2})}
}

// early makes one sequence of tokens of what it joins.
func early(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "early", Attends: true, Of: of, New: cases.With(fusion.NewEarly, fusion.EarlyConfig{Dim: 4, Heads: 1, Layers: 1, Hidden: 2})}
}

// asking is cross attention in which facts ask the subtree of caption and picture.
func asking(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "cross_attention", Attends: true, Of: of, New: cases.With(fusion.NewCrossAttention, fusion.CrossAttentionConfig{
		Dim: 4, Heads: 1, Layers: 1, Hidden: 2, Pairs: []fusion.Pair{{Query: "facts", Key: "caption+picture"}},
	})}
}

var three = []fusion.Input{picture, caption, facts}

// fuse adds a tree to a graph, over inputs that are given as they are.
func fuse(g *nn.Graph, tree *fusion.Tree, b int) fusion.Fused {
	var ms []fusion.Modality
	for _, in := range three {
		ms = append(ms, fusion.Modality{Name: in.Name, Present: g.Constant(in.Name+".present", b, 1), Encoding: encoders.Encoding{
			Tokens: g.Input(in.Name+".tokens", b, in.Tokens, in.Dim), Mask: g.Constant(in.Name+".mask", b, in.Tokens), Pooled: g.Input(in.Name+".pooled", b, in.Dim),
		}})
	}
	return tree.Fuse(g, ms)
}

// run fuses rows that have the modalities given, one subset a row. What is
// absent holds hole.
func run(t *testing.T, tree *fusion.Tree, hole float32, present ...[3]float32) []float32 {
	t.Helper()
	b := len(present)
	p := nntest.Build(t, nn.Options{}, func(g *nn.Graph) {
		f := fuse(g, tree, b)
		if f.Pooled != nil {
			g.Output("y", f.Pooled)
		} else {
			g.Output("y", f.Logits)
		}
	})
	for k, in := range three {
		for i, has := range present {
			p.Float(in.Name + ".present")[i] = has[k]
			for _, what := range []string{".tokens", ".mask", ".pooled"} {
				x := p.Float(in.Name + what)
				n := len(x) / b
				for j := range n {
					v := float32((j*7+k)%5) - 2
					if what == ".mask" {
						v = has[k]
					} else if has[k] == 0 {
						v = hole
					}
					x[i*n+j] = v
				}
			}
		}
	}
	nntest.Run(t, p, 0)
	return slices.Clone(p.Output("y"))
}

func TestTreeNames(t *testing.T) {
	tree := late(subtree(attending(branch("picture"), branch("caption"))), branch("facts"))
	if got := tree.Leaves(); !slices.Equal(got, []string{"picture", "caption", "facts"}) {
		t.Errorf("leaves %v", got)
	}
	if got := tree.AttendedInputs(); !slices.Equal(got, []string{"picture", "caption"}) {
		t.Errorf("attended %v", got)
	}
	s := nn.NewScope(1)
	made, err := fusion.NewTree(s.In("fusion"), tree, three, fusion.Setting{Outputs: 3, Decision: fusion.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	if want := "score_average(cross_attention(picture, caption), facts)"; made.String() != want {
		t.Errorf("%s, want %s", made, want)
	}
	// A subtree's parameters are named after its inputs, sorted.
	if !slices.ContainsFunc(s.Params(), func(p *nn.Param) bool { return strings.HasPrefix(p.Name, "fusion.caption+picture.picture_to_caption.") }) {
		t.Error("the subtree's parameters are not under fusion.caption+picture")
	}
}

// A subtree is present where any of its parts is, and what a row lacks does
// not matter in any tree, whatever it holds.
func TestPresenceInTrees(t *testing.T) {
	subsets := [][3]float32{{1, 1, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {0, 0, 1}, {0, 1, 0}, {1, 0, 0}, {0, 0, 0}}
	for name, tree := range map[string]*fusion.Node{
		"late over early":  late(subtree(node(branch("picture"), branch("caption"))), branch("facts")),
		"late over cross":  late(subtree(attending(branch("picture"), branch("caption"))), branch("facts")),
		"late over film":   late(subtree(filmed(branch("caption"), branch("picture"), "picture")), branch("facts")),
		"cross over early": asking(subtree(early(branch("picture"), branch("caption"))), branch("facts")),
		"late over late":   late(subtree(late(branch("picture"), branch("facts"))), branch("caption")),
		"early in early":   node(subtree(node(branch("facts"), branch("caption"))), branch("picture")),
	} {
		s := nn.NewScope(1)
		made, err := fusion.NewTree(s.In("fusion"), tree, three, fusion.Setting{Outputs: 3, Decision: fusion.Softmax})
		if err != nil {
			t.Fatal(err)
		}
		s.Pack()
		nntest.Jitter(s, 1)
		whole := run(t, made, 0, subsets...)
		nntest.Finite(t, name, whole)
		nan := float32(0)
		nan /= nan
		for _, hole := range []float32{3, 1e30, nan} {
			nntest.Equal(t, name, run(t, made, hole, subsets...), whole)
		}
		n := len(whole) / len(subsets)
		for i, has := range subsets {
			nntest.Equal(t, name+": a row alone", run(t, made, 0, has), whole[i*n:(i+1)*n])
		}
		// Rows that lack all of the subtree and the rest are not told apart by it.
		if slices.Equal(whole[4*n:5*n], whole[7*n:]) {
			t.Errorf("%s: facts alone give what nothing gives", name)
		}
	}
}

// The weights of every attention of a tree can be read: (B, H, T_query, T_key),
// one for each query over the keys that exist.
func TestAttentionsOfTrees(t *testing.T) {
	tree := late(subtree(attending(branch("picture"), branch("caption"))), branch("facts"))
	s := nn.NewScope(1)
	made, err := fusion.NewTree(s.In("fusion"), tree, three, fusion.Setting{Outputs: 3, Decision: fusion.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	all := made.Attentions()
	for _, a := range all {
		names = append(names, a.Queries[0].Name+" to "+a.Keys[0].Name)
	}
	if want := []string{"caption to picture", "picture to caption"}; !slices.Equal(names, want) {
		t.Fatalf("attentions %v, want %v", names, want)
	}
	for i, a := range all {
		a.Observe = func(g *nn.Graph, weights *gorgonia.Node) { g.Output(names[i], weights) }
	}
	p := nntest.Build(t, nn.Options{}, func(g *nn.Graph) { g.Output("y", fuse(g, made, 2).Logits) })
	for _, in := range three {
		for _, what := range []string{".present", ".mask"} {
			for i := range p.Float(in.Name + what) {
				p.Float(in.Name + what)[i] = 1
			}
		}
	}
	p.Float("picture.mask")[1] = 0 // of the first row's three
	nntest.Run(t, p, 0)
	weights := p.Output("caption to picture") // (2, 1, 2, 3)
	if len(weights) != 2*2*3 || weights[1] != 0 || weights[4] != 0 || weights[7] == 0 {
		t.Errorf("caption looks at the picture by %v, and its second token does not exist in row 0", weights)
	}
	for i := 0; i < len(weights); i += 3 {
		nntest.Equal(t, "the sum over keys", []float32{weights[i] + weights[i+1] + weights[i+2]}, []float32{1})
	}
	if n := len(p.Output("picture to caption")); n != 2*3*2 {
		t.Errorf("%d weights from picture to caption, want 12", n)
	}
}

// Attentions over what a tree joined name the inputs behind its tokens, and what
// operators have of their own.
func TestSpansOfTrees(t *testing.T) {
	both := subtree(early(branch("picture"), branch("caption")))
	s := nn.NewScope(1)
	made, err := fusion.NewTree(s.In("fusion"), asking(both, branch("facts")), three, fusion.Setting{Outputs: 3, Decision: fusion.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range made.Attentions() {
		got = append(got, fmt.Sprint(a.Path(), a.Queries, a.Keys))
	}
	want := []string{
		"fusion.caption+picture.block0.attention[{caption 2 false} {picture 3 false}] [{caption 2 false} {picture 3 false}]",
		"fusion.facts_to_caption+picture.layer0.attention[{facts 1 false}] [{caption 2 false} {picture 3 false}]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("attentions\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestImpossibleTrees(t *testing.T) {
	for name, c := range map[string]struct {
		tree *fusion.Node
		want string
	}{
		"unused":             {node(branch("picture"), branch("facts")), `"caption" is not used`},
		"twice":              {node(branch("picture"), branch("facts"), subtree(node(branch("caption"), branch("facts")))), `"facts" is used 2 times`},
		"unknown":            {node(branch("picture"), branch("facts"), branch("caption"), branch("sound")), `no input "sound"`},
		"nothing":            {node(branch("picture"), branch("facts"), branch("caption"), subtree(node())), "the fusion has no inputs"},
		"scores in early":    {node(branch("facts"), subtree(late(branch("picture"), branch("caption")))), "concat combines features"},
		"attend to scores":   {attending(branch("picture"), subtree(late(branch("facts"), branch("caption")))), "cross_attention combines features"},
		"attend to a vector": {asking(branch("facts"), subtree(node(branch("picture"), branch("caption")))), `"caption+picture" has one token`},
		"attend to one":      {attending(branch("picture"), branch("caption"), branch("facts")), "one token"},
	} {
		_, err := fusion.NewTree(nn.NewScope(1).In("fusion"), c.tree, three, fusion.Setting{Outputs: 3, Decision: fusion.Softmax})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "fusion") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// Shares of the trees inside a tree are told beside those of its root.
func TestSharesInTrees(t *testing.T) {
	tree := late(subtree(late(branch("picture"), branch("facts"))), branch("caption"))
	s := nn.NewScope(1)
	made, err := fusion.NewTree(s.In("fusion"), tree, three, fusion.Setting{Outputs: 3, Decision: fusion.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	p := nntest.Build(t, nn.Options{}, func(g *nn.Graph) {
		for _, share := range fuse(g, made, 2).Shares {
			names = append(names, share.Name)
			g.Output(share.Name, share.Weight)
		}
	})
	for i, has := range []float32{1, 0} { // the second row has a picture alone
		for _, in := range three {
			p.Float(in.Name + ".present")[i] = has
		}
	}
	p.Float("picture.present")[1] = 1
	nntest.Run(t, p, 0)
	want := map[string][]float32{
		"caption": {0.5, 0}, "facts+picture": {0.5, 1}, "facts+picture.facts": {0.5, 0}, "facts+picture.picture": {0.5, 1},
	}
	for _, name := range names {
		if got := p.Output(name); !slices.Equal(got, want[name]) {
			t.Errorf("the shares of %s are %v, want %v", name, got, want[name])
		}
	}
	if len(names) != len(want) {
		t.Errorf("there are shares of %v", names)
	}
}
