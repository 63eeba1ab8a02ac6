package scenes

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/rng"
)

// Row is one question about one picture.
type Row struct {
	Question, Answer string
	Kind             string // attribute, position, relation or count
	Region           string // the cells that it is about, that of the answer first; joined by " + "
	scene            scene
}

// A question asks something of a scene.
type question struct {
	kind    string
	text    string
	answers []string
	// ask gives the place of the answer in answers and the objects that the
	// question is about, or false where it cannot be asked.
	ask func(scene) (int, []object, bool)
}

var numbers = []string{"one", "two", "three", "four"}

// newRow draws a question, then its answer, then scenes until one fits.
func newRow(key rng.Key) Row {
	q := newQuestion(key.Name("question"))
	answer := key.Name("answer").IntN(0, len(q.answers))
	for try := 0; ; try++ {
		s := newScene(key.Name("scene").Int(try))
		if got, about, ok := q.ask(s); ok && got == answer {
			return Row{Question: q.text, Answer: q.answers[answer], Kind: q.kind, Region: region(about), scene: s}
		}
	}
}

func region(about []object) string {
	names := ""
	for i, o := range about {
		if i > 0 {
			names += " + "
		}
		names += cellNames[o.cell]
	}
	return names
}

// newQuestion draws the kind of question: 40 % ask an object by two of its
// attributes, 30 % by its place, 10 % by its neighbour, 20 % by its colour or
// for a number. Most have six answers, so that guessing gets few.
func newQuestion(key rng.Key) question {
	pick := func(i int, of []string) int { return key.IntN(i, len(of)) }
	wording := func(w ...string) string { return w[key.IntN(1, len(w))] }
	switch p := key.IntN(0, 100); {
	case p < 40:
		size, shape := pick(2, sizes), pick(3, shapes)
		return question{
			kind:    "attribute",
			text:    fmt.Sprintf(wording("what colour is the %s %s", "name the colour of the %s %s", "the %s %s is of which colour"), sizes[size], shapes[shape]),
			answers: colours,
			ask: func(s scene) (int, []object, bool) {
				o, ok := s.only(func(o object) bool { return o.size == size && o.shape == shape })
				return o.colour, []object{o}, ok
			},
		}
	case p < 50:
		colour := pick(2, colours)
		return question{
			kind:    "attribute",
			text:    fmt.Sprintf(wording("what shape is the %s thing", "name the shape of the %s thing", "the %s thing is of which shape"), colours[colour]),
			answers: shapes,
			ask: func(s scene) (int, []object, bool) {
				o, ok := s.only(func(o object) bool { return o.colour == colour })
				return o.shape, []object{o}, ok
			},
		}
	case p < 70:
		cell := pick(2, cellNames)
		return question{
			kind:    "position",
			text:    fmt.Sprintf(wording("what colour is the thing in the %s", "name the colour of the thing in the %s", "which colour is in the %s"), cellNames[cell]),
			answers: colours,
			ask: func(s scene) (int, []object, bool) {
				o, ok := s.only(func(o object) bool { return o.cell == cell })
				return o.colour, []object{o}, ok
			},
		}
	case p < 80:
		cell := pick(2, cellNames)
		return question{
			kind:    "position",
			text:    fmt.Sprintf(wording("what shape is the thing in the %s", "name the shape of the thing in the %s", "which shape is in the %s"), cellNames[cell]),
			answers: shapes,
			ask: func(s scene) (int, []object, bool) {
				o, ok := s.only(func(o object) bool { return o.cell == cell })
				return o.shape, []object{o}, ok
			},
		}
	case p < 90:
		return relation(pick(2, colours), pick(3, directionNames), wording("what colour is the thing %s the %s thing", "name the colour of the thing %s the %s thing", "which colour is %s the %s thing"))
	default:
		return count(key.IntN(2, len(shapes)+len(sizes)), wording("how many %ss are there", "count the %ss", "what is the number of %ss"))
	}
}

var (
	directionNames = []string{"left of", "right of", "above", "below"}
	directionSteps = [][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} // x, y
)

// relation asks for the colour of the thing in the cell beside another thing.
func relation(colour, direction int, format string) question {
	var answers []string
	for i, c := range colours {
		if i != colour {
			answers = append(answers, c)
		}
	}
	step := directionSteps[direction]
	return question{
		kind:    "relation",
		text:    fmt.Sprintf(format, directionNames[direction], colours[colour]),
		answers: answers,
		ask: func(s scene) (int, []object, bool) {
			from, ok := s.only(func(o object) bool { return o.colour == colour })
			if !ok {
				return 0, nil, false
			}
			x, y := from.cell%gridSide+step[0], from.cell/gridSide+step[1]
			if x < 0 || x >= gridSide || y < 0 || y >= gridSide {
				return 0, nil, false
			}
			o, ok := s.only(func(o object) bool { return o.cell == y*gridSide+x })
			answer := o.colour
			if answer > colour { // one of the answers is left out
				answer--
			}
			return answer, []object{o, from}, ok
		},
	}
}

// count asks how many things have a shape or, past the shapes, a size.
func count(property int, format string) question {
	name, has := "", func(o object) bool { return o.shape == property }
	if property < len(shapes) {
		name = shapes[property]
	} else {
		size := property - len(shapes)
		name, has = sizes[size]+" thing", func(o object) bool { return o.size == size }
	}
	return question{
		kind:    "count",
		text:    fmt.Sprintf(format, name),
		answers: numbers,
		ask: func(s scene) (int, []object, bool) {
			found := s.find(has)
			return len(found) - 1, found, len(found) >= 1
		},
	}
}
