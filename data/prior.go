package data

// Prior is the share of the training rows that have each label; of a binary
// target, the share of the positive one.
func (c *ClassTarget) Prior() []float32 {
	s := c.state
	all := 0
	for _, n := range s.Counts {
		all += n
	}
	if s.Config.Type == Binary {
		return shares(s.Counts[1:], all)
	}
	return shares(s.Counts, all)
}

// Prior is the share of the training rows that have each label.
func (l *MultilabelTarget) Prior() []float32 { return shares(l.state.Counts, l.state.Rows) }

// Prior is the mean of the training rows, which is 0 when standardised.
func (n *RegressionTarget) Prior() []float32 { return []float32{0} }

func shares(counts []int, all int) []float32 {
	p := make([]float32, len(counts))
	for i, n := range counts {
		p[i] = float32(float64(n) / float64(max(all, 1)))
	}
	return p
}
