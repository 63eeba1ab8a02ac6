package model

import (
	"errors"

	"github.com/chiasm-ml/chiasm/nn"
)

// Memory is how many bytes a program of the model may take beside the parameters.
// See Config.
func (m *Model) Memory() int64 { return m.memory }

// ParameterBytes is what the parameters and buffers take.
func (m *Model) ParameterBytes() int64 {
	n := int64(0)
	for _, p := range m.Params() {
		n += 4 * int64(p.Size())
	}
	return n
}

// Price tells what the program for predictions of b rows at once takes beside the
// parameters, before it is made: Bytes of it in all, Inputs what is filled in. A
// program that takes more than Memory is an *nn.MemoryError.
func (m *Model) Price(b int) (nn.Stats, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.prices[b]; ok {
		return s, nil
	}
	s, err := m.measure(programKey{mode: nn.Eval, batch: b})
	if err == nil {
		if m.prices == nil {
			m.prices = map[int]nn.Stats{}
		}
		m.prices[b] = s
	}
	return s, err
}

// PriceOfTraining is Price of the program that trains with batches of b rows.
func (m *Model) PriceOfTraining(b int) (nn.Stats, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.measure(programKey{mode: nn.Train, batch: b, target: true})
}

func (m *Model) measure(k programKey) (nn.Stats, error) {
	return nn.Measure(m.options(k), func(g *nn.Graph) { m.build(g, k) })
}

// Batch is how many rows can be predicted at once: most, or, where these take more
// than Memory, the largest half, quarter, eighth and so on that does not, with so
// many batches of inputs beside it that are being prepared. One row that does not
// fit is an *nn.MemoryError.
func (m *Model) Batch(most, prepared int) (int, error) {
	for b := max(most, 1); ; b = (b + 1) / 2 {
		s, err := m.Price(b)
		var large *nn.MemoryError
		if err != nil && (b == 1 || !errors.As(err, &large)) {
			return 0, err
		}
		if err == nil && (b == 1 || s.Bytes()+int64(s.Inputs)*int64(prepared) <= m.memory) {
			return b, nil
		}
	}
}
