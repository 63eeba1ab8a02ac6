package model

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
)

// Fill copies a batch into a program's inputs. A row that lacks an input has
// zeros there, whatever the batch holds: modality dropout takes an input away
// by its presence alone, and what is not a number would spoil gradients even
// where nothing depends on it.
func (m *Model) Fill(p *nn.Program, b *data.Batch) {
	if b == nil {
		panic("model: a Batch is missing: a Loader makes one")
	}
	for i, in := range m.inputs {
		if !p.HasInput(in.Name + ".present") {
			continue // a program of other inputs
		}
		copy(p.Float(in.Name+".present"), b.Present[i])
		for j, f := range in.Features {
			name, n := in.Name+"."+f.Name, f.Len()
			if !p.HasInput(name) {
				continue // its encoding is given
			}
			if f.Int {
				fill(p.Int(name), b.Inputs[i][j].Int, b.Present[i], n)
			} else {
				fill(p.Float(name), b.Inputs[i][j].F32, b.Present[i], n)
			}
		}
	}
	joint := len(b.Target.Parts) > 0 && p.HasInput("target.0")
	if !p.HasInput("target") && !joint {
		return
	}
	for k := 0; p.HasInput(TermFactor(k)); k++ {
		p.Float(TermFactor(k))[0] = 1
	}
	copy(p.Float("weight"), b.Weight)
	if !joint {
		fillAnswers(p, "target", b.Target)
		return
	}
	for k, part := range b.Target.Parts {
		name := fmt.Sprintf("target.%d", k)
		fillAnswers(p, name, part.Slot)
		copy(p.Float(name+".present"), part.Present)
	}
}

func fillAnswers(p *nn.Program, name string, answers data.Slot) {
	if p.IsInt(name) {
		copy(p.Int(name), answers.Int)
	} else {
		copy(p.Float(name), answers.F32)
	}
}

// fill copies rows of n values, and zeros for rows that are not present.
func fill[T float32 | int](dst, src []T, present []float32, n int) {
	copy(dst, src)
	for row, has := range present {
		if has == 0 {
			clear(dst[row*n : (row+1)*n])
		}
	}
}
