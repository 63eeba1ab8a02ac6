package infer

import (
	"encoding/json"

	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// Cost is what Prepare of a row takes at most while it runs, in bytes beside what it
// returns: the pixels of its largest image before these are resized, and copies of its
// cells; and how many pixels it decodes. It is for callers that prepare many rows at a
// time. Images that are not a []byte are not counted.
func (m *Model) Cost(row Row) (bytes, pixels int64) {
	const cell = 64
	var largest int64
	for _, c := range m.columns {
		bytes += cell
		switch v := row[c.name].(type) {
		case []byte:
			bytes += int64(len(v))
			if c.file {
				b, p := imaging.Cost(v)
				largest, pixels = max(largest, b), pixels+p
			}
		case string:
			bytes += int64(len(v))
		case json.Number:
			bytes += int64(len(v))
		}
	}
	return bytes + largest + m.featureBytes, pixels
}

// Bytes is what the prepared row takes.
func (p *Prepared) Bytes() int64 {
	n := int64(128)
	for _, item := range p.items {
		if item != nil {
			n += int64(item.Bytes())
		}
	}
	return n + 64*int64(len(p.unused)) + 16*int64(cap(p.present))
}

// AnswerBytes is what a Prediction of the model takes at most.
func (m *Model) AnswerBytes() int64 { return m.answerBytes }

// sizes fills in what follows from the model alone.
func (m *Model) sizes() {
	for _, in := range m.bundle.Inputs {
		for _, f := range in.Features() {
			m.featureBytes += 8 * int64(f.Len())
		}
	}
	const header, cell, name, answer = 184, 48, 16, 80 // of a Prediction, of an Unused, of a string, of an Answer
	m.answerBytes = header + cell*int64(len(m.columns)) + name*int64(len(m.bundle.Inputs))
	outputs := m.bundle.Outputs()
	for _, x := range outputs {
		if len(outputs) > 1 || x.Name != "" {
			m.answerBytes += answer
		}
		m.answerBytes += 4 * int64(len(x.Target.Labels()))
		if head.FormOf(x.Head) == head.AnyOf { // all of them may be said, joined
			for _, label := range x.Target.Labels() {
				m.answerBytes += int64(name + len(label) + len(x.Target.Config().Separator))
			}
		}
	}
}
