package data

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// moment is when a row was: a number, or a date.
type moment struct {
	number float64
	date   time.Time
}

func (m moment) compare(o moment) int {
	if c := m.date.Compare(o.date); c != 0 {
		return c
	}
	return cmp.Compare(m.number, o.number)
}

const timeHint = "expected numbers, or dates such as 2026-03-14 or 2026-03-14T15:09:26Z"

// moments reads a column of times, which are all numbers or all dates.
func moments(t *Table, name string) ([]moment, error) {
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	out := make([]moment, t.Len())
	first, dated := -1, false
	var unread []int // rows that are left out
	for i, cell := range column.All() {
		m, isDate, err := t.moment(i, name, cell)
		if err == nil && first >= 0 && isDate != dated {
			kind := map[bool]string{true: "a date", false: "a number"}
			err = t.Errorf(i, name, "%s is %s, and the rows before have %ss", show(cell.Text), kind[isDate], kind[dated][2:]).WithHint("numbers and dates have no common order; write all in one way")
		}
		if err != nil {
			if err := t.Skip(err); err != nil {
				return nil, err
			}
			unread = append(unread, i)
			continue
		}
		if first < 0 {
			first, dated = i, isDate
		}
		out[i] = m
	}
	for _, i := range unread { // it is no time of its own
		out[i] = out[max(first, 0)]
	}
	return out, nil
}

// moment reads a cell.
func (t *Table) moment(row int, name string, cell Cell) (moment, bool, error) {
	if cell.Missing() {
		return moment{}, false, t.Errorf(row, name, "the cell is empty, and the split is by time").WithHint("fill it in, or take the row out")
	}
	m, isDate, err := t.parseMoment(cell)
	if err != nil {
		return moment{}, false, t.Errorf(row, name, "%s is no time", show(cell.Text)).WithHint(timeHint)
	}
	return m, isDate, nil
}

func (t *Table) parseMoment(c Cell) (m moment, isDate bool, err error) {
	if v, err := t.Numbers.Of(c); err == nil {
		return moment{number: v}, false, nil
	}
	if d, ok := ParseDate(c.Text); ok {
		return moment{date: d}, true, nil
	}
	return moment{}, false, errors.New("no time")
}

// byTime trains on the earlier rows and tests on the later ones. Rows of one
// time stay together, so each cut is made between two times, as near as can be
// to where the fractions would have it.
func byTime(t *Table, c SplitConfig) ([]int, error) {
	times, err := moments(t, c.Time)
	if err != nil {
		return nil, err
	}
	rows := make([]int, len(times))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return times[a].compare(times[b]) })
	var edges []int // where the time changes, as rows before it
	for i := 1; i < len(rows); i++ {
		if times[rows[i-1]].compare(times[rows[i]]) != 0 {
			edges = append(edges, i)
		}
	}
	var wanted []int // splits with rows
	for s, f := range c.fractions() {
		if f > 0 {
			wanted = append(wanted, s)
		}
	}
	if len(edges)+1 < len(wanted) {
		return nil, t.Errorf(-1, c.Time, "the column has %s for %d splits, and rows of one time stay together", plural(len(edges)+1, "time"), len(wanted)).
			WithHint("order by a finer time, or ask for fewer splits")
	}
	of := make([]int, len(rows))
	from, share := 0, 0.0
	for i, s := range wanted {
		to := len(rows)
		share += c.fractions()[s]
		if cuts := len(wanted) - 1 - i; cuts > 0 {
			// Later splits need a time each: cuts-1 edges stay free for them.
			k := nearestEdge(edges[:len(edges)-cuts+1], share*float64(len(rows)))
			to, edges = edges[k], edges[k+1:]
		}
		for _, row := range rows[from:to] {
			of[row] = s
		}
		from = to
	}
	return of, nil
}

// nearestEdge is the edge nearest to a place, the earlier of two as near.
func nearestEdge(edges []int, place float64) int {
	best := 0
	for i, e := range edges {
		if d := float64(e) - place; max(d, -d) < max(float64(edges[best])-place, place-float64(edges[best])) {
			best = i
		}
	}
	return best
}
