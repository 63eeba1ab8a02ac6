package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Position is a position in a configuration. Line and Column count from 1, the column in
// characters; both are 0 if Source is not a file but an override, "--set training.epochs=3".
type Position struct {
	Source       string
	Line, Column int
}

// String returns "file:line:column", or the override as given.
func (p Position) String() string {
	if p.Line == 0 {
		return p.Source
	}
	return fmt.Sprintf("%s:%d:%d", p.Source, p.Line, p.Column)
}

// A Problem is a single mistake in a configuration.
type Problem struct {
	At      Position
	Path    string // dotted key, "" for the document itself
	Message string
}

// String returns one line: position, dotted key, message.
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s: %s", p.At, p.Message)
	}
	return fmt.Sprintf("%s: %s: %s", p.At, p.Path, p.Message)
}

// Error holds every problem of a configuration, in file order, with those of overrides last.
type Error struct {
	Problems []Problem
}

// shownProblems limits what one Error prints: a file of the wrong kind would otherwise fill the
// terminal.
const shownProblems = 50

// Error lists the problems, one per line.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i == shownProblems {
			fmt.Fprintf(&b, "\nand %d more problems", len(e.Problems)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// ExitCode is 2: the configuration is wrong.
func (e *Error) ExitCode() int { return 2 }

// newError sorts problems into an Error without duplicates, or returns nil if there are none.
func newError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(min(b.At.Line, 1), min(a.At.Line, 1)), // files before overrides
			cmp.Compare(a.At.Line, b.At.Line),
			cmp.Compare(a.At.Column, b.At.Column),
		)
	})
	seen := map[string]bool{}
	return &Error{Problems: slices.DeleteFunc(problems, func(p Problem) bool {
		line := p.String()
		defer func() { seen[line] = true }()
		return seen[line]
	})}
}
