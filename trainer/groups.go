package trainer

import (
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer/optim"
)

// Groups are the ranges of a model's weights by how they are trained: what an
// optimizer is made for, beside their number. Parameters
// that were made trainable and no longer are (Param.Trainable) are in frozen
// groups.
func Groups(m *model.Model) []optim.Group {
	var gs []optim.Group
	for _, p := range m.Params() {
		lo, hi := p.Offset(), p.Offset()+p.Size()
		if lo < 0 { // a buffer
			continue
		}
		frozen := !p.Trainable
		if n := len(gs); n > 0 && gs[n-1].Decay == p.Decay && gs[n-1].Frozen == frozen {
			gs[n-1].Hi = hi
			continue
		}
		gs = append(gs, optim.Group{Lo: lo, Hi: hi, Decay: p.Decay, Frozen: frozen})
	}
	return gs
}
