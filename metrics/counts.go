package metrics

// counts are the outcomes of one binary decision.
type counts struct {
	hits      int // predicted and true
	predicted int
	support   int // true
}

func (c *counts) add(predicted, actual bool) {
	if predicted {
		c.predicted++
	}
	if actual {
		c.support++
	}
	if predicted && actual {
		c.hits++
	}
}

func (c counts) precision() float64 { return ratio(c.hits, c.predicted) }
func (c counts) recall() float64    { return ratio(c.hits, c.support) }
func (c counts) f1() float64        { return ratio(2*c.hits, c.predicted+c.support) }

// A Class reports how well one class, or one label of several, was predicted.
type Class struct {
	Label     string `json:"label"`
	Precision Number `json:"precision"` // NaN if never predicted
	Recall    Number `json:"recall"`    // NaN without support
	F1        Number `json:"f1"`        // NaN if neither
	Support   int    `json:"support"`   // rows of this class
}

func classes(labels []string, cs []counts) []Class {
	out := make([]Class, len(cs))
	for i, c := range cs {
		out[i] = Class{labels[i], Number(c.precision()), Number(c.recall()), Number(c.f1()), c.support}
	}
	return out
}

// macroF1 is the mean F1 over the classes that occur, as target or prediction.
func macroF1(cs []counts) float64 {
	return meanDefined(len(cs), func(i int) float64 { return cs[i].f1() })
}
