package data

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Bounds of what is read into memory at once, so that a quote that nobody closes
// ends the reading and not the memory.
const (
	mostCellBytes = 16 << 20
	mostRowBytes  = 64 << 20
	// mostRowCells bounds the cells of a row, which take memory though they are empty.
	mostRowCells = 1 << 21
)

// csvScanner cuts bytes into records of cells, by RFC 4180 and strictly: a quote
// begins a cell or stands doubled in one that it began. Line ends are LF or
// CR LF, and are kept as they are within quotes. It reads the file once, in a
// buffer of fixed size, and keeps one record.
type csvScanner struct {
	in      io.Reader
	comma   byte
	comment byte // begins lines that are no records; 0: none does
	// lax says of which columns a cell may be larger than fits in memory, by column:
	// its text is then left out. nil: of none.
	lax []bool

	buf      []byte
	at, end  int   // what is read and not yet used is buf[at:end]
	readErr  error // of in, told when all before it is used
	last     byte  // before buf, of what was used
	line     int   // on which buf[at] stands; the first is 1
	comments int   // lines stepped over

	text  []byte // the cells of the record, one behind the other
	ends  []int  // by cell, in text
	start int    // the line on which the record begins
	large []int  // cells that were left out for their size
	drop  bool   // the cell at hand is one of them
}

// scanError says what is wrong with the form of a record.
type scanError struct {
	kind      scanFault
	cell      int // that the fault is in
	character int // on the line, for bareQuote
}

type scanFault int

const (
	bareQuote scanFault = iota // a quote inside an unquoted cell
	openQuote                  // text behind a closing quote, or none that closes
	longCell
	longRow
	manyCells
)

func (e *scanError) Error() string { return "a cell that cannot be read" }

func newCSVScanner(in io.Reader, comma, comment byte) *csvScanner {
	return &csvScanner{in: in, comma: comma, comment: comment, buf: make([]byte, 1<<16), line: 1}
}

// fill reads on, once the buffer is used up. It returns the error of the source
// when there is no more.
func (s *csvScanner) fill() error {
	for s.at == s.end {
		if s.readErr != nil {
			return s.readErr
		}
		if s.end > 0 {
			s.last = s.buf[s.end-1]
		}
		var n int
		n, s.readErr = s.in.Read(s.buf)
		s.at, s.end = 0, n
	}
	return nil
}

