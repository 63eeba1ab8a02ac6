package data

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Sniffed is a key of a Dialect that a table was found to need, and why.
type Sniffed struct{ Key, Why string }

// sniffBytes is how much of a file is looked at for its separator.
const sniffBytes = 1 << 20

// Sniff looks at a whole table for how it is written: its encoding, and, of a
// CSV, what separates its cells and begins its comments; then how its columns of
// numbers write them, and which of their cells stand for none. What it cannot
// tell from the zero Dialect stays as that has it.
func Sniff(ctx context.Context, path string) (Dialect, []Sniffed, error) {
	format, err := FormatOf(path)
	if err != nil {
		return Dialect{}, nil, err
	}
	s := &sniffer{path: path, format: format}
	if err := s.text(ctx); err != nil {
		return s.dialect, s.found, err
	}
	if format == CSV || format == TSV {
		if err := s.shape(); err != nil {
			return s.dialect, s.found, err
		}
	}
	r, err := Open(path, Options{Dialect: s.dialect, Used: []string{}, Bad: &BadRows{Most: math.MaxInt}})
	if err != nil {
		return s.dialect, s.found, err
	}
	defer r.Close()
	t, err := ReadAll(ctx, r)
	if err != nil {
		return s.dialect, s.found, err
	}
	err = s.cells(ctx, t)
	return s.dialect, s.found, err
}

type sniffer struct {
	path    string
	format  Format
	dialect Dialect
	found   []Sniffed
}

func (s *sniffer) say(key, format string, args ...any) {
	s.found = append(s.found, Sniffed{key, fmt.Sprintf(format, args...)})
}

// bytes opens the file, unpacked.
func (s *sniffer) bytes() (*bufio.Reader, io.Closer, error) {
	info, err := os.Stat(s.path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, nil, &FileError{s.path, fmt.Errorf("not a regular file")}
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, nil, &FileError{s.path, err}
	}
	in, err := unpack(bufio.NewReaderSize(f, 1<<16), s.path, "")
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return bufio.NewReaderSize(in, 1<<16), f, nil
}

// text finds the encoding.
func (s *sniffer) text(ctx context.Context) error {
	in, file, err := s.bytes()
	if err != nil {
		return err
	}
	defer file.Close()
	head, _ := in.Peek(4)
	switch h := string(head); {
	case strings.HasPrefix(h, "\xff\xfe"), strings.HasPrefix(h, "\xfe\xff"):
		s.dialect.Encoding = "utf-16"
		s.say("encoding", "the file begins with the mark of UTF-16")
		return nil
	case len(h) == 4 && h[0] == 0 && h[1] != 0:
		s.dialect.Encoding = "utf-16be"
		s.say("encoding", "the file has two bytes a letter, the greater first")
		return nil
	case len(h) == 4 && h[1] == 0 && h[0] != 0:
		s.dialect.Encoding = "utf-16le"
		s.say("encoding", "the file has two bytes a letter, the lesser first")
		return nil
	case strings.HasPrefix(h, string(byteOrderMark)):
		return nil // it says that it is UTF-8
	}
	line, first, undefined, err := scanEncoding(ctx, in)
	if err != nil || line == 0 {
		return err
	}
	s.dialect.Encoding = "windows-1252"
	if undefined {
		s.dialect.Encoding = "latin1"
	}
	s.say("encoding", "line %d is not UTF-8 (byte 0x%02x); where letters look wrong, it is another", line, first)
	return nil
}

