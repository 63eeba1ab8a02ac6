package nn

import "fmt"

// mostNumbers limits the parameters and buffers of a model, to 8 GiB in total: far above what is
// practical to train on a CPU, yet low enough to fail with an error instead of exhausting memory.
const mostNumbers = 1 << 31

// LimitError reports a model with more numbers than allowed.
type LimitError struct {
	Path string // the parameter that exceeds the limit
	Most int    // the limit on the numbers in all parameters and buffers
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s takes the model over its limit of %d numbers: make its layers smaller", e.Path, e.Most)
}

// ExitCode is 2: usage or config.
func (e *LimitError) ExitCode() int { return 2 }

// Limit sets the maximum number of values in the parameters and buffers of the whole model, instead
// of 2³¹. Exceeding it panics with a *LimitError before memory is allocated; Limited returns that
// error.
func (s *Scope) Limit(most int) { s.made().most = most }

// Blank initialises all further parameters to zero, for a model whose values are all read from a
// file: drawing initial values takes longer than reading them.
func (s *Scope) Blank() { s.made().blank = true }

// Limited calls f and converts a *LimitError panic into an error.
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

// take counts the values of a parameter about to be created.
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
