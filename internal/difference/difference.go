// Package difference says in which places two values differ, for tests: reflect.DeepEqual
// with an answer that can be read.
package difference

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// most is how many differences are listed; the others are counted.
const most = 10

// An Option says what counts as equal.
type Option func(*walk)

// Close has floats, of any width and any named type, compared by a function.
func Close(equal func(want, got float64) bool) Option { return func(w *walk) { w.floats = equal } }

// Bits has floats compared by their bits: NaN equals itself, and 0 does not equal -0.
var Bits = Close(func(want, got float64) bool { return math.Float64bits(want) == math.Float64bits(got) })

// EmptyIsNil takes empty slices and maps for nil ones.
func EmptyIsNil(w *walk) { w.emptyIsNil = true }

// Exported leaves out fields whose names are not exported.
func Exported(w *walk) { w.exported = true }

// Of lists the places in which got is not want, one a line, and is empty if there are
// none. Both have the same type. A type with a method Equal(T) bool is compared by it.
// Values that contain themselves are not for it.
func Of[T any](want, got T, options ...Option) string {
	w := &walk{floats: func(want, got float64) bool { return want == got }}
	for _, o := range options {
		o(w)
	}
	w.compare("", reflect.ValueOf(&want).Elem(), reflect.ValueOf(&got).Elem())
	if w.count > len(w.lines) {
		w.lines = append(w.lines, fmt.Sprintf("and %d more", w.count-len(w.lines)))
	}
	return strings.Join(w.lines, "\n")
}

// None reports whether there is no difference.
func None[T any](want, got T, options ...Option) bool { return Of(want, got, options...) == "" }

// A walk is through two values at once.
type walk struct {
	floats               func(want, got float64) bool
	emptyIsNil, exported bool
	lines                []string
	count                int
}

func (w *walk) differs(at, format string, args ...any) {
	if w.count++; w.count > most {
		return
	}
	if at == "" {
		at = "it"
	}
	w.lines = append(w.lines, strings.TrimPrefix(at, ".")+": "+fmt.Sprintf(format, args...))
}

func (w *walk) compare(at string, want, got reflect.Value) {
	if want.IsValid() != got.IsValid() {
		w.differs(at, "%s, want %s", show(got), show(want))
		return
	}
	if !want.IsValid() {
		return
	}
	if equal, ok := byMethod(want, got); ok {
		if !equal {
			w.differs(at, "%s, want %s", show(got), show(want))
		}
		return
	}
	switch want.Kind() {
	case reflect.Float32, reflect.Float64:
		w.leaf(at, want, got, w.floats(want.Float(), got.Float()))
	case reflect.Complex64, reflect.Complex128:
		a, b := want.Complex(), got.Complex()
		w.leaf(at, want, got, w.floats(real(a), real(b)) && w.floats(imag(a), imag(b)))
	case reflect.String:
		w.texts(at, want.String(), got.String())
	case reflect.Interface, reflect.Pointer:
		w.behind(at, want, got)
	case reflect.Struct:
		for i := range want.NumField() {
			if f := want.Type().Field(i); f.IsExported() || !w.exported {
				w.compare(at+"."+f.Name, want.Field(i), got.Field(i))
			}
		}
	case reflect.Array:
		w.lists(at, want, got)
	case reflect.Slice:
		if w.nils(at, want, got) {
			w.lists(at, want, got)
		}
	case reflect.Map:
		if w.nils(at, want, got) {
			w.maps(at, want, got)
		}
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		w.leaf(at, want, got, want.Pointer() == got.Pointer())
	default:
		w.leaf(at, want, got, want.Equal(got))
	}
}

// byMethod asks a method Equal of the type, if it has one that can be called.
func byMethod(want, got reflect.Value) (equal, ok bool) {
	if k := want.Kind(); k == reflect.Interface || k == reflect.Pointer || !want.CanInterface() {
		return false, false
	}
	m := want.MethodByName("Equal")
	if !m.IsValid() {
		return false, false
	}
	if t := m.Type(); t.NumIn() != 1 || t.In(0) != want.Type() || t.NumOut() != 1 || t.Out(0).Kind() != reflect.Bool {
		return false, false
	}
	return m.Call([]reflect.Value{got})[0].Bool(), true
}

func (w *walk) leaf(at string, want, got reflect.Value, equal bool) {
	if !equal {
		w.differs(at, "%s, want %s", show(got), show(want))
	}
}

// behind compares what pointers point to and interfaces hold.
func (w *walk) behind(at string, want, got reflect.Value) {
	switch {
	case want.IsNil() || got.IsNil():
		w.leaf(at, want, got, want.IsNil() == got.IsNil())
	case want.Kind() == reflect.Pointer && want.Pointer() == got.Pointer():
	case want.Elem().Type() != got.Elem().Type():
		w.differs(at, "a %s, want a %s", got.Elem().Type(), want.Elem().Type())
	default:
		w.compare(at, want.Elem(), got.Elem())
	}
}

// nils reports whether what slices or maps hold is to be compared.
func (w *walk) nils(at string, want, got reflect.Value) bool {
	if w.emptyIsNil || want.IsNil() == got.IsNil() {
		return true
	}
	w.differs(at, "%s, want %s", show(got), show(want))
	return false
}

// lists compares element by element; where one is longer, behind what both begin with
// and before what both end with.
func (w *walk) lists(at string, want, got reflect.Value) {
	n, m := want.Len(), got.Len()
	if n == m {
		for i := range n {
			w.compare(fmt.Sprintf("%s[%d]", at, i), want.Index(i), got.Index(i))
		}
		return
	}
	equal := func(i, j int) bool {
		inner := &walk{floats: w.floats, emptyIsNil: w.emptyIsNil, exported: w.exported}
		inner.compare("", want.Index(i), got.Index(j))
		return inner.count == 0
	}
	first, last := 0, 0
	for first < min(n, m) && equal(first, first) {
		first++
	}
	for last < min(n, m)-first && equal(n-1-last, m-1-last) {
		last++
	}
	w.differs(at, "%d elements, want %d; from [%d] on they are %s, want %s", m, n, first, show(got.Slice(first, m-last)), show(want.Slice(first, n-last)))
}

func (w *walk) maps(at string, want, got reflect.Value) {
	keys := want.MapKeys()
	for _, k := range got.MapKeys() {
		if !want.MapIndex(k).IsValid() {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(show(a), show(b)) })
	for _, k := range keys {
		place := fmt.Sprintf("%s[%s]", at, show(k))
		switch a, b := want.MapIndex(k), got.MapIndex(k); {
		case !b.IsValid():
			w.differs(place, "it is missing, want %s", show(a))
		case !a.IsValid():
			w.differs(place, "%s, want none", show(b))
		default:
			w.compare(place, a, b)
		}
	}
}