// scanEncoding finds the first line that is not UTF-8 (0: there is none) with its
// first byte that is not, and whether any byte means nothing in windows-1252.
func scanEncoding(ctx context.Context, in *bufio.Reader) (line int, first byte, undefined bool, err error) {
	var left []byte // of a letter that the last piece cut
	at := 1
	for {
		if err := ctx.Err(); err != nil {
			return 0, 0, false, err
		}
		piece := make([]byte, len(left), 1<<16)
		copy(piece, left)
		n, err := in.Read(piece[len(left):cap(piece)])
		piece = piece[:len(left)+n]
		undefined = undefined || slices.ContainsFunc(piece, func(b byte) bool { return slices.Contains([]byte{0x81, 0x8d, 0x8f, 0x90, 0x9d}, b) })
		left = nil
		if line == 0 {
			valid := validPrefix(piece)
			rest := piece[valid:]
			if len(rest) > 0 && (err == io.EOF || utf8.FullRune(rest)) {
				line, first = at+strings.Count(string(piece[:valid]), "\n"), rest[0]
			} else {
				left = rest
			}
			at += strings.Count(string(piece[:valid]), "\n")
		}
		if err == io.EOF {
			return line, first, undefined, nil
		}
		if err != nil {
			return 0, 0, false, err
		}
	}
}

// validPrefix is how many bytes of b are UTF-8.
func validPrefix(b []byte) int {
	if utf8.Valid(b) {
		return len(b)
	}
	i := 0
	for i < len(b) {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	return i
}

// shape finds separator and comments, by cutting the beginning of the file in
// each way that there is.
func (s *sniffer) shape() error {
	in, file, err := s.bytes()
	if err != nil {
		return err
	}
	defer file.Close()
	r := &Reader{name: s.path}
	if r.encoding, err = findEncoding(s.dialect.Encoding); err != nil {
		return err
	}
	if in, err = r.decode(in); err != nil {
		return err
	}
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return r.wrap(err)
	}
	text := string(head[:n])
	whole := err != nil
	usual := Dialect{}.comma(s.format)
	comment := byte(0)
	if strings.HasPrefix(text, "#") && !isHeader(text, usual) {
		comment = '#'
		s.dialect.Comment = "#"
		s.say("comment", "the file begins with lines that do")
	}
	best, width := usual, 0
	for _, c := range []byte{usual, ',', ';', '\t', '|'} {
		if w := evenWidth(text, c, comment, whole); w > width {
			best, width = c, w
		}
	}
	if best != usual {
		s.dialect.Separator = string(rune(best))
		if best == '\t' {
			s.dialect.Separator = "tab"
		}
		s.say("separator", "it cuts every row in %d cells", width)
	}
	return nil
}

// isHeader says whether a first line that begins as a comment does is cut as the
// one behind it.
func isHeader(text string, usual byte) bool {
	lines := strings.SplitN(text, "\n", 3)
	if len(lines) < 2 || strings.HasPrefix(lines[1], "#") {
		return false
	}
	for _, c := range []byte{usual, ';', '\t', '|'} {
		if n := strings.Count(lines[0], string(rune(c))); n > 0 && n == strings.Count(lines[1], string(rune(c))) {
			return true
		}
	}
	return false
}

// evenWidth is how many cells a separator cuts rows in, where nearly all have as
// many; 0 where they do not, or have one.
func evenWidth(text string, comma, comment byte, whole bool) int {
	const nearly = 0.95
	in := newCSVScanner(strings.NewReader(text), comma, comment)
	width, rows, even := 0, 0, 0
	for {
		if err := in.next(); err != nil {
			if err != io.EOF && (whole || in.at < in.end) {
				return 0
			}
			break // where the text was cut, a quote may be open
		}
		if width == 0 {
			width = len(in.ends)
			continue
		}
		if !whole && in.at == in.end && in.readErr != nil {
			break // the last row may be cut off
		}
		rows++
		if n := len(in.ends); n == width || n == width+1 && in.ends[n-1] == in.ends[n-2] {
			even++
		}
	}
	if width < 2 || float64(even) < nearly*float64(rows) {
		return 0
	}
	return width
}

// emptyMarks are what people write where there is no value.
var emptyMarks = []string{
	"NA", "N/A", "n/a", "na", "#N/A", "#NA", "<NA>", "#N/A N/A", "NaN", "nan", "NAN", "-NaN", "-nan", "NULL", "Null", "null", "None", "none", "NONE",
	"-", "--", "?", ".", "n.a.", "\u2013", "\u2014", "1.#QNAN", "-1.#IND", "#DIV/0!", "#VALUE!",
}