// peek is the next byte, unread.
func (s *csvScanner) peek() (byte, error) {
	if s.at == s.end {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	return s.buf[s.at], nil
}

// next reads a record, and steps over blank and comment lines before it. At the
// end it is io.EOF.
func (s *csvScanner) next() error {
	s.text, s.ends, s.large = s.text[:0], s.ends[:0], s.large[:0]
	if cap(s.text) > 1<<22 { // one large record is no reason to keep as much
		s.text = nil
	}
	for {
		b, err := s.peek()
		if err != nil {
			return err
		}
		if b == s.comment && b != 0 {
			s.comments++
			if err := s.skipLine(); err != nil {
				return err
			}
			continue
		}
		if b != '\n' && b != '\r' {
			break
		}
		blank, err := s.blank(b)
		if err != nil {
			return err
		}
		if !blank {
			break
		}
	}
	s.start = s.line
	for {
		last, err := s.cell()
		if err != nil || last {
			return err
		}
		if len(s.text) > mostRowBytes {
			return &scanError{kind: longRow, cell: len(s.ends)}
		}
		if len(s.ends) == mostRowCells {
			return &scanError{kind: manyCells, cell: len(s.ends)}
		}
	}
}

// blank steps over a line without any text.
func (s *csvScanner) blank(first byte) (bool, error) {
	if first == '\n' {
		s.at++
		s.line++
		return true, nil
	}
	// A carriage return is a blank line only before a line feed or the end. It is put
	// back by the record that begins with it.
	if s.at+1 == s.end {
		s.buf[0] = first
		n, err := 0, s.readErr
		if err == nil {
			n, err = s.in.Read(s.buf[1:])
			s.readErr = err
		}
		s.at, s.end = 0, 1+n
		switch {
		case n == 0 && err == nil:
			return s.blank(first)
		case n == 0 && err == io.EOF:
			s.at = s.end
			return true, nil
		case n == 0:
			return false, err
		}
	}
	if s.buf[s.at+1] == '\n' {
		s.at += 2
		s.line++
		return true, nil
	}
	return false, nil
}

func (s *csvScanner) skipLine() error {
	for {
		if err := s.fill(); err != nil {
			return err
		}
		if i := bytes.IndexByte(s.buf[s.at:s.end], '\n'); i >= 0 {
			s.at += i + 1
			s.line++
			return nil
		}
		s.at = s.end
	}
}

// cell reads one, and says whether it is the record's last.
func (s *csvScanner) cell() (last bool, err error) {
	s.drop = false
	b, err := s.peek()
	if err == io.EOF { // behind a separator, the empty last cell of the file
		s.ends = append(s.ends, len(s.text))
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if b == '"' {
		return s.quoted()
	}
	return s.plain()
}

// plain reads a cell without quotes.
func (s *csvScanner) plain() (last bool, err error) {
	from := len(s.text)
	for {
		window := s.buf[s.at:s.end]
		i := 0
		for i < len(window) && window[i] != s.comma && window[i] != '\n' && window[i] != '"' {
			i++
		}
		if err := s.take(window[:i], from); err != nil {
			return false, err
		}
		s.at += i
		if i == len(window) {
			err := s.fill()
			if err == io.EOF {
				s.endCell(from)
				return true, nil
			}
			if err != nil {
				return false, err
			}
			continue
		}
		switch window[i] {
		case s.comma:
			s.at++
			s.ends = append(s.ends, len(s.text))
			return false, nil
		case '\n':
			s.at++
			s.line++
			s.endCell(from)
			return true, nil
		}
		return false, &scanError{bareQuote, len(s.ends), s.character()}
	}
}

// endCell ends a cell at a line end, of which a carriage return is part.
func (s *csvScanner) endCell(from int) {
	if n := len(s.text); n > from && s.text[n-1] == '\r' {
		s.text = s.text[:n-1]
	}
	s.ends = append(s.ends, len(s.text))
}

// take adds text to the cell at hand.
func (s *csvScanner) take(text []byte, from int) error {
	if s.drop {
		return nil
	}
	s.text = append(s.text, text...)
	if len(s.text)-from <= mostCellBytes {
		return nil
	}
	if cell := len(s.ends); cell >= len(s.lax) || !s.lax[cell] {
		return &scanError{kind: longCell, cell: cell}
	}
	s.text, s.large, s.drop = s.text[:from], append(s.large, len(s.ends)), true
	return nil
}

// quoted reads a cell in quotes.
func (s *csvScanner) quoted() (last bool, err error) {
	from := len(s.text)
	s.at++
	for {
		if err := s.fill(); err == io.EOF {
			return false, s.unclosed()
		} else if err != nil {
			return false, err
		}
		window := s.buf[s.at:s.end]
		i := bytes.IndexByte(window, '"')
		if i < 0 {
			i = len(window)
		}
		s.line += bytes.Count(window[:i], newline)
		if err := s.take(window[:i], from); err != nil {
			return false, err
		}
		s.at += i
		if i == len(window) {
			continue
		}
		s.at++
		b, err := s.peek()
		switch {
		case err == io.EOF:
			s.ends = append(s.ends, len(s.text))
			return true, nil
		case err != nil:
			return false, err
		case b == '"':
			if err := s.take(quote, from); err != nil {
				return false, err
			}
			s.at++
		case b == s.comma:
			s.at++
			s.ends = append(s.ends, len(s.text))
			return false, nil
		default:
			return s.behindQuote(b)
		}
	}
}

// unclosed is the error for a quote that is open at the end of the file.
func (s *csvScanner) unclosed() error {
	if s.last == '\n' {
		s.line-- // on which the file ends
	}
	return &scanError{kind: openQuote, cell: len(s.ends)}
}

var newline, quote = []byte("\n"), []byte(`"`)

// behindQuote ends a record behind a closing quote.
func (s *csvScanner) behindQuote(b byte) (last bool, err error) {
	if b == '\r' {
		s.at++
		b, err = s.peek()
		if err == io.EOF {
			s.ends = append(s.ends, len(s.text))
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	if b != '\n' {
		return false, &scanError{kind: openQuote, cell: len(s.ends)}
	}
	s.at++
	s.line++
	s.ends = append(s.ends, len(s.text))
	return true, nil
}

// character is the place of the next byte on its line, as far as the buffer
// still has the line; the first is 1.
func (s *csvScanner) character() int {
	begin := bytes.LastIndexByte(s.buf[:s.at], '\n') + 1
	return utf8.RuneCount(s.buf[begin:s.at]) + 1
}
