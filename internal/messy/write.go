package messy

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// dialect is how the table is written down.
type dialect struct {
	separator string
	decimal   string
	thousands string
	encoding  string
	quoted    bool // every cell stands in quotes
	ends      string
	mark      bool // a byte order mark comes first
	last      bool // the last line has an end
	index     bool // the first column has no name and counts the rows, as pandas writes it
	trailing  bool // a separator stands at the end of every line
	comments  bool // lines that are none of the table come first
}

// write writes the table in one of many ways.
func (m *maker) write() {
	r := &m.table.Reading
	r.Rows = m.rows
	name := m.pick("data", "my table", "Tabelle-1")
	var b []byte
	switch m.choose(9) {
	case 0:
		m.trait("JSON lines")
		m.table.Name, r.Format, b = name+".jsonl", "jsonl", m.objects("", "\n", "")
	case 1:
		m.trait("a JSON array")
		m.table.Name, r.Format, b = name+".json", "json", m.objects("[", ",\n ", "]")
	case 2:
		m.trait("tabs")
		m.table.Name, r.Format, b = name+".tsv", "csv", m.encoded(m.delimited(m.dialect("\t")))
	default:
		m.table.Name, r.Format, b = name+".csv", "csv", m.encoded(m.delimited(m.dialect(m.pick(",", ",", ",", ";", "|", "\t"))))
	}
	if m.once(8) {
		m.trait("compressed")
		m.table.Name, b = m.table.Name+".gz", compressed(b)
	}
	m.table.Files[m.table.Name] = b
}

// dialect draws how cells are written.
func (m *maker) dialect(separator string) dialect {
	r := &m.table.Reading
	d := dialect{separator: separator, decimal: ".", ends: m.pick("\n", "\n", "\r\n"), last: !m.once(6)}
	d.quoted, d.index, d.trailing, d.comments = m.once(6), m.once(8), m.once(10), m.once(10)
	if separator != "," && m.once(2) {
		d.decimal = ","
		m.trait("decimal comma")
	}
	if slices.ContainsFunc(m.columns, func(c column) bool { return c.grouped }) {
		d.thousands = map[string]string{".": m.pick(",", "'"), ",": m.pick(".", " ")}[d.decimal]
		m.trait("thousands by " + d.thousands)
	}
	switch m.choose(8) {
	case 0:
		d.mark = true
		m.trait("byte order mark")
	case 1:
		d.encoding = "cp1252"
		m.trait("Windows-1252")
	case 2:
		d.encoding = "utf-16"
		m.trait("UTF-16")
	}
	for trait, is := range map[string]bool{
		"Windows line ends": d.ends != "\n", "every cell in quotes": d.quoted, "an index without a name": d.index, "a separator at the end": d.trailing,
		"comments": d.comments, "separated by " + separator: true, "no line end at the end": !d.last,
	} {
		if is {
			m.trait(trait)
		}
	}
	slices.Sort(m.table.Traits)
	r.Sep, r.Decimal, r.Thousands, r.Encoding = d.separator, d.decimal, d.thousands, d.encoding
	if d.comments {
		r.Comment = "#"
	}
	return d
}

// encoded is a text in the table's encoding.
func (m *maker) encoded(b []byte) []byte {
	var out []byte
	switch m.table.Reading.Encoding {
	case "cp1252":
		for _, r := range string(b) {
			if r >= 0x80 && r < 0xa0 || r > 0xff {
				r = '?'
			}
			out = append(out, byte(r))
		}
	case "utf-16":
		out = []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(string(b))) {
			out = append(out, byte(u), byte(u>>8))
		}
	default:
		return b
	}
	return out
}

// number writes a number as the dialect has it.
func (d dialect) number(c column, text string) string {
	whole, fraction, ok := strings.Cut(text, ".")
	if !ok || !c.plain {
		return text
	}
	if c.grouped && d.thousands != "" {
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + d.thousands + whole[at:]
		}
	}
	return whole + d.decimal + fraction
}

// delimited is the table as lines of cells.
func (m *maker) delimited(d dialect) []byte {
	var b bytes.Buffer
	if d.mark {
		b.WriteString("\ufeff")
	}
	if d.comments {
		b.WriteString("# made by hand" + d.ends + "# for 2024" + d.ends)
	}
	for row := -1; row < m.rows; row++ {
		if d.index {
			if row >= 0 {
				fmt.Fprint(&b, row)
			}
			b.WriteString(d.separator)
		}
		for i, c := range m.columns {
			if i > 0 {
				b.WriteString(d.separator)
			}
			text := c.name
			if row >= 0 {
				text = d.number(c, c.cells[row])
			}
			b.WriteString(d.cell(text))
		}
		if d.trailing {
			b.WriteString(d.separator)
		}
		if row < m.rows-1 || d.last {
			b.WriteString(d.ends)
		}
	}
	return b.Bytes()
}

func (d dialect) cell(text string) string {
	if text == "" || !d.quoted && !strings.ContainsAny(text, "\"\n\r#"+d.separator) {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// objects is the table as JSON objects. An empty cell is null or not there.
func (m *maker) objects(open, between, end string) []byte {
	var b bytes.Buffer
	b.WriteString(open)
	for row := range m.rows {
		if row > 0 {
			b.WriteString(between)
		}
		b.Write(m.object(row))
	}
	b.WriteString(end + "\n")
	return b.Bytes()
}

func (m *maker) object(row int) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	first := true
	for i, c := range m.columns {
		cell := c.cells[row]
		if cell == "" && (row+i)%2 == 0 && row > 0 { // the first row has every key
			continue
		}
		if !first {
			b.WriteString(", ")
		}
		first = false
		fmt.Fprintf(&b, "%s: %s", literal(c.name), value(c, cell))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// value is a cell in JSON: a number is one, and a truth.
func value(c column, cell string) string {
	switch {
	case cell == "":
		return "null"
	case cell == "true" || cell == "false":
		return cell
	case c.plain && json.Valid([]byte(cell)) && strings.Trim(cell, "0123456789.-") == "":
		return cell
	}
	return literal(cell)
}

func literal(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // of a string
	}
	return string(b)
}

// compressed is a file by gzip.
func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		panic(err) // into memory
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
