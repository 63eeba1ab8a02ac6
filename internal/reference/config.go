package reference

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed intro.md
var intro string

// Config writes the reference of the schema's keys, as Markdown.
func Config(schema []byte) ([]byte, error) {
	root, err := parse(schema)
	if err != nil {
		return nil, fmt.Errorf("the schema: %w", err)
	}
	w := &writer{definitions: root.sub("$defs"), told: map[string]bool{}}
	w.WriteString(intro)
	w.section(section{schema: root})
	w.shared()
	return []byte(w.String()), nil
}

type writer struct {
	strings.Builder
	definitions object
	told        map[string]bool // sections already written
	rates       []string        // rows of the keys that every trained part has
}

// The keys that every encoder, fusion and output has, listed once.
var rateKeys = []string{"learning_rate", "weight_decay", "freeze", "freeze_until", "layer_decay"}

const ratesHeading = "Keys of every part that is trained"

// shared writes the table of rateKeys.
func (w *writer) shared() {
	if w.rates == nil {
		return
	}
	fmt.Fprintf(w, "## %s\n\nEncoders, fusions and outputs have these beside their own.\n\n%s%s\n", ratesHeading, tableHead, strings.Join(w.rates, ""))
}

const tableHead = "| key | value | default | what |\n|---|---|---|---|\n"

// A section describes the value at a dotted path: a table of its keys, or one per type, followed by
// the sections of nested values.
type section struct {
	path   string
	input  string // the input type it belongs to; "" for none
	about  string
	schema object
}

const (
	// inputs is the path of the value whose types have encoders of their own.
	inputs = "inputs.NAME"
	// ofMembers begins the paths of what a member has in place of the whole config's: its
	// keys are described there.
	ofMembers = "members.NAME."
)

func (w *writer) section(at section) {
	if name := reference(at.schema); name != "" {
		key := at.path + " " + at.input + " " + name
		if w.told[key] {
			return // of another type that has the same section
		}
		w.told[key] = true
	}
	s := w.resolve(at.schema)
	if m := keyed(s); m != nil {
		s = m
	}
	w.heading(at)
	variants := s.list("oneOf")
	if variants == nil {
		w.sections(w.keys(at, s))
		return
	}
	var inside []section
	for _, v := range variants {
		v := v.(object)
		if v.sub("properties") == nil {
			continue // the short form, which the introduction explains
		}
		kind := fmt.Sprint(v.sub("properties").sub("type").get("const"))
		standard := ", the default"
		if required(v)["type"] {
			standard = ""
		}
		fmt.Fprintf(w, "%s Type %s%s: %s\n\n", strings.Repeat("#", at.depth()+1), code(kind), standard, v.text("title"))
		if at.path != inputs {
			inside = append(inside, w.keys(at, v)...)
			continue
		}
		at.input = kind
		w.sections(w.keys(at, v))
	}
	w.sections(inside)
}

func (w *writer) sections(of []section) {
	for _, s := range of {
		w.section(s)
	}
}

// depth is the heading level of a section.
func (s section) depth() int {
	return 2 + min(2, strings.Count(strings.Replace(s.path, inputs, "inputs", 1), "."))
}

func (w *writer) heading(s section) {
	if s.path == "" {
		return
	}
	of := ""
	if s.input != "" {
		of = " of type " + code(s.input)
	}
	fmt.Fprintf(w, "%s %s%s\n\n%s\n\n", strings.Repeat("#", s.depth()), code(s.path), of, s.about)
}

func required(s object) map[string]bool {
	keys := map[string]bool{}
	for _, k := range s.list("required") {
		keys[fmt.Sprint(k)] = true
	}
	return keys
}

// keys writes the table of a mapping's keys and returns the sections to follow.
func (w *writer) keys(of section, s object) []section {
	needed := required(s)
	var rows, rates []string
	var inside []section
	trained := s.sub("properties").sub("freeze_until") != nil
	for _, m := range s.sub("properties") {
		if m.name == "type" {
			continue
		}
		p := m.value.(object)
		values := w.values(p)
		if target, path := w.leadsTo(strings.TrimPrefix(of.path+"."+m.name, "."), p); target != nil {
			whole := strings.TrimPrefix(path, ofMembers)
			values += "; see " + code(whole)
			if whole == path {
				inside = append(inside, section{path, of.input, about(m.name, p), target})
			}
		}
		standard := "–"
		switch d := p.get("default"); {
		case needed[m.name]:
			standard = "required"
		case d != nil:
			standard = code(flow(d))
		case p.text("type") == "boolean":
			standard = code("false")
		}
		row := fmt.Sprintf("| %s | %s | %s | %s |\n", code(m.name), values, standard, about(m.name, p))
		if trained && slices.Contains(rateKeys, m.name) {
			rates = append(rates, row)
		} else {
			rows = append(rows, row)
		}
	}
	if len(rates) > len(w.rates) {
		w.rates = rates
	}
	switch {
	case len(rows) > 0:
		w.WriteString(tableHead + strings.Join(rows, "") + "\n")
	case !trained:
		w.WriteString("No keys but `type`.\n\n")
	}
	if trained {
		fmt.Fprintf(w, "And [how it is trained](#%s).\n\n", strings.ReplaceAll(strings.ToLower(ratesHeading), " ", "-"))
	}
	return inside
}

// leadsTo returns the definition that has a section of its own, and the path of that section.
func (w *writer) leadsTo(at string, s object) (target object, path string) {
	s = present(s)
	if list := s.sub("items"); list != nil && reference(list) != "" {
		s, at = list, at+"[]"
	} else if entries := s.sub("additionalProperties"); entries != nil && reference(entries) != "" {
		s, at = entries, at+".NAME"
	}
	if reference(s) == "" {
		return nil, ""
	}
	d := w.resolve(s)
	if keyed(d) == nil && d.list("oneOf") == nil {
		return nil, "" // either text or a mapping of names, which values describes
	}
	return s, at
}

// keyed returns the schema of a mapping with keys of its own, or the one that may replace a text;
// nil if there is none.
func keyed(s object) object {
	if len(s.sub("properties")) > 0 {
		return s
	}
	for _, one := range s.list("anyOf") {
		if o := one.(object); len(o.sub("properties")) > 0 {
			return o
		}
	}
	return nil
}

// present returns a schema without the alternative null.
func present(s object) object {
	for _, one := range s.list("anyOf") {
		if o := one.(object); reference(o) != "" {
			return o
		}
	}
	return s
}

func reference(s object) string { return strings.TrimPrefix(s.text("$ref"), "#/$defs/") }

func (w *writer) resolve(s object) object {
	if name := reference(s); name != "" {
		return w.definitions.sub(name)
	}
	return s
}

// about formats a key's comment. Go comments start with the name of the field.
func about(key string, s object) string {
	text := s.text("description")
	if strings.Contains(key, "_") {
		if rest, ok := strings.CutPrefix(text, camel(key)+" "); ok {
			text = code(key) + " " + rest
		}
	}
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text)
}

func camel(key string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(key, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

func code(s string) string {
	if s == "|" {
		return `<code>&#124;</code>`
	}
	return "`" + s + "`"
}

// flow formats a value as in a config.
func flow(v any) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = flow(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case json.Number, string, bool:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%v", v)
}