// leastNumbers is the share of a column's filled cells that must be numbers for
// the others to be markers of missing ones.
const leastNumbers = 0.5

// cells finds how numbers are written, and what stands for none.
func (s *sniffer) cells(ctx context.Context, t *Table) error {
	plain, plainUnits := columnsOf(ctx, t, NumberFormat{}, false), columnsOf(ctx, t, NumberFormat{}, true)
	best, most, units := NumberFormat{}, plain, plainUnits
	formats := slices.Clone(numberFormats)
	if s.format == CSV && s.dialect.Separator == "" { // where a comma cuts cells, it is rarely a decimal mark too
		formats[0], formats[1] = formats[1], formats[0]
	}
	for _, f := range formats {
		n := columnsOf(ctx, t, f, false)
		if len(n) < len(most) || !containsAll(n, most) {
			continue
		}
		// What looks like a unit may be a code, so it decides only where plain numbers do not.
		if u := columnsOf(ctx, t, f, true); len(n) > len(most) || len(u) > len(units) && containsAll(u, units) {
			best, most, units = f, n, u
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	gained := append(without(most, plain), without(units, plainUnits)...) // none only if best is plain
	if best.Decimal != "" {
		s.dialect.Decimal = best.Decimal
		s.say("decimal", "the numbers of %s have it", show(gained[0]))
	}
	if best.Thousands != "" {
		s.dialect.Thousands = best.Thousands
		if best.Thousands == " " {
			s.dialect.Thousands = "space"
		}
		s.say("thousands", "the numbers of %s have it between groups of three digits", show(gained[0]))
	}
	numeric := make(map[string]bool, len(units))
	for _, name := range units {
		numeric[name] = true
	}
	for _, c := range t.Columns {
		if !numeric[c.Name] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		marks := map[string]int{}
		for _, cell := range c.All() {
			if m := strings.Trim(cell.Text, " \t"); !cell.Missing() && slices.Contains(emptyMarks, m) {
				marks[m]++
			}
		}
		for _, m := range sortedKeys(marks) {
			if !slices.Contains(s.dialect.MissingValues, m) {
				s.dialect.MissingValues = append(s.dialect.MissingValues, m)
				s.say("missing_values", "%s in %s of %s, whose others are numbers", show(m), plural(marks[m], "cell"), show(c.Name))
			}
		}
	}
	return nil
}

// numberFormats are tried in this order, the simplest first.
var numberFormats = []NumberFormat{
	{Decimal: ","}, {Thousands: ","}, {Thousands: "'"}, {Thousands: " "},
	{Decimal: ",", Thousands: "."}, {Decimal: ",", Thousands: " "}, {Decimal: ",", Thousands: "'"},
}

// columnsOf are the columns whose filled cells are numbers of a format, but for markers of
// missing values; with units, those too that have one unit beside their numbers. Once ctx
// has ended, it stops looking.
func columnsOf(ctx context.Context, t *Table, f NumberFormat, units bool) []string {
	var names []string
	for _, c := range t.Columns {
		if ctx.Err() != nil {
			return names
		}
		numbers, marks, unit := 0, 0, ""
		for _, cell := range c.All() {
			if cell.Missing() {
				continue
			}
			if slices.Contains(emptyMarks, strings.Trim(cell.Text, " \t")) {
				marks++
				continue
			}
			_, err := f.ofUnit(cell, unit)
			if err != nil && units && unit == "" {
				unit = UnitBeside(cell.Text)
				_, err = f.ofUnit(cell, unit)
			}
			if err != nil {
				numbers = -1
				break
			}
			numbers++
		}
		if numbers > 0 && float64(numbers) >= leastNumbers*float64(numbers+marks) {
			names = append(names, c.Name)
		}
	}
	return names
}

// without are the strings of one list that are not in another.
func without(of, these []string) []string {
	out := make(map[string]bool, len(these)) // a table may have a million columns
	for _, s := range these {
		out[s] = true
	}
	return slices.DeleteFunc(slices.Clone(of), func(s string) bool { return out[s] })
}

func containsAll(of, these []string) bool {
	return len(without(these, of)) == 0
}
