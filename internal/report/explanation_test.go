package report_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/internal/report"
)

func explained() report.ExplanationPage {
	grid := &[2]int{2, 2}
	return report.ExplanationPage{
		Name: "clipart",
		ExplainedRow: report.ExplainedRow{
			Task: data.Multiclass, Target: "subject", Page: "row-000012.html",
			Views: []report.View{{Input: "drawing", File: onePicture(), Height: 16, Width: 32, Fit: "pad", Background: "#ffffff"}},
			Cells: []report.Cell{{Input: "title", Column: "title", Text: "a red boat"}, {Input: "facts", Column: "price", Text: "12.5"}},
			Explanation: &explain.Explanation{
				Row: 12, Prediction: "boat", Target: "bird", Probabilities: map[string]float64{"boat": 0.75, "bird": 0.2, "tree": 0.05},
				Present: []string{"drawing", "title", "facts"}, Explained: "boat",
				Contributions: &explain.Contributions{Of: "probability of boat", Base: 0.25, Total: 0.75, Inputs: []explain.Contribution{
					{Input: "drawing", Value: -0.125}, {Input: "title", Value: 0.5}, {Input: "facts", Value: 0.125},
				}},
				Attention: []explain.Attention{
					{
						Path: "fusion.title_to_drawing.layer0.attention", From: "title", To: "drawing", FromTokens: []string{"red", "boat"}, ToGrid: grid,
						Mean:  [][]float32{{0.1, 0.7, 0.1, 0.1}, {0.2, 0.6, 0.1, 0.1}},
						Heads: [][][]float32{{{0, 1, 0, 0}, {0, 1, 0, 0}}, {{0.2, 0.4, 0.2, 0.2}, {0.4, 0.2, 0.2, 0.2}}},
					},
					{
						Path: "fusion.drawing_to_title.layer0.attention", From: "drawing", To: "title", FromGrid: grid, ToTokens: []string{"red", "boat"},
						Mean: [][]float32{{0.5, 0.5}, {0.25, 0.75}, {1, 0}, {0, 1}},
					},
					{
						Path: "encoders.title.block0.attention", From: "title", To: "title", FromTokens: []string{"red", "boat"}, ToTokens: []string{"red", "boat"},
						Mean: [][]float32{{0.5, 0.5}, {0.25, 0.75}},
					},
				},
				Attributions: []explain.Attribution{
					{Input: "drawing", Kind: explain.Regions, Grid: grid, Values: [][]float64{{0.5, -0.25}, {0, 0}}, Baseline: "the mean colour"},
					{Input: "title", Kind: explain.Words, Tokens: []string{"red", "boat"}, Values: []float64{-0.5, 2}, Baseline: "padding"},
					{Input: "facts", Kind: explain.Columns, Columns: []string{"price"}, Values: []float64{0.125}, Baseline: "the mean"},
				},
				Completeness: &explain.Completeness{Of: "logit of boat", Baseline: -1, Value: 0.875, Steps: 96, Gap: 0.003, RelativeGap: 0.0016},
				Shares:       []explain.Shares{{Path: "fusion", Kind: "gate", Inputs: map[string]float64{"drawing": 0.25, "title": 0.5, "facts": 0.25}}},
			},
		},
	}
}

func onePicture() []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 8, 4))
	m.SetNRGBA(1, 1, color.NRGBA{R: 255, A: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}

func explanationPage(t *testing.T, p report.ExplanationPage) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteExplanation(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExplanationPage(t *testing.T) {
	got := explanationPage(t, explained())
	for _, want := range []string{
		"Row 12", "the truth is", "Most weighs", "75", "a red boat", `<span class="chip for" style="--level:1.000" title="&#43;2.000">`, `<span class="chip against"`,
		`viewBox="0 0 288 144"`, `href="#picture-0"`, "0.2\u202f%", "96 gradients", "row 1, column 2: 65\u202f%", "Head by head", "From which places", "weights of its gates",
		`style="--from:50%;--width:50%"`, `style="--from:37.5%;--width:12.5%"`, `<td class="h8"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	// The picture is in the page once, and drawn in the row, for what speaks, for
	// the map, for two tokens and two heads, and for two that are looked at.
	if n, m := strings.Count(got, "data:image"), strings.Count(got, "<use "); n != 1 || m != 9 {
		t.Errorf("the picture is there %d times, and drawn %d times", n, m)
	}
	if got != explanationPage(t, explained()) {
		t.Error("equal explanations give different pages")
	}
	for _, never := range []string{"<script", "http://", "https://", "NaN", "<link", "@import", "ZgotmplZ"} {
		if strings.Contains(got, never) {
			t.Errorf("the page has %q", never)
		}
	}
	p := explained()
	p.Attention, p.Shares, p.Contributions = nil, nil, nil
	if got := explanationPage(t, p); !strings.Contains(got, "Nothing in this model attends") || strings.Contains(got, `id="shares"`) {
		t.Error("that there is no attention is not said")
	}
}

// What comes from the data cannot act, whatever it is.
func TestHostileExplanations(t *testing.T) {
	for name, s := range hostile {
		p := explained()
		p.Name, p.Target, p.Prediction, p.Explanation.Target, p.Explained = s, s, s, s, s
		p.Probabilities = map[string]float64{s: 1}
		p.Contributions.Of, p.Contributions.Inputs[0].Input = s, s
		p.Attention[0].From, p.Attention[0].FromTokens[0], p.Attention[1].ToTokens[1], p.Attention[2].FromTokens[0] = s, s, s, s
		p.Attributions[1].Tokens[0], p.Attributions[2].Columns[0], p.Attributions[0].Input = s, s, s
		p.Cells[0].Text, p.Cells[1].Column, p.Views[0].Input, p.Views[0].File = s, s, s, []byte(s)
		p.Page = s
		pages := map[string]string{"page": explanationPage(t, p)}
		var b bytes.Buffer
		if err := report.WriteExplanationIndex(&b, report.ExplanationIndex{Name: s, Split: s, Worst: true, Rows: []report.ExplainedRow{p.ExplainedRow}}); err != nil {
			t.Fatal(err)
		}
		pages["index"] = b.String()
		for kind, got := range pages {
			for _, never := range []string{"<script", "<img src=x", "onerror=\"", "href=\"javascript", "\u202e", "\x00"} {
				if strings.Contains(got, never) {
					t.Errorf("%s, %s: %q is in it", name, kind, never)
				}
			}
		}
	}
}
