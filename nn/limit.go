package nn

import "fmt"

// mostNumbers bounds the parameters and buffers of a model, 8 GiB of them: far
// above what trains on a CPU, and low enough to be an error and not the end of
// the process.
const mostNumbers = 1 << 31

// LimitError is a model of more numbers than it may have.
type LimitError struct {
	Path string // the parameter that is one too many
	Most int    // numbers that all parameters and buffers may have
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("with %s the model has more than the %d numbers that it may have: make its layers smaller", e.Path, e.Most)
}

// ExitCode is 2: usage or config.
func (e *LimitError) ExitCode() int { return 2 }

// Limit sets how many numbers the parameters and buffers of the whole model may
// have, in place of 2³¹. Making more panics with a *LimitError before any memory
// is taken; Limited returns it.
func (s *Scope) Limit(most int) { s.made().most = most }

// Blank makes parameters of zeros from here on, for a model whose every number a
// file holds: drawing initial values takes longer than reading them.
func (s *Scope) Blank() { s.made().blank = true }

// Limited calls f, and returns the *LimitError that it panics with.
func Limited(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			limit, ok := r.(*LimitError)
			if !ok {
				panic(r)
			}
			err = limit
		}
	}()
	if f == nil {
		return nil
	}
	return f()
}

// take counts the numbers of a parameter that is to be made.
func (r *registry) take(path string, shape []int) {
	n := 1
	for _, d := range shape {
		if n > r.most/d {
			panic(&LimitError{path, r.most})
		}
		n *= d
	}
	if r.taken += n; r.taken > r.most {
		panic(&LimitError{path, r.most})
	}
}
