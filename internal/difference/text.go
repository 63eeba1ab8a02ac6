package difference

import (
	"fmt"
	"reflect"
	"strings"
)

// longest is how much is shown of a value, in bytes.
const longest = 1000

// show writes a value as Go would, cut if it is long.
func show(v reflect.Value) string {
	var s string
	switch {
	case !v.IsValid():
		s = "nothing"
	case v.Kind() == reflect.Float32, v.Kind() == reflect.Float64:
		s = fmt.Sprint(v) // with the digits that tell it from its neighbours
	case v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct:
		s = "&" + show(v.Elem())
	case v.Kind() == reflect.Struct:
		s = fmt.Sprintf("%+v", v)
	default:
		s = fmt.Sprintf("%#v", v)
	}
	if len(s) > longest {
		s = fmt.Sprintf("%s... (%d bytes)", s[:longest], len(s))
	}
	return s
}

// texts compares short texts as a whole, and pages by their lines.
func (w *walk) texts(at, want, got string) {
	if want == got {
		return
	}
	if !strings.Contains(want+got, "\n") {
		w.differs(at, "%s, want %s", show(reflect.ValueOf(got)), show(reflect.ValueOf(want)))
		return
	}
	a, b := strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n")
	first := 0
	for first < min(len(a), len(b)) && a[first] == b[first] {
		first++
	}
	line := first + 1
	a, b = a[first:], b[first:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	w.differs(at, "from line %d on%s%s", line, marked("want", a), marked("got", b))
}

// marked are lines in quotes, so that spaces can be seen.
func marked(as string, lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		if i == most {
			fmt.Fprintf(&b, "\n\t%4s and %d lines more", as, len(lines)-i)
			break
		}
		fmt.Fprintf(&b, "\n\t%4s %s", as, show(reflect.ValueOf(l)))
	}
	return b.String()
}
