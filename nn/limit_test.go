package nn_test

import (
	"errors"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
)

func TestLimit(t *testing.T) {
	make := func(limit int, shapes ...[]int) error {
		s := nn.NewScope(1)
		if limit > 0 {
			s.Limit(limit)
		}
		return nn.Limited(func() error {
			for i, shape := range shapes {
				s.Buffer("abc"[i:i+1], shape, nn.Zeros)
			}
			return nil
		})
	}
	for _, err := range []error{make(0, []int{3, 4}), make(12, []int{3, 4}), make(24, []int{3, 4}, []int{12})} {
		if err != nil {
			t.Error(err)
		}
	}
	for _, err := range []error{
		make(11, []int{3, 4}), make(23, []int{3, 4}, []int{12}), make(0, []int{math.MaxInt, 2}), make(0, []int{1 << 32, 1 << 32}), make(0, []int{1 << 31, 2}),
	} {
		var limit *nn.LimitError
		if !errors.As(err, &limit) || limit.ExitCode() != 2 {
			t.Errorf("%v", err)
		}
	}
	defer func() {
		if recover() != "other" {
			t.Error("another panic is swallowed")
		}
	}()
	_ = nn.Limited(func() error { panic("other") })
}

// A blank model takes no values of its own.
func TestBlank(t *testing.T) {
	s := nn.NewScope(1)
	s.Blank()
	for _, v := range s.Param("x", []int{3}, nn.Ones).Data {
		if v != 0 {
			t.Errorf("a blank parameter has %v", v)
		}
	}
}
