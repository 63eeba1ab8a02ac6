package explain

// An Explanation is one row's, as JSON.
type Explanation struct {
	// Row of the table, the first is 1; 0 for one that is of no table.
	Row int `json:"row,omitempty"`
	// Output that is explained, of a model of several.
	Output string `json:"output,omitempty"`
	// Prediction is a label, labels with the target's separator between them
	// (multilabel), or a number.
	Prediction any `json:"prediction"`
	// Target is the true answer, as Prediction; nil if it is not known.
	Target any `json:"target,omitempty"`
	// Probabilities of all labels; nil for a regression.
	Probabilities map[string]float64 `json:"probabilities,omitempty"`
	Present       []string           `json:"present"` // inputs that the row has
	// Explained is the label that the rest is about; empty for a regression.
	Explained string `json:"explained,omitempty"`

	Contributions *Contributions `json:"contributions,omitempty"`
	Attention     []Attention    `json:"attention"`
	Attributions  []Attribution  `json:"attributions"`
	Completeness  *Completeness  `json:"completeness"`
	Shares        []Shares       `json:"shares"`
}

// Contributions are what each input of the row adds to the answer: its Shapley
// value over all subsets of the inputs that the row has (Shapley, 1953). Base and
// the values sum to Total.
type Contributions struct {
	Of     string         `json:"of"`    // such as: probability of cat
	Base   float64        `json:"base"`  // of knowing nothing of the row: the training rows' share, or mean
	Total  float64        `json:"total"` // with all that the row has
	Inputs []Contribution `json:"inputs"`
}

// A Contribution is one input's.
type Contribution struct {
	Input string  `json:"input"`
	Value float64 `json:"value"`
}

// An Attention is where tokens of one input looked at those of another, in one
// layer. Each row of weights is what one token of From gave each token of To.
// Where the layer reads several inputs in one sequence, rows sum to 1 over all
// maps of the layer together.
type Attention struct {
	Path  string `json:"path"` // of the module in the model
	From  string `json:"from"` // an input, or what an operator calls tokens of its own
	To    string `json:"to"`
	Layer int    `json:"layer"`
	// Heads (H, T_from, T_to); nil where they are too many, see MostWeights.
	Heads [][][]float32 `json:"heads"`
	Mean  [][]float32   `json:"mean"` // over heads
	// Tokens are words, or columns; nil for places of a picture, which have a Grid
	// of height and width.
	FromTokens []string `json:"from_tokens"`
	ToTokens   []string `json:"to_tokens"`
	FromGrid   *[2]int  `json:"from_grid"`
	ToGrid     *[2]int  `json:"to_grid"`
}

// MostWeights bounds the weights of the heads of one Attention.
const MostWeights = 1 << 15

// Kinds of attributions.
const (
	Regions = "regions" // Values are (height, width) of the Grid
	Words   = "tokens"  // one value a token
	Columns = "columns" // one value a column, or a feature whose places have no names
	Places  = "places"  // one value a place of a series or vector, or a few neighbours; Columns names them
)

// An Attribution is what the parts of one input add to the score of the answer,
// beside a baseline that says nothing: by integrated gradients (Sundararajan et
// al., 2017). Positive values speak for the answer.
type Attribution struct {
	Input    string   `json:"input"`
	Kind     string   `json:"kind"`
	Baseline string   `json:"baseline"`
	Grid     *[2]int  `json:"grid,omitempty"`
	Tokens   []string `json:"tokens,omitempty"`
	Columns  []string `json:"columns,omitempty"`
	// Values are [][]float64 by row of the grid, or []float64.
	Values any `json:"values"`
}

// Sum is what the whole input adds.
func (a Attribution) Sum() float64 {
	sum := 0.0
	switch v := a.Values.(type) {
	case []float64:
		for _, x := range v {
			sum += x
		}
	case [][]float64:
		for _, row := range v {
			for _, x := range row {
				sum += x
			}
		}
	}
	return sum
}

// Completeness says how far the attributions are from what they should sum to:
// the score of the row minus that of the baseline.
type Completeness struct {
	Of       string  `json:"of"`       // the score: such as logit of cat
	Baseline float64 `json:"baseline"` // its value there
	Value    float64 `json:"value"`    // and at the row
	Steps    int     `json:"steps"`    // gradients that were computed
	Gap      float64 `json:"gap"`
	// RelativeGap is the gap over the difference of the scores; 0 where they do not
	// differ.
	RelativeGap float64 `json:"relative_gap"`
}

// Shares are how much an operator let each modality count, where it can tell.
type Shares struct {
	Path   string             `json:"path"`
	Kind   string             `json:"kind"` // gate, attention, mixture or weight
	Inputs map[string]float64 `json:"inputs"`
}
