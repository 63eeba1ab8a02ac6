package report

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// A Page is what a report tells. Every part may be left out: the page then has
// no such section. What is not a number is shown as a dash.
type Page struct {
	Name   string // of the run
	Task   string // the name of a head.Form
	Target string // the column that is predicted
	// Metric is the main figure, drawn over the epochs. Empty: accuracy,
	// macro_f1 or mae, by the task.
	Metric string

	// Outputs are those of a model of several: of each what is described of one below
	// (Task, Target, Splits, and Measured to Mistakes), with the output's Name. The page
	// itself then has the splits' figures of all, and nothing else of these.
	Outputs []Page

	Parameters int // trainable
	Training   trainer.Result
	Epochs     int    // that were planned
	Monitor    string // what chose the best epoch, such as validation.loss
	Splits     []Split
	// Parts were trained alone, each with epochs of its own; Training is then
	// empty.
	Parts []Part

	// Measured names the split that the following describe; empty is test.
	Measured       string
	Classification *metrics.ClassificationResult // of a binary or multiclass task
	Multilabel     *metrics.MultilabelResult
	Regression     *Regression
	// Decisions are the labels that a threshold decides.
	Decisions []Decision
	Undrawn   int // labels beyond them
	// Alone is what each input knows by itself, where heads were trained for that.
	Alone []Alone
	// Missing and Importance are how the model does without some of its inputs;
	// nil: not measured.
	Missing    *ablation.Missing
	Importance *ablation.Importance
	// Calibration is what was fitted after training; nil if nothing was.
	Calibration *Fitted
	// Mistakes are shown in this order, the first MaxMistakes of them.
	Mistakes []Mistake

	Data Data
	// Flow is the network as rows pass through it: the output, which is Of a
	// fusion, which is Of the inputs.
	Flow *Module
	// Modules are the network by its parts: a module is Of those it contains.
	Modules []Module

	Config string  // the effective config
	About  []Field // such as version, seed and Go version
}

// Alone is how an input does by itself on the measured rows that have it.
type Alone struct {
	Name   string
	Rows   int
	Values metrics.Values
}

// A Part of a model that was trained alone.
type Part struct {
	Name              string
	BestEpoch, Epochs int
}

// A Split is how the model does on the rows of a split.
type Split struct {
	Name   string
	Rows   int
	Values metrics.Values
}

// Regression holds predictions and the true numbers beside them, both (N) in
// the target's units, and the mean absolute error of always answering Median; 0 if
// that is not known.
type Regression struct {
	Predicted, True     []float64
	Median, MedianError float64
}

// Fitted is what was fitted on validation rows after training, so that
// probabilities mean what they say.
type Fitted struct {
	Unused      []string // of each fit that is not used, what and why
	Rows        int
	Temperature float64 // by which all scores are divided; 0 if none was fitted
	Modalities  []FittedModality
	Splits      []FittedSplit
}

// A FittedModality has a temperature and a weight of its own; 0 if none was
// fitted.
type FittedModality struct {
	Name                string
	Temperature, Weight float64
}

// A FittedSplit has figures of a split without and with what was fitted.
type FittedSplit struct {
	Name          string
	Before, After metrics.Values
}

// A Mistake is one row that the model got wrong.
type Mistake struct {
	Row             int // of the table, the first is 1
	True, Predicted string
	// Probability is what the model gave its prediction, and TrueProbability
	// what it gave the truth. Neither is shown if Probability is 0.
	Probability, TrueProbability float64
	// Error is the predicted number minus the true one; shown for regression.
	Error float64

	Pictures []Picture
	Curves   []Curve
	Texts    []Field // long values
	Values   []Field // numbers, categories
}

// A Picture is an image file of a format that package imaging reads. It is
// decoded, reduced and encoded anew, so nothing of the file itself, such as
// where a photograph was taken, reaches the page.
type Picture struct {
	Name string // of the input or column
	Data []byte // empty: the row has none
}

// A Field is a name and what it stands for.
type Field struct{ Name, Value string }

// Data accounts for the table. It can be read from data_report.json.
type Data struct {
	File       string            `json:"file"`
	Rows       int               `json:"rows"`
	BlankLines int               `json:"blank_lines"`
	Splits     []data.PartCount  `json:"splits"`
	Used       []string          `json:"columns_used"`
	Ignored    []string          `json:"columns_ignored"`
	Flaws      []data.Flaw       `json:"column_flaws,omitempty"`
	Comments   int               `json:"comment_lines,omitempty"`
	Labels     []data.LabelCount `json:"labels"`
	Cells      []data.CellCount  `json:"cells"`
	Warnings   []string          `json:"warnings"`
}

// A Module is a part of the network.
type Module struct {
	Name       string // such as picture, or block0.attention
	Type       string // such as cnn
	Shape      string // of what it returns, such as (B, 16, 128)
	Parameters int    // its own and those of all that it contains
	Of         []Module
}

// Limits of a page: what is beyond them is left out, and the page says so.
const (
	MaxMistakes  = 24   // cards
	MaxPoints    = 2000 // of the scatter plot, evenly from all rows
	MaxMatrix    = 30   // classes of a confusion matrix; beyond, only its largest entries
	MaxClasses   = 100  // rows of a table of classes or labels
	MaxModules   = 300  // rows of the table of modules
	MaxDecisions = 4    // labels whose curves are drawn
	MaxEpochs    = 200  // rows of the table of epochs and strips of a chart, beside the best and the last

	maxPictures   = 4       // of a card
	maxTexts      = 4       // of a card
	maxValues     = 24      // of a card
	maxCells      = 100     // rows of the account of cells
	maxWarnings   = 50      // lines
	maxColumns    = 60      // names in a list of columns
	maxFields     = 40      // of the footer
	maxSplits     = 12      // columns of the table of results
	maxMetrics    = 60      // rows of it
	maxTextRunes  = 360     // of a text in a card
	maxLabelRunes = 60      // of a name or label
	maxConfig     = 1 << 18 // bytes
)
