package words

import (
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Config says how a text is normalised. The zero value cleans and splits, and
// changes nothing else.
type Config struct {
	// Normalization is a Unicode normal form: none (or empty), nfc, nfd, nfkc
	// or nfkd. The k forms also replace look-alikes (ligatures, full-width
	// letters, superscripts) by what they stand for.
	Normalization string
	// Lowercase maps letters to lower case.
	Lowercase bool
	// StripAccents takes accents and other nonspacing marks away.
	StripAccents bool
}

// Forms lists the values of Config.Normalization.
func Forms() []string { return []string{"none", "nfc", "nfd", "nfkc", "nfkd"} }

// A ConfigError is a normalisation that does not exist. Exit code 2.
type ConfigError struct{ Normalization string }

func (e *ConfigError) Error() string {
	return fmt.Sprintf("normalization: %q is not a Unicode normal form; expected one of %s", e.Normalization, strings.Join(Forms(), ", "))
}

// ExitCode is 2: the configuration is wrong.
func (*ConfigError) ExitCode() int { return 2 }

// A Span is a range of bytes [Start, End) of a text.
type Span struct{ Start, End int }

// A Splitter cuts texts into words in one fixed way. It is immutable and safe
// for concurrent use.
type Splitter struct {
	config    Config
	form      form
	ascii     *[128]asciiKind
	codepoint *codepointTable
	pairs     map[[2]rune]rune
}

// New returns the Splitter of a Config. It returns a *ConfigError when the
// normal form is unknown.
func New(c Config) (*Splitter, error) {
	s := &Splitter{config: c, codepoint: codepoints(), pairs: pairs(), ascii: &asciiKept}
	if c.Lowercase {
		s.ascii = &asciiLower
	}
	switch c.Normalization {
	case "", "none":
		s.config.Normalization = "none"
		s.form = form{none: true}
	case "nfc":
		s.form = form{whole: norm.NFC, decomposed: norm.NFD, compose: true}
	case "nfd":
		s.form = form{whole: norm.NFD, decomposed: norm.NFD}
	case "nfkc":
		s.form = form{whole: norm.NFKC, decomposed: norm.NFKD, compose: true}
	case "nfkd":
		s.form = form{whole: norm.NFKD, decomposed: norm.NFKD}
	default:
		return nil, &ConfigError{Normalization: c.Normalization}
	}
	return s, nil
}

// Config returns what the Splitter was made from, with "none" for an empty
// normal form.
func (s *Splitter) Config() Config { return s.config }

// Words returns the words of a text. Loops over many texts use a Scanner.
func (s *Splitter) Words(text string) []string {
	var out []string
	sc := s.Scanner(false)
	for sc.Reset(text); sc.Next(); {
		out = append(out, string(sc.Word()))
	}
	return out
}

// codepoints makes the table of all code points at first use: 1.1 MB, one byte
// a code point, in well under a millisecond.
var codepoints = sync.OnceValue(newCodepointTable)
