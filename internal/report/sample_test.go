package report_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/rng"
	"github.com/chiasm-ml/chiasm/trainer"
)

// samples are made-up runs of every task, as a caller would hand them in.
func samples(t *testing.T) map[string]report.Page {
	t.Helper()
	return map[string]report.Page{
		"multiclass": multiclass(t, 14, 556, 20),
		"many":       multiclass(t, 120, 3000, 400),
		"binary":     multiclass(t, 2, 800, 12),
		"multilabel": multilabel(t),
		"regression": regression(t),
	}
}

var subjects = []string{"animals", "buildings", "education", "electronics", "flags", "food", "geography",
	"office", "people", "plants", "recreation", "signs", "tools", "transportation"}

func classNames(n int) []string {
	if n == 2 {
		return []string{"benign", "malignant"}
	}
	var names []string
	for i := range n {
		if i < len(subjects) {
			names = append(names, subjects[i])
		} else {
			names = append(names, fmt.Sprintf("%s %d", subjects[i%len(subjects)], i/len(subjects)+1))
		}
	}
	return names
}

// multiclass is a run that is right for about seven rows in ten.
func multiclass(t *testing.T, classes, rows, epochs int) report.Page {
	t.Helper()
	key := rng.New(1).Name("multiclass").Int(classes)
	labels := classNames(classes)
	m, err := metrics.NewClassification(labels, min(3, classes-1))
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, classes)
	for i := range rows {
		u := key.Name("class").Float64(i)
		y := int(u * u * float64(classes))
		counts[y]++
		p := make([]float32, classes)
		total := 0.0
		for j := range p {
			score := key.Name("score").Int(i).Normal(j)
			if j == y {
				score += 2 + math.Log2(float64(classes))*0.35
			}
			if j == (y+3)%classes {
				score++
			}
			p[j] = float32(math.Exp(1.3 * score))
			total += float64(p[j])
		}
		for j := range p {
			p[j] /= float32(total)
		}
		if err := m.Add(p, []int{y}); err != nil {
			t.Fatal(err)
		}
		m.Loss.Add(-math.Log(float64(p[y])), 1)
	}
	result := m.Result()
	p := page(data.Multiclass, "subject", labels, counts)
	if classes == 2 {
		p.Task, p.Target, p.Name = data.Binary, "diagnosis", "lesions"
	}
	p.Training = learning(epochs, "accuracy")
	p.Classification = &result
	p.Splits[2].Rows, p.Splits[2].Values = rows, result.Values
	for i := range 12 {
		y := counts[i%classes] % classes
		p.Mistakes = append(p.Mistakes, mistake(i, labels[y], labels[(y+3)%classes]))
	}
	return p
}

func multilabel(t *testing.T) report.Page {
	t.Helper()
	key := rng.New(1).Name("multilabel")
	labels := []string{"waterproof", "vegan", "made to order", "fragile", "electric", "gift", "clearance", "oversized"}
	m, err := metrics.NewMultilabel(labels)
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, len(labels))
	for i := range 700 {
		p, y := make([]float32, len(labels)), make([]float32, len(labels))
		for j := range p {
			if key.Name("target").Int(i).Float64(j) < 0.5/float64(j+1) {
				y[j] = 1
				counts[j]++
			}
			p[j] = float32(1 / (1 + math.Exp(1.5-3.5*float64(y[j])-key.Name("score").Int(i).Normal(j))))
		}
		if err := m.Add(p, y); err != nil {
			t.Fatal(err)
		}
	}
	m.Loss.Add(0.34, 700)
	result := m.Result()
	p := page(data.Multilabel, "tags", labels, counts)
	p.Name, p.Training, p.Multilabel = "products", learning(15, "macro_f1"), &result
	p.Splits[2].Rows, p.Splits[2].Values = 700, result.Values
	for i := range 5 {
		c := mistake(i, "waterproof, gift", "vegan, fragile, electric")
		c.Probability = 0
		p.Mistakes = append(p.Mistakes, c)
	}
	return p
}

