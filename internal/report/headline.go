package report

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/metrics"
)

// A tile is one figure at the top of the page.
type tile struct{ Value, Name string }

// split is what was measured of a split; nil if nothing was.
func (p *Page) split(name string) *Split {
	for i := range p.Splits {
		if p.Splits[i].Name == name {
			return &p.Splits[i]
		}
	}
	return nil
}

// headline tells in a few sentences how the run went.
func (p *Page) headline() string {
	var sentences []string
	if len(p.Outputs) > 0 {
		sentences = append(sentences, p.outputsSentence())
	} else if s := p.split(p.measured()); s == nil || s.Rows == 0 {
		sentences = append(sentences, fmt.Sprintf("No rows of the %s split were measured.", inline(p.measured())))
	} else {
		on := fmt.Sprintf("On %s", counted(s.Rows, inline(p.measured())+" row", inline(p.measured())+" rows"))
		sentences = append(sentences, p.outcome(on, s.Values)...)
	}
	if t := p.trainingSentence(); t != "" {
		sentences = append(sentences, t)
	}
	return strings.Join(sentences, " ")
}

// outcome says what the main figures mean.
func (p *Page) outcome(on string, values metrics.Values) []string {
	get := func(name string) (float64, bool) {
		v, ok := values.Get(name)
		return v, ok && finite(v)
	}
	if v, ok := get("average_precision"); ok && p.rare() {
		c := p.Classification.Classes[1]
		s := fmt.Sprintf("%s, of which %s %s, the average precision is %s, where guessing has %s", on, counted(c.Support, "is", "are"), quoted(c.Label), figure(v), figure(ratio(c.Support, p.Classification.Classes[0].Support+c.Support)))
		found := "It calls no row so."
		if finite(float64(c.Precision)) {
			found = fmt.Sprintf("It finds %s of them, and is right in %s of the rows that it calls so.", percent(float64(c.Recall)), percent(float64(c.Precision)))
		}
		return []string{s + ".", found}
	}
	if v, ok := get("accuracy"); ok {
		out := []string{fmt.Sprintf("%s the model names the right %s for %s.", on, p.target(), percent(v))}
		return append(out, p.baseline()...)
	}
	if v, ok := get("mae"); ok {
		s := fmt.Sprintf("%s the predicted %s is off by %s on average", on, p.target(), figure(v))
		if r := p.Regression; r != nil && r.MedianError > 0 && finite(r.MedianError) {
			s += fmt.Sprintf(", where always answering %s, the median of the training rows, is off by %s", figure(r.Median), figure(r.MedianError))
		}
		r2, ok := get("r2")
		switch {
		case ok && r2 < 0:
			s += ", which is worse than always answering the mean (R² " + figure(r2) + ")"
		case ok:
			s += "; the model explains " + percent(r2) + " of the variance (R² " + figure(r2) + ")"
		}
		return []string{s + "."}
	}
	if v, ok := get("subset_accuracy"); ok {
		s := fmt.Sprintf("%s every label is right for %s", on, percent(v))
		if f, ok := get("macro_f1"); ok {
			s += "; macro F1 is " + figure(f)
			if p.Multilabel != nil {
				s += " over " + counted(len(p.Multilabel.Classes), "label", "labels")
			}
		}
		return []string{s + "."}
	}
	if v, ok := get(p.mainMetric()); ok {
		return []string{fmt.Sprintf("%s: %s %s.", on, metricName(p.mainMetric()), figure(v))}
	}
	return []string{on + " no main figure is defined."}
}

// baseline is what the most frequent class alone would reach.
func (p *Page) baseline() []string {
	r := p.Classification
	if r == nil {
		return nil
	}
	all, best := 0, -1
	for i, c := range r.Classes {
		all += c.Support
		if best < 0 || c.Support > r.Classes[best].Support {
			best = i
		}
	}
	if all == 0 {
		return nil
	}
	c := r.Classes[best]
	return []string{fmt.Sprintf("Always answering %s, the most frequent, would be right for %s.", quoted(c.Label), percent(ratio(c.Support, all)))}
}

