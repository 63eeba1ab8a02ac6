package report

// alone is what each input knows by itself.
type alone struct {
	Head []string // figures
	Rows []aloneRow
	Left string
}

type aloneRow struct {
	Name   axisLabel
	Rows   string
	Values []string
}

func (p *Page) alone() *alone {
	if len(p.Alone) == 0 {
		return nil
	}
	v := &alone{}
	var names []string
	for _, name := range []string{p.mainMetric(), "accuracy", "macro_f1", "r2", "loss"} {
		if _, ok := p.Alone[0].Values.Get(name); ok && (len(names) == 0 || names[0] != name) {
			names, v.Head = append(names, name), append(v.Head, metricName(name))
		}
	}
	for _, in := range p.Alone[:min(len(p.Alone), maxInputs)] {
		row := aloneRow{Name: axisLabel{label(in.Name), whole(in.Name)}, Rows: count(in.Rows)}
		for _, name := range names {
			x, _ := in.Values.Get(name)
			row.Values = append(row.Values, figure(x))
		}
		v.Rows = append(v.Rows, row)
	}
	if n := len(p.Alone) - len(v.Rows); n > 0 {
		v.Left = counted(n, "more input is", "more inputs are") + " left out."
	}
	return v
}