func regression(t *testing.T) report.Page {
	t.Helper()
	key := rng.New(1).Name("regression")
	var m metrics.Regression
	r := &report.Regression{}
	for i := range 5000 {
		truth := math.Exp(12.3 + 0.45*key.Name("truth").Normal(i))
		r.True = append(r.True, truth)
		r.Predicted = append(r.Predicted, 0.85*truth+30000+22000*key.Name("noise").Normal(i))
	}
	if err := m.Add(r.Predicted, r.True); err != nil {
		t.Fatal(err)
	}
	m.Loss.Add(0.11, 5000)
	p := page(data.Regression, "price", nil, nil)
	p.Name, p.Training, p.Regression = "houses", learning(40, "mae"), r
	p.Splits[2].Rows, p.Splits[2].Values = 5000, m.Values()
	for i := range 8 {
		c := mistake(i, fmt.Sprint(250000+i*1000), fmt.Sprint(390000-i*9000))
		c.Probability, c.Error = 0, float64(140000-i*10000)
		p.Mistakes = append(p.Mistakes, c)
	}
	return p
}

// page is what runs of all tasks have in common.
func page(task, target string, labels []string, counts []int) report.Page {
	p := report.Page{
		Name: "clipart", Task: task, Target: target, Parameters: 412_846, Monitor: "validation.loss", Epochs: 20,
		Splits: []report.Split{{Name: "train", Rows: 2030}, {Name: "validation", Rows: 251}, {Name: "test"}},
		Data: report.Data{
			File: "data.csv", Rows: 2837, BlankLines: 1,
			Splits: []data.PartCount{{Name: "train", Rows: 2030}, {Name: "validation", Rows: 251}, {Name: "test", Rows: 556}},
			Used:   []string{"image", "title", "bytes", "paths", "colors", "width", "height", "tool", "main_color", target},
			Ignored: []string{
				"id", "series",
			},
			Flaws: []data.Flaw{{Column: "column 3", Reason: "column 3 has no name"}, {Column: "notes", Reason: "cells are not UTF-8", Cells: 12, Row: 1077}}, Comments: 2,
			Cells: []data.CellCount{
				{Input: "caption", Column: "title", Reason: "masked", Cells: 31, Splits: []data.PartCount{{Name: "train", Rows: 22}, {Name: "test", Rows: 9}}, First: []int{7, 19, 240, 241, 1022}},
				{Input: "facts", Column: "tool", Reason: "unknown", Cells: 3, Splits: []data.PartCount{{Name: "test", Rows: 3}}, First: []int{2411, 2502, 2611}},
				{Input: "facts", Column: "width", Reason: "filled", Cells: 112, Splits: []data.PartCount{{Name: "train", Rows: 80}, {Name: "validation", Rows: 12}, {Name: "test", Rows: 20}}, First: []int{1, 5, 8, 13, 21}},
			},
			Warnings: []string{"facts: the column \"opacity\" has one value in all training rows"},
		},
		Flow: &report.Module{Name: target, Type: task, Shape: "(B, 14)", Parameters: 1806, Of: []report.Module{
			{Name: "score_average", Type: "fusion", Shape: "(B, 14)", Parameters: 3612, Of: []report.Module{
				{Name: "cross_attention", Type: "fusion", Shape: "(B, 128)", Parameters: 133_248, Of: []report.Module{
					{Name: "picture", Type: "image, cnn", Shape: "(B, 64, 128)", Parameters: 112_304},
					{Name: "caption", Type: "text, transformer", Shape: "(B, 32, 128)", Parameters: 141_620},
				}},
				{Name: "facts", Type: "tabular, mlp", Shape: "(B, 1, 128)", Parameters: 20_256},
			}}}},
		Modules: modules(),
		Config:  sampleConfig,
		About:   []report.Field{{Name: "version", Value: "v0.1.0"}, {Name: "seed", Value: "1"}, {Name: "Go", Value: "go1.26.0 linux/amd64"}, {Name: "samples a second", Value: "1,214"}},
	}
	for i, l := range labels {
		p.Data.Labels = append(p.Data.Labels, data.LabelCount{Label: l, Rows: 4 * counts[i]})
	}
	p.Training.Seconds = 41.3
	for i, last := range []float64{0.96, 0.78} {
		p.Splits[i].Values = metrics.Values{{Name: "loss", Value: 1.4 - last}}
		if task != data.Regression {
			p.Splits[i].Values = append(p.Splits[i].Values, metrics.Named{Name: "accuracy", Value: last}, metrics.Named{Name: "macro_f1", Value: last - 0.08})
		}
	}
	return p
}

