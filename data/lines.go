package data

import "sort"

// lineTable tells on which line of a file each row begins. Mostly that is the
// line behind the one before, so only rows of which it is not are kept.
type lineTable struct {
	rows  int
	jumps []jump
}

// jump is a row from which on lines follow on each other, until the next one.
type jump struct{ row, line int }

func (l *lineTable) add(line int) {
	if n := len(l.jumps); n == 0 || line != l.jumps[n-1].line+l.rows-l.jumps[n-1].row {
		l.jumps = append(l.jumps, jump{l.rows, line})
	}
	l.rows++
}

// of is the line of a row; 0 where it is not known.
func (l *lineTable) of(row int) int {
	if row < 0 || row >= l.rows {
		return 0
	}
	i := sort.Search(len(l.jumps), func(i int) bool { return l.jumps[i].row > row }) - 1
	return l.jumps[i].line + row - l.jumps[i].row
}
