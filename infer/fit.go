package infer

import (
	"errors"

	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// MemoryError is a model, or an explanation, that would take more memory than it may.
type MemoryError = nn.MemoryError

// Fit lets what the model computes with, beside its weights, take so many bytes at most,
// by computing fewer rows at once, and then fewer batches at a time; answers do not
// depend on it. It returns what that takes at most: programs are made when they are
// first needed, and stay. A model of which one row takes more is a *MemoryError.
// Call it before the first prediction.
func (m *Model) Fit(bytes int64) (int64, error) {
	if m == nil || m.bundle == nil {
		return 0, errMissing
	}
	most, parallel, taken, err := fit(m.bundle.Model, m.most, cap(m.pool.slots), bytes)
	if err != nil {
		return 0, err
	}
	if taken > bytes {
		return 0, &MemoryError{Path: "a row", Bytes: taken, Most: bytes}
	}
	m.most, m.pool = most, newPool(m.bundle, parallel)
	return taken, nil
}

// WeightBytes is what the weights take: as they were read, and once more as products
// want them laid out.
func (m *Model) WeightBytes() int64 {
	if m == nil || m.bundle == nil {
		return 0
	}
	return 2 * m.bundle.Model.ParameterBytes()
}

// fit lowers the rows that are computed at once, and then how many batches are at a
// time, until what they take together fits, or there is one row.
func fit(m *model.Model, most, parallel int, room int64) (rows, batches int, taken int64, err error) {
	var sum int64 // of the programs of one set, one for each power of two
	sums := []int64{}
	for b := 1; b <= most; b *= 2 {
		s, err := m.Price(b)
		var large *nn.MemoryError
		if err != nil && (b == 1 || !errors.As(err, &large)) {
			return 0, 0, 0, err
		}
		sum += s.Resident() + int64(s.Inputs) // which are filled in beside the program
		if err != nil || b > 1 && sum > room/int64(parallel) {
			break
		}
		sums = append(sums, sum)
	}
	sum = sums[len(sums)-1]
	batches = max(1, min(parallel, int(room/max(1, sum))))
	return 1 << (len(sums) - 1), batches, int64(batches) * sum, nil
}