func modules() []report.Module {
	return []report.Module{
		{Name: "encoders", Parameters: 274_180, Of: []report.Module{
			{Name: "picture", Type: "cnn", Shape: "(B, 64, 128)", Parameters: 112_304, Of: []report.Module{
				{Name: "block0", Type: "conv, norm, relu", Shape: "(B, 32, 32, 32)", Parameters: 960},
				{Name: "block1", Type: "conv, norm, relu", Shape: "(B, 64, 16, 16)", Parameters: 18_624},
				{Name: "block2", Type: "conv, norm, relu", Shape: "(B, 128, 8, 8)", Parameters: 74_112}}},
			{Name: "caption", Type: "transformer", Shape: "(B, 32, 128)", Parameters: 141_620},
			{Name: "facts", Type: "mlp", Shape: "(B, 1, 128)", Parameters: 20_256}}},
		{Name: "fusion", Type: "score_average", Shape: "(B, 14)", Parameters: 136_860, Of: []report.Module{
			{Name: "caption+picture", Type: "cross_attention", Shape: "(B, 128)", Parameters: 133_248}}},
		{Name: "head", Type: "Linear", Shape: "(B, 14)", Parameters: 1806},
	}
}

// learning is a history that overfits after two thirds of its epochs.
func learning(epochs int, metric string) trainer.Result {
	r := trainer.Result{Seconds: 41.3, SamplesPerSecond: 1214}
	key := rng.New(1).Name("learning")
	lowest := math.Inf(1)
	for i := range epochs {
		x := float64(i+1) / float64(epochs)
		v := 0.95 + 1.6*math.Exp(-5*x) + 0.9*max(0, x-0.6)*max(0, x-0.6) + 0.02*key.Normal(i)
		e := trainer.Epoch{
			Epoch: i + 1, Step: 64 * (i + 1), LearningRate: 1e-3 * 0.5 * (1 + math.Cos(math.Pi*x)),
			Train:      metrics.Values{{Name: "loss", Value: 0.25 + 2.2*math.Exp(-3.6*x)}},
			Validation: metrics.Values{{Name: "loss", Value: v}, {Name: metric, Value: 0.78 - 0.6*math.Exp(-4.5*x) + 0.008*key.Name("m").Normal(i)}},
			Seconds:    2.05, SamplesPerSecond: 1214,
		}
		if v < lowest {
			lowest, e.Best = v, true
			r.BestEpoch, r.BestStep = e.Epoch, e.Step
		}
		r.History = append(r.History, e)
	}
	return r
}

func mistake(i int, truth, predicted string) report.Mistake {
	words := strings.Fields("a small green lizard on a stone beside two old tin cups and the flag of a far away island")
	m := report.Mistake{
		Row: 2281 + 13*i, True: truth, Predicted: predicted,
		Probability: 0.99 - float64(i)*0.013, TrueProbability: 0.0004 * float64(i*i),
		Pictures: []report.Picture{{Name: "picture", Data: drawing(i)}},
		Texts:    []report.Field{{Name: "caption", Value: strings.Join(words[i%5:6+i%12], " ")}},
	}
	for j, name := range []string{"bytes", "paths", "colors", "width", "height", "tool"} {
		m.Values = append(m.Values, report.Field{Name: name, Value: fmt.Sprint((i + 3) * (j + 2) * 17 % 991)})
	}
	if i == 3 {
		m.Pictures[0].Data = nil
		m.Texts[0].Value = ""
	}
	return m
}

// drawing is a PNG file with something on it.
func drawing(seed int) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 48+seed%3*12))
	shade := color.NRGBA{uint8(40 + seed*37%180), uint8(60 + seed*61%160), uint8(80 + seed*23%150), 255}
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			dx, dy := float64(x-32), float64(y-m.Rect.Dy()/2)
			if r := math.Hypot(dx, dy); r < 16+5*math.Cos(math.Atan2(dy, dx)*float64(3+seed%4)) {
				m.SetNRGBA(x, y, shade)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

const sampleConfig = `name: clipart
seed: 1
data:
  path: data.csv
  split: {column: split}
inputs:
  picture: {type: image, column: image, size: [32, 32], encoder: {type: cnn, channels: [32, 64, 128]}}
  caption: {type: text, column: title, max_tokens: 32, encoder: {type: transformer, layers: 2, heads: 4}}
  facts:   {type: tabular, numeric: [width, height], categorical: [tool], encoder: {type: mlp, hidden: [128]}}
fusion:
  type: score_average
  of:
    - {type: cross_attention, of: [picture, caption]}
    - facts
output: {type: multiclass, column: subject}
training: {epochs: 20, batch_size: 32}
`