func (p *Page) trainingSentence() string {
	if len(p.Parts) > 0 {
		return p.partsSentence()
	}
	n := len(p.Training.History)
	if n == 0 {
		return ""
	}
	last := p.Training.History[n-1].Epoch
	s := "Training ran for " + counted(last, "epoch", "epochs")
	if p.Epochs > last {
		s = fmt.Sprintf("Training ran for %d of %s", last, counted(p.Epochs, "epoch", "epochs"))
	}
	if p.Training.Seconds > 0 {
		s += " in " + duration(p.Training.Seconds)
	}
	if p.Training.Stopped {
		s += " and stopped early, as nothing more was gained"
	}
	if p.Training.BestEpoch > 0 {
		s += fmt.Sprintf("; the model is that of epoch %s", count(p.Training.BestEpoch))
		switch {
		case p.Monitor == "":
		case p.Training.Unjudged:
			s += ", the last, since " + monitored(p.Monitor) + " was a number after none"
		default:
			s += ", the best by " + monitored(p.Monitor)
		}
	}
	return s + "."
}

// partsSentence says that the parts of the model were trained alone.
func (p *Page) partsSentence() string {
	var all []string
	for _, part := range p.Parts[:min(len(p.Parts), maxColumns)] {
		all = append(all, fmt.Sprintf("%s (epoch %s of %s)", inline(part.Name), count(part.BestEpoch), count(part.Epochs)))
	}
	return "Its parts were trained alone, and have reports of their own: " + strings.Join(all, ", ") + "."
}

// monitored says validation.loss in words.
func monitored(name string) string {
	if split, metric, ok := strings.Cut(name, "."); ok {
		return inline(split) + " " + lowerFirst(metricName(metric))
	}
	return lowerFirst(metricName(name))
}

// lowerFirst is a metric's name inside a sentence; abbreviations stay.
func lowerFirst(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z' {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

// tiles are the figures that a reader looks for first.
func (p *Page) tiles() []tile {
	var all []tile
	add := func(metric string) {
		s := p.split(p.measured())
		if s == nil {
			return
		}
		if v, ok := s.Values.Get(metric); ok {
			all = append(all, tile{figure(v), metricName(metric) + ", " + inline(s.Name)})
		}
	}
	for i := range p.Outputs {
		add(p.Outputs[i].Name + "." + p.Outputs[i].mainMetric())
	}
	main := p.mainMetric()
	add(main)
	if r := p.Regression; r != nil && r.MedianError > 0 && main == "mae" {
		all = append(all, tile{figure(r.MedianError), "the same of the median, " + inline(p.measured())})
	}
	second := map[head.Form]string{head.OneOfTwo: "roc_auc", head.OneOf: "macro_f1", head.AnyOf: "average_precision", head.Number: "r2"}[head.FormNamed(p.Task)]
	if second != main {
		add(second)
	}
	if n := len(p.Training.History); n > 0 && p.Training.BestEpoch > 0 {
		all = append(all, tile{count(p.Training.BestEpoch), "best epoch of " + count(p.Training.History[n-1].Epoch)})
	}
	if p.Training.Seconds > 0 {
		all = append(all, tile{duration(p.Training.Seconds), "training time"})
	}
	if p.Parameters > 0 {
		all = append(all, tile{count(p.Parameters), "parameters"})
	}
	return all
}

// trend is what the learning curves say about going on; empty if they say
// nothing clear.
func (p *Page) trend() string {
	history := p.Training.History
	if len(history) < 3 {
		return ""
	}
	last := history[len(history)-1]
	if p.Training.BestEpoch == last.Epoch && !p.Training.Stopped {
		return "The last epoch was the best one: more epochs may help."
	}
	for _, e := range history {
		best, _ := e.Validation.Get("loss")
		now, _ := last.Validation.Get("loss")
		// A tenth is well above the noise between epochs that patience is for.
		if e.Epoch == p.Training.BestEpoch && best > 0 && finite(now) && now > 1.1*best {
			return fmt.Sprintf("Validation loss is %s higher at the end than at the best epoch: the model has begun to learn the training rows by heart.", percent(now/best-1))
		}
	}
	return ""
}
