package trainer

import (
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer/optim"
)

// Groups are the ranges of a model's weights that weight decay applies to, and
// those it does not: what an optimizer is made for, beside their number.
func Groups(m *model.Model) []optim.Group {
	var gs []optim.Group
	for _, p := range m.Params() {
		if !p.Trainable {
			continue
		}
		lo, hi := p.Offset(), p.Offset()+p.Size()
		if n := len(gs); n > 0 && gs[n-1].Hi == lo && gs[n-1].Decay == p.Decay {
			gs[n-1].Hi = hi
			continue
		}
		gs = append(gs, optim.Group{Lo: lo, Hi: hi, Decay: p.Decay})
	}
	return gs
}
