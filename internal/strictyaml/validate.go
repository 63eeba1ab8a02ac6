package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// rules is the shared validator; it caches the tags of each struct.
var rules = sync.OnceValue(func() *validator.Validate {
	return validator.New(validator.WithRequiredStructEnabled())
})

// A violation is a rule that a field violates.
type violation struct {
	key     string   // "" for fields that receive bare text or all other keys
	element string   // of a list or a mapping; "" if the rule is about the whole
	listed  bool     // the element is in a list
	rule    string   // the rule in words, and
	found   string   // what violates it
	crosses bool     // whether it compares with another field
	oneOf   []string // keys of which one is required
}

// path is the dotted key of the violation, given the path of its field.
func (v violation) path(field string) string {
	switch {
	case v.element == "":
		return field
	case v.listed:
		return field + "[" + v.element + "]"
	}
	return join(field, v.element)
}

// violations checks the rules of the fields that a struct itself declares; nested and inlined
// structs are checked separately.
func violations(v reflect.Value) []violation {
	t := v.Type()
	own := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		if _, ok := f.Tag.Lookup("validate"); ok {
			own[f.Name] = true
		}
	}
	if len(own) == 0 {
		return nil
	}
	prefix := ""
	if t.Name() != "" {
		prefix = t.Name() + "."
	}
	err := rules().StructFiltered(v.Interface(), func(ns []byte) bool {
		return !own[strings.TrimPrefix(string(ns), prefix)]
	})
	var broken validator.ValidationErrors
	if err == nil || !errors.As(err, &broken) {
		return nil
	}
	out := make([]violation, 0, len(broken))
	for _, fe := range broken {
		goName, element, _ := strings.Cut(strings.TrimSuffix(fe.StructField(), "]"), "[")
		f, _ := t.FieldByName(goName)
		broken := violation{key: keyOf(f), element: element, listed: f.Type.Kind() != reflect.Map, crosses: crossesFields(fe.Tag())}
		broken.rule, broken.found = words(fe, v)
		if fe.Tag() == "required_without" {
			names := append(strings.Fields(fe.Param()), goName)
			slices.SortFunc(names, func(a, b string) int { return declared(t, a) - declared(t, b) })
			broken.oneOf = keys(t, names)
		}
		out = append(out, broken)
	}
	return out
}

func crossesFields(tag string) bool { return strings.HasSuffix(tag, "field") }

// words describes which rule is violated, and by what.
func words(fe validator.FieldError, owner reflect.Value) (rule, found string) {
	rule = ruleWords(fe, owner.Type())
	v := reflect.ValueOf(fe.Value())
	shown := fmt.Sprint(fe.Value())
	switch kind := v.Kind(); {
	case fe.Tag() == "required_without", fe.Tag() == "excluded_with":
		return rule, ""
	case fe.Tag() == "required" && kind != reflect.String && kind != reflect.Slice && kind != reflect.Map:
		return "must not be " + shown, ""
	case kind == reflect.Slice || kind == reflect.Map:
		if v.Len() > 0 {
			found = fmt.Sprintf(", has %d", v.Len())
		}
		return rule, found
	case kind == reflect.String:
		shown = quote(shown)
	}
	if fe.Tag() == "oneof" {
		if near := nearest.Name(fmt.Sprint(fe.Value()), strings.Fields(fe.Param())); near != "" {
			return rule, fmt.Sprintf(", is %s; did you mean %q?", shown, near)
		}
	}
	return rule, ", is " + shown
}

// declared is the index of a field in its struct.
func declared(t reflect.Type, name string) int {
	f, _ := t.FieldByName(name)
	return f.Index[0]
}

func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

// ruleWords formats a rule as a sentence without its subject.
func ruleWords(fe validator.FieldError, owner reflect.Type) string {
	tag, param := fe.Tag(), fe.Param()
	if crossesFields(tag) {
		if f, found := owner.FieldByName(param); found {
			param = keyOf(f)
		}
		tag = strings.TrimSuffix(tag, "field")
	} else if unit := unit(fe.Kind(), param); unit != "" {
		if bound, ok := comparisons[tag]; ok {
			return fmt.Sprintf("must have %s %s %s", bound, param, unit)
		}
	}
	if bound, ok := comparisons[tag]; ok {
		return fmt.Sprintf("must be %s %s", bound, param)
	}
	switch tag {
	case "required":
		return "must not be empty"
	case "excluded_with":
		return "cannot be given together with " + list(keys(owner, strings.Fields(param)))
	case "hexcolor":
		return "must be a colour such as #ffcc00"
	case "oneof":
		return "must be one of " + strings.Join(strings.Fields(param), ", ")
	case "unique":
		return "must not repeat an entry"
	}
	return strings.TrimSpace(fmt.Sprintf("violates the rule %s %s", tag, param))
}

// keys lists the keys of the named fields.
func keys(owner reflect.Type, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		if f, ok := owner.FieldByName(name); ok {
			out[i] = keyOf(f)
		}
	}
	return out
}

// list formats keys as "a, b or c".
func list(keys []string) string {
	last := len(keys) - 1
	if last < 1 {
		return strings.Join(keys, "")
	}
	return strings.Join(keys[:last], ", ") + " or " + keys[last]
}

var comparisons = map[string]string{
	"min": "at least", "gte": "at least", "max": "at most", "lte": "at most",
	"gt": "more than", "lt": "less than", "len": "exactly", "eq": "exactly", "ne": "other than",
}

// unit is what a bound on a kind counts, or "" if it bounds the value itself.
func unit(kind reflect.Kind, param string) string {
	one, many := "", ""
	switch kind {
	case reflect.String:
		one, many = "character", "characters"
	case reflect.Slice, reflect.Array, reflect.Map:
		one, many = "entry", "entries"
	}
	if param == "1" {
		return one
	}
	return many
}

// checkRules makes the validator read the rules of a struct once: it panics on unknown ones.
func checkRules(l *layout) {
	for _, index := range l.inlined {
		s := inlined(at(newOf(l.typ), index))
		func() {
			defer func() {
				if r := recover(); r != nil {
					panic(tagError{s.Type(), "", fmt.Sprintf("has an invalid validate tag: %v", r)})
				}
			}()
			violations(s)
		}()
	}
}
