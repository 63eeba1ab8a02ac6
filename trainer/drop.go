package trainer

import "github.com/chiasm-ml/chiasm/rng"

// modalityKeys are where modality dropout draws from, by input.
func modalityKeys(seed uint64, inputs []string) []rng.Key {
	var keys []rng.Key
	for _, name := range inputs {
		keys = append(keys, rng.New(seed).Name("modality dropout").Name(name))
	}
	return keys
}

// dropModalities leaves inputs out of rows at random, by the row, the epoch and
// the input's name alone. A row keeps at least one of the inputs it has: the one
// with the highest draw.
func (t *Trainer) dropModalities(rows []int, by [][]float32) {
	p := t.Config.ModalityDropout
	if p == 0 {
		return
	}
	for i, row := range rows {
		best, highest := -1, -1.0
		for m, present := range by {
			if present[i] == 0 {
				continue
			}
			if u := t.dropout[m].Int(t.state.Epoch).Int(row).Float64(0); u > highest {
				best, highest = m, u
			}
		}
		for m, present := range by {
			if present[i] != 0 && m != best && t.dropout[m].Int(t.state.Epoch).Int(row).Float64(0) < p {
				present[i] = 0
			}
		}
	}
}
