package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// An object is a JSON object that preserves its order, which in a schema is the order of the
// options in the source.
type object []member

type member struct {
	name  string
	value any // object, []any, or encoding/json's value of a scalar
}

func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// sub returns the object under a name; nil if there is none.
func (o object) sub(name string) object {
	v, _ := o.get(name).(object)
	return v
}

func (o object) text(name string) string {
	s, _ := o.get(name).(string)
	return s
}

func (o object) list(name string) []any {
	l, _ := o.get(name).([]any)
	return l
}

func parse(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := value(d)
	if err != nil {
		return nil, err
	}
	o, ok := v.(object)
	if !ok {
		return nil, fmt.Errorf("the schema is %T, not an object", v)
	}
	return o, nil
}

func value(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return members(d)
	case json.Delim('['):
		return items(d)
	}
	return t, nil
}

func members(d *json.Decoder) (object, error) {
	o := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := value(d)
		if err != nil {
			return nil, err
		}
		o = append(o, member{fmt.Sprint(name), v})
	}
	_, err := d.Token()
	return o, err
}

func items(d *json.Decoder) ([]any, error) {
	l := []any{}
	for d.More() {
		v, err := value(d)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := d.Token()
	return l, err
}
