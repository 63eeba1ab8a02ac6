package main

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/simd"
	"github.com/chiasm-ml/chiasm/rng"
)

// product is a matrix product, or a batch of them.
type product struct {
	batch, m, n, k int
	ta, tb         bool
}

var products = []product{
	{1, 64, 64, 64, false, false}, {1, 128, 128, 128, false, false},
	{1, 256, 256, 256, false, false}, {1, 256, 256, 256, true, false}, {1, 256, 256, 256, false, true}, {1, 256, 256, 256, true, true},
	{1, 512, 512, 512, false, false}, {1, 1024, 1024, 1024, false, false}, {1, 1024, 1024, 1024, false, true},
	{1, 2048, 256, 256, false, true}, {1, 2048, 1024, 256, false, true}, {1, 256, 1024, 2048, true, false}, {1, 4096, 16, 64, false, false},
	{1, 16, 16, 16, false, false}, {1, 32, 32, 32, false, false}, {1, 7, 5, 31, false, false}, {1, 1, 512, 512, false, true}, {1, 64, 512, 512, false, true},
	{128, 32, 32, 32, false, true}, {128, 32, 32, 32, false, false}, {128, 64, 64, 64, false, true}, {128, 64, 64, 64, false, false}, {32, 128, 128, 64, false, true},
}

func (p product) name() string {
	s := fmt.Sprintf("%dx%dx%d", p.m, p.n, p.k)
	if p.batch > 1 {
		s = fmt.Sprintf("%d of %s", p.batch, s)
	}
	for _, t := range []struct {
		is   bool
		name string
	}{{p.ta, " Aᵀ"}, {p.tb, " Bᵀ"}} {
		if t.is {
			s += t.name
		}
	}
	return "gemm " + s
}

func (p product) step() func() error {
	a, b := make([]float32, p.batch*p.m*p.k), make([]float32, p.batch*p.n*p.k)
	c := make([]float32, p.batch*p.m*p.n)
	normals(rng.New(1), a)
	normals(rng.New(2), b)
	lda, ldb := p.k, p.n
	if p.ta {
		lda = p.m
	}
	if p.tb {
		ldb = p.k
	}
	if p.batch == 1 {
		return func() error {
			simd.Gemm(p.ta, p.tb, p.m, p.n, p.k, 1, a, lda, b, ldb, 0, c, p.n)
			return nil
		}
	}
	return func() error {
		simd.GemmBatch(p.batch, p.ta, p.tb, p.m, p.n, p.k, 1, a, lda, p.m*p.k, b, ldb, p.n*p.k, 0, c, p.n, p.m*p.n)
		return nil
	}
}

// request is the same product for matrices.py.
func (p product) request() map[string]any {
	return map[string]any{"batch": p.batch, "m": p.m, "n": p.n, "k": p.k, "ta": p.ta, "tb": p.tb}
}
