package serve

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"

	"github.com/chiasm-ml/chiasm/infer"
)

const jsonType = "application/json"

func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return send(w, append(b, '\n'))
}

func send(w http.ResponseWriter, b []byte) error {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b) // an error is a client that is gone
	return nil
}

func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // of a string
	}
	return b
}

// number appends a number as short as it can be and still be read back the
// same; one that is not finite is null.
func number(b []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, bits)
}

// answered counts the rows that have a prediction.
func answered(all []infer.Prediction) int {
	n := 0
	for _, p := range all {
		if p.Value != nil {
			n++
		}
	}
	return n
}

// writePredictions answers with labels in the model's order, null for a row without
// a prediction. told are the errors of rows; nil: they were not asked for.
func (g *generation) writePredictions(w http.ResponseWriter, all []infer.Prediction, told []rowError) error {
	b := []byte(`{"predictions":[`)
	for i, p := range all {
		if i > 0 {
			b = append(b, ',')
		}
		if p.Value == nil {
			b = append(b, "null"...)
			continue
		}
		b = append(b, `{"prediction":`...)
		switch v := p.Value.(type) {
		case float64:
			b = number(b, v, 64)
		case string:
			b = append(b, quote(v)...)
		}
		if p.Probabilities != nil {
			b = append(b, `,"probabilities":{`...)
			for j, v := range p.Probabilities {
				if j > 0 {
					b = append(b, ',')
				}
				b = number(append(b, g.labels[j]...), float64(v), 32)
			}
			b = append(b, '}')
		}
		b = append(b, `,"present":[`...)
		for j, name := range p.Present {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(b, quote(name)...)
		}
		b = append(appendUnused(append(b, ']'), p.Unused), '}')
	}
	b = append(b, ']')
	if told != nil {
		var err error
		if b, err = appendErrors(b, told); err != nil {
			return err
		}
	}
	return send(w, append(b, "}\n"...))
}
