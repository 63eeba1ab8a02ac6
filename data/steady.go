package data

import "github.com/chiasm-ml/chiasm/data/imaging"

// A Steady preprocessor can say that Write makes the same of an item every time,
// whatever its Augment: what an encoder makes of it can then be kept while the
// encoder stays as it is.
type Steady interface{ Steady() bool }

// Steady says whether pictures are never augmented.
func (p *Image) Steady() bool { return p.state.Config.Augment == imaging.Augment{} }

// Steady says whether no token is ever dropped.
func (p *Tokens) Steady() bool { return p.state.Config.TokenDropout == 0 }

// Steady says whether no word is ever dropped.
func (p *NGrams) Steady() bool { return p.state.Config.TokenDropout == 0 }

// Steady is true: nothing is drawn for tables.
func (p *Tabular) Steady() bool { return true }
