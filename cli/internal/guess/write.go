package guess

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

const seed = 1

// mostBinned columns of numbers are encoded by bins as well, which makes each as wide
// as there are bins.
const mostBinned = 64

// page is a config under way.
type page struct{ strings.Builder }

// line adds a line, and a comment at its end if there is one.
func (w *page) line(comment, format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	if comment != "" {
		w.WriteString("  # " + oneLine(comment))
	}
	w.WriteByte('\n')
}

func (w *page) comment(indent, format string, args ...any) {
	w.WriteString(indent + "# " + oneLine(fmt.Sprintf(format, args...)) + "\n")
}

// oneLine keeps what a cell holds from ending a comment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

var (
	plain   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)
	special = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
)

// scalar is a text as YAML writes it.
func scalar(s string) string {
	if plain.MatchString(s) && !slices.Contains(special, strings.ToLower(s)) {
		return s
	}
	b, _ := json.Marshal(s) // of a string; a text of JSON is one of YAML
	return string(b)
}

// list is a flow sequence of columns, in lines of a width that can be read.
func list(columns []*profile, indent string) string {
	const widest = 100
	var b strings.Builder
	width := 0
	for i, p := range columns {
		name := scalar(p.name())
		if i < len(columns)-1 {
			name += ","
		}
		switch {
		case i == 0:
		case width+len(name) > widest:
			b.WriteString("\n" + indent)
			width = 0
		default:
			b.WriteByte(' ')
		}
		b.WriteString(name)
		width += len(name) + 1
	}
	return "[" + b.String() + "]"
}

// write is the config.
func (s *survey) write() string {
	w := &page{}
	w.comment("", "A first config for %s, guessed from its %s. Change what you know better.", filepath.Base(s.options.Table), plural(s.table.Len(), "row"))
	w.comment("", "chiasm train --config %s", filepath.Base(s.options.Output))
	w.line("", "name: %s", scalar(s.name()))
	w.line("", "seed: %d", seed)
	s.writeData(w)
	w.line("", "inputs:")
	for _, g := range s.groups() {
		switch g.columns[0].kind {
		case Image:
			s.writeImage(w, g)
		case Text:
			s.writeText(w, g)
		default:
			s.writeFacts(w, g)
		}
	}
	s.writeLeftOut(w)
	s.writeFusion(w)
	s.writeOutput(w)
	s.writeTraining(w)
	return w.String()
}

func (s *survey) writeFusion(w *page) {
	switch question := s.question(); {
	case len(s.groups()) < 2:
	case question != nil:
		w.comment("", "The same %s has other answers in other rows: it asks about the other inputs, and no", question.name())
		w.comment("", "average of what each says alone could answer. chiasm compare tries other fusions.")
		w.line("", "fusion: {type: cross_attention, dim: 64, heads: 4, layers: 2, dropout: 0}")
	default:
		w.comment("", "The simplest fusion, and often the best on few rows. Where one input asks about")
		w.comment("", "another, try cross_attention; chiasm compare finds out.")
		w.line("", "fusion: {type: score_average}")
	}
}

// name is that of the table, or of its folder where the table's says nothing.
func (s *survey) name() string {
	base := filepath.Base(s.options.Table)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	if slices.Contains([]string{"data", "train", "table", "dataset"}, strings.ToLower(name)) {
		if dir, err := filepath.Abs(filepath.Dir(s.options.Table)); err == nil && filepath.Base(dir) != string(filepath.Separator) {
			name = filepath.Base(dir)
		}
	}
	name = strings.TrimLeft(inputName(name, map[string]bool{}), "_-")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60])
	}
	if name == "" {
		return "table"
	}
	return name
}

func (s *survey) writeData(w *page) {
	w.line("", "data:")
	w.line("", "  path: %s", scalar(s.relative(s.options.Table)))
	s.writeDialect(w)
	if slices.ContainsFunc(s.inputs(), func(p *profile) bool { return p.kind == Image }) {
		w.line("the folder that image paths are relative to", "  images: %s", scalar(s.relative(s.folder)))
	}
	if n := s.table.Bad.Len(); n > 0 {
		w.line("as many rows cannot be used: "+s.reasons(), "  max_bad_rows: %d", n)
	}
	if n := s.lacking; n > 0 {
		w.line(fmt.Sprintf("%s of nothing but empty cells: predicted as the labels are spread", plural(n, "row")), "  missing_all: prior")
	}
	f, more := s.split, ""
	if f.column == "" && f.seed != seed {
		more = fmt.Sprintf(", seed: %d", f.seed)
	}
	switch {
	case f.column != "":
		w.line("train, validation and test, as the column says", "  split: {column: %s}", scalar(f.column))
	case f.stratify != "":
		w.line(s.proportions(), "  split: {train: %g, validation: %g, test: %g, stratify: %s%s}", f.train, f.each, f.each, scalar(f.stratify), more)
	default:
		w.line("", "  split: {train: %g, validation: %g, test: %g%s}", f.train, f.each, f.each, more)
	}
	s.writeSuggestions(w)
}

