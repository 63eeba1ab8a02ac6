package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// decimal matches an integer in ordinary notation. YAML also accepts 0x10, 0b1 and 1_000, and reads
// 010 as eight: surprises that no configuration needs.
var decimal = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)

func (d *decoder) scalar(n *node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Bool:
		if n.kind != scalar || n.tag != "!!bool" {
			d.wrong(n, path, "true or false")
			return
		}
		v.SetBool(strings.EqualFold(n.value, "true"))
	case reflect.String:
		if !n.isText() {
			d.wrong(n, path, "text")
			return
		}
		v.SetString(n.value)
	case reflect.Float32, reflect.Float64:
		d.float(n, v, path)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.integer(n, v, path, func(s string, bits int) error {
			x, err := strconv.ParseInt(s, 10, bits)
			v.SetInt(x)
			return err
		})
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.integer(n, v, path, func(s string, bits int) error {
			x, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, bits)
			v.SetUint(x)
			return err
		})
	default:
		panic(tagError{v.Type(), "", "has a kind that a configuration cannot contain"})
	}
}

func (d *decoder) integer(n *node, v reflect.Value, path string, parse func(s string, bits int) error) {
	switch {
	case !n.isNumber():
		d.wrong(n, path, "a whole number")
	case !decimal.MatchString(n.value) && n.tag == "!!int":
		d.wrong(n, path, "a whole number in plain decimal digits")
	case !decimal.MatchString(n.value) && n.value != "-0":
		d.wrong(n, path, "a whole number")
	default:
		old := reflect.ValueOf(v.Interface())
		err := parse(n.value, v.Type().Bits())
		if err == nil {
			return
		}
		v.Set(old)
		switch {
		case v.CanUint() && n.value[0] == '-':
			d.add(n.at, path, "must not be negative, is %s", show(n.value))
		case errors.Is(err, strconv.ErrRange):
			d.add(n.at, path, "the number %s is too large", show(n.value))
		}
	}
}

func (d *decoder) float(n *node, v reflect.Value, path string) {
	if n.kind != scalar || n.tag == "!!null" || n.tag == "!!bool" {
		d.wrong(n, path, "a number")
		return
	}
	// YAML leaves 1e400 as text and accepts 0x10: what counts is the number as Go parses it, in
	// decimal.
	x, err := strconv.ParseFloat(n.value, v.Type().Bits())
	plain := !strings.ContainsAny(n.value, "xXpP_")
	switch {
	case n.tag != "!!str" && strings.Contains(strings.ToLower(n.value), ".nan"),
		n.tag != "!!str" && strings.Contains(strings.ToLower(n.value), ".inf"):
		d.add(n.at, path, "expected a finite number, found %s", n.value)
	case errors.Is(err, strconv.ErrRange) && plain:
		d.add(n.at, path, "the number %s is too large", show(n.value))
	case n.tag == "!!str" || err != nil || !plain || math.IsNaN(x) || math.IsInf(x, 0):
		d.wrong(n, path, "a number")
	default:
		v.SetFloat(x)
	}
}

// text decodes a value that reads itself from text. A number or a boolean is passed on as written.
func (d *decoder) text(n *node, v reflect.Value, path string) {
	if n.kind != scalar || n.isNull() {
		d.wrong(n, path, "text")
		return
	}
	if v.Type() == durationType {
		t, err := time.ParseDuration(n.value)
		if err != nil {
			d.wrong(n, path, "a duration such as 90s, 10m or 1h30m")
			return
		}
		v.SetInt(int64(t))
		return
	}
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.value)); err != nil {
		v.Set(old)
		d.add(n.at, path, "%s", oneLine(err))
	}
}

func oneLine(err error) string { return strings.Join(strings.Fields(fmt.Sprint(err)), " ") }
