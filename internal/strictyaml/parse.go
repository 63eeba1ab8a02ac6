package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Limits on the input. They are far above any hand-written configuration, and low enough that a
// hostile one costs neither time nor memory.
const (
	maxBytes = 1 << 20
	maxDepth = 100
	maxNodes = 100_000 // after aliases are expanded
)

// parse reads one YAML document; an empty one is null.
func parse(source string, src []byte) (*node, error) {
	fail := func(line, column int, format string, args ...any) (*node, error) {
		at := Position{Source: source, Line: line, Column: column}
		return nil, newError([]Problem{{At: at, Message: fmt.Sprintf(format, args...)}})
	}
	if len(src) > maxBytes {
		return fail(1, 1, "larger than %d bytes, too large for a configuration", maxBytes)
	}
	if line, column, bad := firstBadByte(src); bad != "" {
		return fail(line, column, "%s", bad)
	}
	loader, err := yaml.NewLoader(bytes.NewReader(src),
		yaml.WithUniqueKeys(false), // reported with the other problems, with both positions
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth), loaderlimits.AliasNone())))
	if err != nil {
		return nil, err
	}
	var documents [2]yaml.Node
	for i := range documents {
		err := loader.Load(&documents[i])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, column, message := explain(err, src)
			return fail(line, column, "%s", message)
		}
	}
	if documents[1].Kind != 0 {
		return fail(documents[1].Line, documents[1].Column, "a second document starts here; a configuration is a single document")
	}
	e := expander{source: source}
	var root *node
	if len(documents[0].Content) > 0 {
		root = e.expand(documents[0].Content[0], 1)
	}
	if len(e.problems) > 0 {
		return nil, newError(e.problems)
	}
	if root == nil {
		root = &node{at: Position{Source: source, Line: 1, Column: 1}, tag: "!!null"}
	}
	return root, nil
}

// firstBadByte finds the first invalid byte: the YAML library reports such bytes without a
// position.
func firstBadByte(src []byte) (line, column int, bad string) {
	line, column = 1, 1
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return line, column, "not UTF-8 text; save the file as UTF-8"
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return line, column, fmt.Sprintf("control character %U in the text", r)
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
		column++
	}
	return 0, 0, ""
}

// explain turns the YAML library's error into a position and a plain message.
func explain(err error, src []byte) (line, column int, message string) {
	line, column, message = 1, 1, err.Error()
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		return line, column, "not valid YAML: " + message
	}
	if le.Mark.Line > 0 {
		line, column = le.Mark.Line, max(le.Mark.Column, 1)
	}
	switch message = le.Message; {
	case strings.Contains(message, "exceeded max depth"):
		return line, column, fmt.Sprintf("nested deeper than %d levels", maxDepth)
	case startsWithTab(src, line):
		return line, column, "not valid YAML: a tab cannot indent; use spaces"
	case strings.Contains(message, "mapping values are not allowed"):
		message += `; quote text that contains ": "`
	}
	if le.ContextMsg != "" && le.ContextMark.Line > 0 && le.ContextMark.Line != le.Mark.Line {
		message += fmt.Sprintf(" (%s that started on line %d)", le.ContextMsg, le.ContextMark.Line)
	}
	return line, column, "not valid YAML: " + message
}

func startsWithTab(src []byte, line int) bool {
	lines := bytes.SplitN(src, []byte("\n"), line+1)
	return line <= len(lines) && bytes.HasPrefix(bytes.TrimLeft(lines[line-1], " "), []byte("\t"))
}

// An expander copies a yaml.Node tree, following aliases, within the limits.
type expander struct {
	source   string
	nodes    int
	open     []*yaml.Node // from the root to here, to detect a value that contains itself
	alias    *yaml.Node   // the outermost enclosing alias, nil if there is none
	problems []Problem
	stopped  bool
}

func (e *expander) problem(y *yaml.Node, format string, args ...any) {
	at := Position{Source: e.source, Line: max(y.Line, 1), Column: max(y.Column, 1)}
	e.problems = append(e.problems, Problem{At: at, Message: fmt.Sprintf(format, args...)})
}

// stop reports a problem that ends the expansion, at the alias that led to it.
func (e *expander) stop(y *yaml.Node, format string, args ...any) *node {
	if e.alias != nil {
		y = e.alias
	}
	if !e.stopped {
		e.problem(y, format, args...)
	}
	e.stopped = true
	return nil
}

// expand returns nil once the expansion has been stopped.
func (e *expander) expand(y *yaml.Node, depth int) *node {
	if e.stopped {
		return nil
	}
	if y.Kind == yaml.AliasNode {
		if slices.Contains(e.open, y.Alias) {
			return e.stop(y, "*%s is inside the value that it names", show(y.Value))
		}
		if e.alias == nil {
			e.alias = y
			defer func() { e.alias = nil }()
		}
		y = y.Alias
	}
	if e.nodes++; e.nodes > maxNodes {
		return e.stop(y, "aliases grow to more than %d values", maxNodes)
	}
	if depth > maxDepth {
		return e.stop(y, "nested deeper than %d levels", maxDepth)
	}
	if y.Style&yaml.TaggedStyle != 0 {
		e.problem(y, "the tag %s is not supported; write the value without it", show(y.Tag))
	}
	e.open = append(e.open, y)
	defer func() { e.open = e.open[:len(e.open)-1] }()

	n := &node{at: Position{Source: e.source, Line: max(y.Line, 1), Column: max(y.Column, 1)}}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = mapping
		seen := map[string]*node{}
		for i := 0; i+1 < len(y.Content); i += 2 {
			key := e.key(y.Content[i])
			item := e.expand(y.Content[i+1], depth+1)
			if key != nil && item != nil {
				n.keys, n.items, n.first = append(n.keys, key), append(n.items, item), append(n.first, seen[key.value])
			}
			if key != nil && seen[key.value] == nil {
				seen[key.value] = key
			}
		}
	case yaml.SequenceNode:
		n.kind = sequence
		for _, c := range y.Content {
			if item := e.expand(c, depth+1); item != nil {
				n.items = append(n.items, item)
			}
		}
	default:
		n.tag, n.value = y.ShortTag(), y.Value
		if n.tag != "!!null" && n.tag != "!!bool" && n.tag != "!!int" && n.tag != "!!float" {
			n.tag = "!!str" // including dates: YAML 1.2 has no such type
		}
	}
	return n
}

// key reads the key of a mapping. Any scalar is accepted as written: labels may be numbers.
func (e *expander) key(y *yaml.Node) *node {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	switch {
	case y.Kind != yaml.ScalarNode:
		e.problem(y, "a key must be text, not a list or a mapping")
		return nil
	case y.ShortTag() == "!!merge":
		e.problem(y, "merge keys (<<) are not supported; write the keys out")
		return nil
	case y.ShortTag() == "!!null":
		e.problem(y, "an empty key; quote it if it is intended")
		return nil
	}
	e.nodes++
	return &node{
		at:  Position{Source: e.source, Line: max(y.Line, 1), Column: max(y.Column, 1)},
		tag: "!!str", value: y.Value,
	}
}
