package scenes

import (
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/rng"
)

// Row is one question about one image.
type Row struct {
	Picture          int // from 0; perPicture consecutive rows share one
	Question, Answer string
	Kind             string // one of Kinds
	Region           string // the cells it is about, that of the answer first; joined by " + "
	scene            scene
}

// Kinds of questions.
var Kinds = []string{"attribute", "position", "relation", "count"}

// perPicture is the number of questions about each image: several, so that memorising an image is
// useless.
const perPicture = 3

// A question asks about a scene.
type question struct {
	kind    string
	text    string
	answers []string
	// ask returns the index of the answer in answers and the objects that the question is about, or
	// false if it cannot be asked.
	ask func(scene) (int, []object, bool)
}

// newRows draws questions, and then scenes until one allows all of them. Draws of colours, shapes
// and positions treat all values alike, so every answer to a question is equally likely.
func newRows(picture int, kinds []string, key rng.Key) []Row {
	const tries = 1000 // a few dozen are typical; some questions exclude each other
	for attempt := 0; ; attempt++ {
		key := key.Int(attempt)
		asked := newQuestions(kinds, key.Name("question"))
		for try := range tries {
			if rows := ask(asked, newScene(key.Name("scene").Int(try))); rows != nil {
				for i := range rows {
					rows[i].Picture = picture
				}
				return rows
			}
		}
	}
}

// newQuestions draws perPicture different questions of the given kinds, or of any.
func newQuestions(kinds []string, key rng.Key) []question {
	var qs []question
	for try := 0; len(qs) < perPicture; try++ {
		q := newQuestion(key.Int(try))
		if len(kinds) > 0 && !slices.Contains(kinds, q.kind) {
			continue
		}
		if !slices.ContainsFunc(qs, func(o question) bool { return o.text == q.text }) {
			qs = append(qs, q)
		}
	}
	return qs
}

// ask asks all of them, and returns nil if one cannot be asked.
func ask(qs []question, s scene) []Row {
	var rows []Row
	for _, q := range qs {
		answer, about, ok := q.ask(s)
		if !ok {
			return nil
		}
		rows = append(rows, Row{Question: q.text, Answer: q.answers[answer], Kind: q.kind, Region: region(about), scene: s})
	}
	return rows
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

// newQuestion draws a question. Most are about a colour, of which there are six, so that guessing
// rarely succeeds.
func newQuestion(key rng.Key) question {
	draw := func(i int, of []string) int { return key.IntN(i, len(of)) }
	wording := func(w ...string) string { return w[key.IntN(1, len(w))] }
	colourOf := wording("what colour is the %s", "name the colour of the %s", "the %s is of which colour")
	shapeOf := wording("what shape is the %s", "name the shape of the %s", "the %s is of which shape")
	switch percent := key.IntN(0, 100); {
	case percent < 20:
		return colourOfShape(draw(3, shapes), colourOf)
	case percent < 40:
		return colourOfSizedShape(draw(2, sizes), draw(3, shapes), colourOf)
	case percent < 58:
		return shapeOfColour(draw(2, colours), shapeOf)
	case percent < 80:
		return inCell(draw(2, cellNames), colours, object.colourIndex, colourOf)
	case percent < 94:
		return inCell(draw(2, cellNames), shapes, object.shapeIndex, shapeOf)
	case percent < 97:
		return relation(draw(2, colours), draw(3, directionNames), colourOf)
	default:
		return count(key.IntN(2, len(shapes)+len(sizes)), draw(3, numbers), wording("how many %ss are there", "count the %ss", "what is the number of %ss"))
	}
}

func (o object) colourIndex() int { return o.colour }
func (o object) shapeIndex() int  { return o.shape }

// colourOfShape asks for the colour of the only object of a shape.
func colourOfShape(shape int, format string) question {
	return question{
		kind:    "attribute",
		text:    fmt.Sprintf(format, shapes[shape]),
		answers: colours,
		ask: func(s scene) (int, []object, bool) {
			o, ok := s.only(func(o object) bool { return o.shape == shape })
			return o.colour, []object{o}, ok
		},
	}
}

// colourOfSizedShape asks for the colour of the only object of a size and a shape.
func colourOfSizedShape(size, shape int, format string) question {
	return question{
		kind:    "attribute",
		text:    fmt.Sprintf(format, sizes[size]+" "+shapes[shape]),
		answers: colours,
		ask: func(s scene) (int, []object, bool) {
			o, ok := s.only(func(o object) bool { return o.size == size && o.shape == shape })
			return o.colour, []object{o}, ok
		},
	}
}

// shapeOfColour asks for the shape of the object of a colour.
func shapeOfColour(colour int, format string) question {
	return question{
		kind:    "attribute",
		text:    fmt.Sprintf(format, colours[colour]+" thing"),
		answers: shapes,
		ask: func(s scene) (int, []object, bool) {
			o, ok := s.only(func(o object) bool { return o.colour == colour })
			return o.shape, []object{o}, ok
		},
	}
}

// inCell asks for an attribute of the object in a cell.
func inCell(cell int, answers []string, attribute func(object) int, format string) question {
	return question{
		kind:    "position",
		text:    fmt.Sprintf(format, "thing in the "+cellNames[cell]),
		answers: answers,
		ask: func(s scene) (int, []object, bool) {
			o, ok := s.only(func(o object) bool { return o.cell == cell })
			return attribute(o), []object{o}, ok
		},
	}
}

var (
	directionNames = []string{"left of", "right of", "above", "below"}
	directionSteps = [][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} // x, y
)

// relation asks for the colour of the object in the cell next to another object.
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
		text:    fmt.Sprintf(format, fmt.Sprintf("thing %s the %s thing", directionNames[direction], colours[colour])),
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
			if answer > colour { // one of the answers is excluded
				answer--
			}
			return answer, []object{o, from}, ok
		},
	}
}

var numbers = []string{"one", "two", "three", "four"}

// count asks how many objects have a shape or, beyond the shapes, a size. It can be asked only if
// the answer is the given one: left to chance, some numbers would be rare.
func count(property, answer int, format string) question {
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
			return answer, found, len(found) == answer+1
		},
	}
}
