package report

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
)

// An outputSection is what a page says of one of several outputs.
type outputSection struct {
	ID   string // behind the ids of its sections
	Name string
	Body template.HTML
}

// maxOutputs is how many outputs have sections of their own.
const maxOutputs = 24

// outputs writes the sections of several outputs, whose ids end with their numbers.
func (p *Page) outputs() ([]outputSection, error) {
	var all []outputSection
	for i := range p.Outputs[:min(len(p.Outputs), maxOutputs)] {
		one := &p.Outputs[i]
		v := newView(one)
		v.Output = label(one.Name)
		id := fmt.Sprint(i + 1)
		var b bytes.Buffer
		if err := templates(id).ExecuteTemplate(&b, "output", v); err != nil {
			return nil, err
		}
		all = append(all, outputSection{id, v.Output, template.HTML(b.String())}) // which templates have escaped
	}
	return all, nil
}

// outputsSentence says what is answered.
func (p *Page) outputsSentence() string {
	var all []string
	for i := range p.Outputs {
		all = append(all, inline(p.Outputs[i].Name))
	}
	shown := all[:min(len(all), maxOutputs)]
	s := fmt.Sprintf("The model gives %s: %s", counted(len(all), "answer", "answers"), strings.Join(shown, ", "))
	if n := len(all) - len(shown); n > 0 {
		s += fmt.Sprintf(" and %d more, whose figures are in the table alone", n)
	}
	return s + "."
}
