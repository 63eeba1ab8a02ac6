package head

// A Form is what the predictions of a head are, and how they follow from its logits, for
// those who compute and show them elsewhere: exported graphs, pages, forms of requests.
type Form int

// Forms. The text of a Form is its name in an exported description.
const (
	// Opaque is known to Predict, Decode and Probabilities alone.
	Opaque Form = iota
	// Number is one score as it is, which the target restores to its own units.
	Number
	// OneOfTwo is the probability of the second of two labels: one score, the sigmoid of
	// its logit.
	OneOfTwo
	// OneOf has the probability of each label: the softmax of the logits.
	OneOf
	// AnyOf has the probability of each label by itself: the sigmoid of its logit.
	AnyOf
)

func (f Form) String() string {
	switch f {
	case Number:
		return "regression"
	case OneOfTwo:
		return "binary"
	case OneOf:
		return "multiclass"
	case AnyOf:
		return "multilabel"
	}
	return "opaque"
}

// FormNamed is the Form of a name that String gives; Opaque of any other.
func FormNamed(name string) Form {
	for _, f := range []Form{Number, OneOfTwo, OneOf, AnyOf} {
		if f.String() == name {
			return f
		}
	}
	return Opaque
}

// A Formed head says of which Form its predictions are. Others are Opaque: they are
// trained, measured and asked, but cannot be exported as a graph.
type Formed interface{ Form() Form }

// FormOf is that of a head.
func FormOf(h Head) Form {
	if f, ok := h.(Formed); ok {
		return f.Form()
	}
	return Opaque
}