// reasons are the most frequent ones for which rows cannot be used.
func (s *survey) reasons() string {
	counts := map[string]int{}
	for _, r := range s.table.Bad.Rows() {
		what := "of other lengths"
		if r.Column != "" {
			what = "for " + r.Column
		}
		counts[what]++
	}
	var out []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%d %s", counts[what], what))
	}
	return strings.Join(out, ", ")
}

// writeSuggestions says how the rows may have to be cut instead.
func (s *survey) writeSuggestions(w *page) {
	f := s.split
	times, groups := s.suggestions()
	if f.column != "" {
		for _, p := range groups {
			if n := s.crossing(p); n > 0 {
				w.comment("  ", "%s in rows of two splits: %s. If rows of one belong together, figures are", plural(n, "value")+" "+stands(n), p.name())
				w.comment("  ", "better than the model is; add group: %s to have such rows named", scalar(p.name()))
			} else {
				w.comment("  ", "No value of %s stands in rows of two splits; add group: %s to keep watch over it", p.name(), scalar(p.name()))
			}
		}
		return
	}
	for _, p := range times {
		w.comment("  ", "To be judged by later rows than it learnt from, as it will be in use:")
		w.comment("  ", "split: {train: %g, validation: %g, test: %g, time: %s}", f.train, f.each, f.each, scalar(p.name()))
	}
	for _, p := range groups {
		w.comment("  ", "If rows of one %s belong together, keep them in one split: add group: %s", p.name(), scalar(p.name()))
	}
}

func stands(n int) string {
	if n == 1 {
		return "stands"
	}
	return "stand"
}

// missing writes what an empty cell means.
func (s *survey) writeMissing(w *page, g group) {
	if i := s.images[g.columns[0].name()]; i != nil && i.absent > 0 {
		empty := ""
		if n := g.columns[0].missing(); n > 0 {
			empty = fmt.Sprintf(", and %s empty", plural(n, "cell")+" "+isAre(n))
		}
		w.line(fmt.Sprintf("%s no file, the first in row %d%s", plural(i.absent, "cell")+" "+names(i.absent), s.rowNumber(i.firstAbsent), empty), "    missing: mask")
		return
	}
	if n, most := g.missing(); n > 0 {
		where := ""
		if len(g.columns) > 1 {
			where = fmt.Sprintf(", most of them in %s", most.name())
		}
		w.line(fmt.Sprintf("%s empty%s; error would refuse them", plural(n, "cell")+" "+isAre(n), where), "    missing: mask")
	}
}

