package explain_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strconv"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/explain/explaintest"
	"github.com/chiasm-ml/chiasm/internal/planted"
	"github.com/chiasm-ml/chiasm/trainer"
)

// The scene of planted's grounded rows as a picture: what stands at each place is
// the colour of a cell, 2 rows of 4, and a token of the CNN sees one cell and no
// other.
const (
	cellSide           = 4
	gridRows, gridCols = 2, 4
)

var paints = []color.NRGBA{{R: 220, A: 255}, {G: 180, A: 255}, {B: 230, A: 255}, {R: 230, G: 200, A: 255}}

// mosaic draws scenes, which cells of the table spell, a digit a place.
type mosaic struct{}

func (mosaic) ReadFile(cell string) ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, gridCols*cellSide, gridRows*cellSide))
	for y := range gridRows * cellSide {
		for x := range gridCols * cellSide {
			m.SetNRGBA(x, y, paints[cell[y/cellSide*gridCols+x/cellSide]-'0'])
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// groundedConfig asks the picture by one token that is the question: a single head
// must find the place.
const groundedConfig = `name: grounded
seed: 1
data: {path: grounded.csv, split: {column: split}}
inputs:
  question: {type: tabular, categorical: [asked], encoder: {type: mlp, hidden: [32], dropout: 0, tokens: pooled}}
  picture: {type: image, column: scene, size: [8, 16], encoder: {type: cnn, channels: [16, 32], kernel: 1}}
fusion: {type: cross_attention, dim: 32, heads: 1, hidden: 64, dropout: 0, pairs: [{query: question, key: picture}]}
output: {type: multiclass, column: answer}
training: {epochs: 8, batch_size: 64, optimizer: {type: adamw, learning_rate: 0.005}, schedule: {type: cosine, warmup: 0.05}}
`

// groundedTable has planted's rows, each scene in one cell.
func groundedTable(rows int) *data.Table {
	k := must(planted.Find("grounded"))
	from := k.Table(planted.Options{Rows: rows, Seed: 1})
	scenes := make([]string, rows)
	for _, name := range k.Columns[1] {
		for i, c := range must(from.Column(name)).All() {
			scenes[i] += c.Text[1:] // v3 is thing 3
		}
	}
	columns := []*data.Column{data.Strings("scene", scenes...)}
	for _, name := range []string{"asked", planted.Answer, planted.Split} {
		columns = append(columns, must(from.Column(name)))
	}
	return must(data.NewTable("grounded.csv", columns...))
}

// Where the answer stands at the place that a question names, and nowhere else,
// attention that answers must look there, and the map must say so: at least 0.8
// of it in at least nine of ten rows.
func TestAttentionFindsWhatTheQuestionNames(t *testing.T) {
	ctx, table := context.Background(), groundedTable(3000)
	c := must(config.Parse("grounded.yaml", []byte(groundedConfig), config.Builtin()))
	s := &subject{table: table, inputs: must(c.NewInputs(mosaic{})), target: must(c.NewTarget())}
	splits := must(c.Data.Split.Split(table, 1))
	if err := data.Fit(ctx, table, splits, s.inputs, s.target, nil); err != nil {
		t.Fatal(err)
	}
	s.model = must(c.NewModel(s.inputs, s.target, len(splits.Train)))
	d := must(data.NewDataset(table, s.inputs, s.target, data.DatasetOptions{}))
	tr := &trainer.Trainer{Model: s.model, Data: d, Splits: splits, Optimizer: must(c.NewOptimizer(s.model)), Schedule: c.NewSchedule, Config: c.Training.Config, Seed: c.Seed}
	if _, err := tr.Run(ctx, false); err != nil {
		t.Fatal(err)
	}
	e := must(explain.New(s.model, s.inputs, s.target, explain.Options{}))
	asked := must(table.Column("asked"))
	const rows = 60
	found, right := 0, 0
	for _, i := range splits.Test[:rows] {
		x := must(e.Explain(ctx, must(explain.Read(table, i, s.inputs, s.target))))
		explaintest.Check(t, x)
		if x.Prediction == x.Target {
			right++
		}
		m := x.Attention[slices.IndexFunc(x.Attention, func(a explain.Attention) bool { return a.To == "picture" })]
		if *m.ToGrid != [2]int{gridRows, gridCols} {
			t.Fatalf("the map is of %v places", *m.ToGrid)
		}
		if m.Mean[0][must(strconv.Atoi(asked.Cell(i).Text[1:]))] >= 0.8 {
			found++
		}
	}
	t.Logf("%d of %d rows are answered rightly, %d by looking at the place", right, rows, found)
	if found < rows*9/10 {
		t.Errorf("at least 0.8 of the attention is at the place that the question names in %d of %d rows", found, rows)
	}
}
