package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// A Named is one metric of a result.
type Named struct {
	Name  string
	Value float64 // NaN where undefined
}

// Values are the metrics of a task in a fixed order. Their JSON is an object with its keys in that
// order, in which non-finite values are null.
type Values []Named

// Get returns the metric called name, and whether it exists.
func (vs Values) Get(name string) (float64, bool) {
	for _, v := range vs {
		if v.Name == name {
			return v.Value, true
		}
	}
	return math.NaN(), false
}

// MarshalJSON writes an object; non-finite values become null.
func (vs Values) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, v := range vs {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(v.Name)
		if err != nil {
			return nil, err
		}
		value, err := Number(v.Value).MarshalJSON()
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads the output of MarshalJSON, preserving the order; null becomes NaN.
func (vs *Values) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("metrics: expected an object of numbers")
	}
	*vs = Values{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var n Number
		if err := d.Decode(&n); err != nil {
			return fmt.Errorf("metrics: %v: %w", name, err)
		}
		*vs = append(*vs, Named{name.(string), float64(n)})
	}
	return nil
}

// A Number is a metric in a typed result. Its JSON is null if it is not finite.
type Number float64

// MarshalJSON writes the shortest number that reads back unchanged, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(v)
}

// UnmarshalJSON reads a number, or null as NaN.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// LossPrefix begins the names of metrics that are part of the loss, such as an operator's own term:
// loss.NAME.
const LossPrefix = "loss."

// Better reports whether the value a of a metric improves on b: lower for losses and errors, higher
// for everything else. NaN is worse than any number, and equal values are not an improvement.
func Better(metric string, a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return !math.IsNaN(a)
	}
	if strings.HasPrefix(metric, LossPrefix) {
		return a < b
	}
	metric = metric[strings.LastIndexByte(metric, '.')+1:] // of one of several heads
	switch metric {
	case "loss", "mae", "rmse", "calibration_error":
		return a < b
	}
	return a > b
}

// A Mean is a weighted mean. The zero value is empty.
type Mean struct{ sum, weight float64 }

// Add adds the mean v of rows whose weights sum to weight. A weight of 0 adds nothing.
func (m *Mean) Add(v, weight float64) {
	if weight != 0 {
		m.sum += v * weight
		m.weight += weight
	}
}

// Value is the mean so far, NaN if it is empty.
func (m *Mean) Value() float64 { return m.sum / m.weight }

// Reset empties the mean.
func (m *Mean) Reset() { *m = Mean{} }

// ratio is a/b, NaN for 0/0.
func ratio[N int | float64](a, b N) float64 { return float64(a) / float64(b) }

// meanDefined is the mean of the values that are not NaN, or NaN if there are none.
func meanDefined(n int, value func(i int) float64) float64 {
	var m Mean
	for i := range n {
		if v := value(i); !math.IsNaN(v) {
			m.Add(v, 1)
		}
	}
	return m.Value()
}
