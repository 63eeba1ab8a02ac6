package data

// Free is how many bytes are left for items.
func (d *Dataset) Free() int64 { return d.free.Load() }

// Spare is for how many batches there is memory that nobody uses.
func (l *Loader) Spare() int { return len(l.spare) }

// SetRows is how many rows a report is about.
func (r *Report) SetRows(n int) { r.rows = n }

// Loaded takes what loading a row noted.
func (r *Report) Loaded(input, split string, row int, n *Notes) { r.loaded(input, split, row, n) }
