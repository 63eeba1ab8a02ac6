package reference

import (
	"fmt"
	"strings"
)

// values describes the values that are accepted.
func (w *writer) values(s object) string {
	if name := reference(s); name != "" {
		d := w.resolve(s)
		if d.list("anyOf") != nil {
			return w.values(d)
		}
		return "a mapping"
	}
	if choices := s.list("enum"); choices != nil {
		var names []string
		for _, c := range choices {
			names = append(names, code(flow(c)))
		}
		return strings.Join(names, ", ")
	}
	if any := s.list("anyOf"); any != nil {
		var ways []string
		for _, one := range any {
			if o := one.(object); o.text("type") != "null" {
				ways = append(ways, w.values(o))
			}
		}
		return strings.Join(ways, ", or ")
	}
	switch s.text("type") {
	case "boolean":
		return "`true`, `false`"
	case "integer":
		return "whole number" + bounds(s, "minimum", "maximum")
	case "number":
		return "number" + bounds(s, "minimum", "maximum")
	case "string":
		return "text" + pattern(s)
	case "array":
		return "list" + strings.Replace(bounds(s, "minItems", "maxItems"), ", ", " of ", 1) + "; each: " + w.values(s.sub("items"))
	case "object":
		if keyed(s) != nil {
			return "a mapping"
		}
		return "mapping of names; each: " + w.values(s.sub("additionalProperties"))
	}
	if s.get("type") != nil { // several: anything that reads itself from text
		return "text or number"
	}
	return "a mapping"
}

func pattern(s object) string {
	if strings.HasPrefix(s.text("pattern"), "^#") {
		return " (`#rrggbb`)"
	}
	return ""
}

// bounds describes limits in words.
func bounds(s object, least, most string) string {
	var parts []string
	lo, hi := s.get(least), s.get(most)
	switch {
	case lo != nil && hi != nil && fmt.Sprint(lo) == fmt.Sprint(hi):
		return fmt.Sprintf(" of exactly %v", lo)
	case lo != nil && hi != nil:
		return fmt.Sprintf(", %v to %v", lo, hi)
	case lo != nil:
		parts = append(parts, fmt.Sprintf("at least %v", lo))
	case hi != nil:
		parts = append(parts, fmt.Sprintf("at most %v", hi))
	}
	if v := s.get("exclusiveMinimum"); v != nil {
		parts = append(parts, fmt.Sprintf("more than %v", v))
	}
	if v := s.get("exclusiveMaximum"); v != nil {
		parts = append(parts, fmt.Sprintf("less than %v", v))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}
