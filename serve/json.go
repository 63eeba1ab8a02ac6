package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// parseJSON reads {"rows":[{"<column>": value|null, …}],"on_error":"skip"}. It goes token by
// token: a decoder of whole values would let the last of two equal keys win,
// and nest as deep as it is asked to.
func parseJSON(ctx context.Context, body []byte, columns columns, most int, c *claim) (request, error) {
	if !utf8.Valid(body) {
		return request{}, refused(http.StatusBadRequest, "the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	p := &parser{ctx: ctx, d: d, body: body, columns: columns, claim: c, most: most, row: -1, lenient: bytes.Contains(body, []byte(`"on_error"`))}
	if err := p.object(); err != nil {
		return request{}, err
	}
	r := request{p.rows, p.onError}
	if p.first != nil && !r.each() {
		return request{}, p.first
	}
	return r, nil
}

type parser struct {
	ctx     context.Context // ends when the client is gone, or its time is up
	d       *json.Decoder
	body    []byte
	columns columns
	claim   *claim // of what rows and values take
	most    int
	rows    []infer.Row
	row     int    // where it is; -1 before the first
	field   string // "" outside of a value
	tokens  int
	strange int // keys of this row that are of no column, or occur twice

	onError string   // as asked for; empty: not yet, or not at all
	lenient bool     // it may be asked for
	first   *refusal // of a value, that was kept in its place
}

const halfPair = `half of a surrogate pair (\ud800 to \udfff) stands alone`

const shape = `expected {"rows":[{"<column>": value, …}]}`

// wrong is a refusal at the place of the parser.
func (p *parser) wrong(format string, args ...any) error {
	return refused(http.StatusBadRequest, format, args...).at(p.row, p.field)
}

func (p *parser) token() (json.Token, error) {
	const between = 256 // tokens, which take some ten microseconds
	if p.tokens++; p.tokens%between == 0 {
		if p.ctx.Err() != nil {
			return nil, p.ctx.Err()
		}
		runtime.Gosched() // whoever asks for little goes first
	}
	t, err := p.d.Token()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, p.wrong("the body ends inside its JSON; %s", shape)
	case err != nil:
		return nil, p.wrong("the body is not JSON: %s", clip(err.Error()))
	}
	return t, nil
}

func (p *parser) object() error {
	if t, err := p.token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return p.wrong("the body is no JSON object; %s", shape)
	}
	for p.d.More() {
		key, err := p.token()
		if err != nil {
			return err
		}
		if key == "on_error" {
			p.row, p.field = -1, "on_error"
			if err := p.policy(); err != nil {
				return err
			}
			continue
		}
		if key != "rows" {
			name, _ := key.(string)
			p.field = name
			if near := nearest.Name(name, []string{"rows", "on_error"}); near != "" {
				return p.wrong("the body has no such key (did you mean %q?)", near)
			}
			return p.wrong("the body has no such key; %s", shape)
		}
		if p.rows != nil {
			p.row, p.field = -1, "rows"
			return p.wrong("the key occurs twice")
		}
		if err := p.array(); err != nil {
			return err
		}
	}
	if _, err := p.token(); err != nil {
		return err
	}
	p.row = -1
	if _, err := p.d.Token(); err != io.EOF {
		return p.wrong("the body goes on after its JSON")
	}
	if len(p.rows) == 0 {
		p.field = "rows"
		return p.wrong("there are no rows; %s", shape)
	}
	return nil
}

func (p *parser) array() error {
	p.field = "rows"
	if t, err := p.token(); err != nil {
		return err
	} else if t != json.Delim('[') {
		return p.wrong("is no array of rows; %s", shape)
	}
	p.rows = []infer.Row{}
	for p.d.More() {
		if p.row++; p.row == p.most {
			return refused(http.StatusRequestEntityTooLarge, "more than %d rows; send them in several requests", p.most)
		}
		p.field = ""
		row, err := p.oneRow()
		if err != nil {
			return err
		}
		p.rows = append(p.rows, row)
	}
	_, err := p.token()
	return err
}

// oneRow reads one row.
func (p *parser) oneRow() (infer.Row, error) {
	if t, err := p.token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, p.wrong("the row is no object; %s", shape)
	}
	if err := p.claim.hold(rowBytes); err != nil {
		return nil, err
	}
	row := infer.Row{}
	p.strange = 0
	for p.d.More() {
		from := p.d.InputOffset()
		key, err := p.token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		p.field = name
		if data.LoneSurrogate(p.body[from:p.d.InputOffset()]) {
			return nil, p.wrong(halfPair)
		}
		_, known := p.columns[name]
		_, twice := row[name]
		if !known || twice {
			if p.strange++; p.strange > mostStrange {
				return nil, tooStrange(p.row, name)
			}
		}
		value, err := p.value()
		if twice && err == nil {
			value, err = p.unusable(p.wrong("the field occurs twice"))
		}
		if err != nil {
			return nil, err
		}
		if err := p.claim.hold(valueCost(len(name) + size(value))); err != nil {
			return nil, err
		}
		row[name] = value
		p.field = ""
	}
	_, err := p.token()
	return row, err
}

// size is the bytes of a value that are not in the interface.
func size(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case json.Number:
		return len(v)
	case []byte:
		return cap(v)
	case []json.Number:
		n := 16 * cap(v)
		for _, number := range v {
			n += len(number)
		}
		return n
	case *infer.Error:
		return len(v.Field) + len(v.Message) + 128
	}
	return 0
}

func (p *parser) value() (any, error) {
	from := p.d.InputOffset()
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	text, isText := t.(string)
	switch {
	case t == nil:
		return nil, nil
	case isText && p.columns.file(p.field):
		return p.file(text)
	case isText:
		if data.LoneSurrogate(p.body[from:p.d.InputOffset()]) {
			return p.unusable(p.wrong(halfPair))
		}
		return text, nil
	}
	if t == json.Delim('[') && p.columns.list(p.field) {
		return p.list()
	}
	if _, nested := t.(json.Delim); nested {
		v, err := p.unusable(p.wrong("is an object or an array, expected a text, a number, true, false or null"))
		if err == nil {
			err = p.stepOver()
		}
		return v, err
	}
	if p.columns.file(p.field) {
		return p.unusable(p.wrong("is %s, expected an image file in base64", clip(fmt.Sprint(t))))
	}
	return t, nil
}

// list reads the numbers of an array that has begun.
func (p *parser) list() (any, error) {
	numbers := []json.Number{}
	for p.d.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		n, ok := t.(json.Number)
		if !ok || len(numbers) == data.MostNumbers {
			v, err := p.unusable(p.wrong("is no list of numbers, at most %d of them", data.MostNumbers))
			if err != nil {
				return nil, err
			}
			if _, nested := t.(json.Delim); nested {
				if err := p.stepOver(); err != nil {
					return nil, err
				}
			}
			return v, p.stepOver()
		}
		numbers = append(numbers, n)
	}
	_, err := p.token()
	return numbers, err
}

// file decodes base64, or a data URL of it.
func (p *parser) file(text string) (any, error) {
	b, err := decodeFile(text)
	if err != nil {
		return p.unusable(p.wrong("%v", err))
	}
	if b == nil {
		return nil, nil
	}
	return b, nil
}