func names(n int) string {
	if n == 1 {
		return "names"
	}
	return "name"
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (s *survey) writeImage(w *page, g group) {
	p := g.columns[0]
	i := s.images[p.name()]
	w.line("", "  %s:", scalar(g.name))
	w.line("", "    type: image")
	w.line("", "    column: %s", scalar(p.name()))
	size, why := i.pixels(s.training())
	w.line(why, "    size: [%d, %d]", size[0], size[1])
	if i.grey {
		w.line("no picture has colours", "    channels: 1")
	}
	if !i.square && !i.same {
		w.line("they have many shapes: none is stretched", "    fit: pad")
	}
	s.writeMissing(w, g)
	w.line("flip: 0.5 as well, where left and right do not matter", "    augment: {crop: 0.1}")
	w.line("", "    encoder: {type: cnn, channels: [32, 64, 128], dropout: 0.2}")
}

// pixels are the height and width that pictures are resized to: their own where
// they are small, and less the more rows there are, since an epoch takes as long.
func (i *pictures) pixels(rows int) (size [2]int, why string) {
	const small, least = 48, 8
	if i.same && max(i.size[0], i.size[1]) <= small && min(i.size[0], i.size[1]) >= least {
		return i.size, "as they are"
	}
	side := 64
	if rows > 5000 {
		side = small
	}
	if rows > 20_000 {
		side = 32
	}
	side = max(16, min(side, (i.side+7)/8*8))
	return [2]int{side, side}, fmt.Sprintf("half of them are at least %d on the shorter side; larger is slower, and may be better", i.side)
}

func (s *survey) writeText(w *page, g group) {
	p := g.columns[0]
	w.line("", "  %s:", scalar(g.name))
	w.line("", "    type: text")
	w.line("", "    column: %s", scalar(p.name()))
	tokens, comment := s.lengths[g.name].read()
	encoder := s.reads(p)
	w.line(comment, "    max_tokens: %d", tokens)
	s.writeMissing(w, g)
	why := "order of words matters in longer texts"
	if encoder == ngramsEncoder {
		why = "short texts, or few of them; transformer reads the order of words too"
	}
	w.line(why, "    encoder: %s", encoder)
}

func (s *survey) writeFacts(w *page, g group) {
	w.line("", "  %s:", facts)
	w.line("", "    type: tabular")
	bins := ""
	if numeric := g.of(Number); len(numeric) > 0 {
		w.line("", "    numeric: %s", list(numeric, "      "))
		var units []string
		for _, p := range numeric {
			if p.unit != "" {
				units = append(units, scalar(p.name())+": "+scalar(p.unit))
			}
		}
		if len(units) > 0 {
			w.line("", "    units: {%s}", strings.Join(units, ", "))
		}
		if p := g.tail(); p != nil {
			w.line(fmt.Sprintf("%s has a long tail, which would rule the scale", p.name()), "    transform: quantile")
		}
		if s.training() >= 1000 && len(numeric) <= mostBinned {
			bins = ", bins: 32"
		}
	}
	s.writeDates(w, g)
	if categorical := g.of(Category); len(categorical) > 0 {
		w.line("", "    categorical: %s", list(categorical, "      "))
	}
	s.writeMissing(w, g)
	w.line("", "    encoder: {type: mlp, hidden: [128], dropout: 0.2%s}", bins)
}

func (s *survey) writeLeftOut(w *page) {
	var left []Guess
	for _, p := range s.profiles {
		if p.use == "" {
			left = append(left, Guess{p.name(), p.kind, p.use, p.why})
		}
	}
	if len(s.profiles) > mostLines {
		left = runs(left)
	}
	for i, g := range left {
		if i == 0 {
			w.comment("  ", "Left out:")
		}
		w.comment("  ", "%s (%s): %s", g.Column, g.Kind, g.Why)
	}
}

func (s *survey) writeOutput(w *page) {
	o := s.output
	keys := fmt.Sprintf("type: %s, column: %s", o.kind, scalar(s.target.name()))
	if o.kind == data.Multilabel {
		keys += ", separator: " + scalar(o.separator)
	}
	comment := ""
	if spread := o.spread(); spread >= 3 {
		keys += ", class_weights: sqrt_balanced"
		comment = fmt.Sprintf("the most frequent label has %.0f times as many rows as the rarest", spread)
	}
	if o.kind == data.Regression {
		if transform, why := s.targetTransform(); transform != "" {
			keys, comment = keys+", transform: "+transform, why
		}
	}
	if label, rows := o.rare(); label != "" {
		keys += ", positive: " + scalar(label)
		if len(s.split.splits.Validation) > 0 {
			keys += ", threshold: f1"
		}
		w.comment("", "%s stands in %d of %d rows, so it is what is to be found.", show(label), rows, s.target.present)
	}
	w.line(comment, "output: {%s}", keys)
}

// training is the number of training rows.
func (s *survey) training() int { return len(s.split.splits.Train) - s.untrained }

func (s *survey) writeTraining(w *page) {
	rows := s.training()
	epochs, batch := 10, 64
	switch {
	case rows < 1000:
		epochs, batch = 50, 16
	case rows < 5000:
		epochs, batch = 25, 32
	case rows < 20_000:
		epochs, batch = 15, 32
	}
	w.line("", "training:")
	w.line(fmt.Sprintf("of %s", plural(rows, "training row")), "  epochs: %d", epochs)
	w.line("", "  batch_size: %d", batch)
	w.line("", "  optimizer: {type: adamw, learning_rate: 2e-3, weight_decay: 0.05}")
	w.line("", "  schedule: {type: cosine, warmup: 0.1}")
	if len(s.split.splits.Validation) == 0 {
		w.line("there are no validation rows, which would choose the best epoch", "  monitor: train.loss")
		return
	}
	w.line("ends when validation rows have not improved for so many epochs", "  early_stopping: {monitor: validation.loss, patience: %d}", max(5, epochs/3))
}
