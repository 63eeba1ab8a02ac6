package words

import (
	"fmt"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Config configures how a text is normalised. The zero value cleans and splits, and changes nothing
// else.
type Config struct {
	// Normalization is a Unicode normal form: none (or empty), nfc, nfd, nfkc or nfkd. The k forms
	// also replace compatibility characters (ligatures, full-width letters, superscripts) with
	// their plain equivalents.
	Normalization string
	// Lowercase maps letters to lower case.
	Lowercase bool
	// StripAccents removes accents and other nonspacing marks.
	StripAccents bool
}

// Forms lists the values of Config.Normalization.
func Forms() []string { return []string{"none", "nfc", "nfd", "nfkc", "nfkd"} }

// A ConfigError reports an unknown normal form. Exit code 2.
type ConfigError struct{ Normalization string }

func (e *ConfigError) Error() string {
	return fmt.Sprintf("normalization: %q is not a Unicode normal form; expected one of %s", e.Normalization, strings.Join(Forms(), ", "))
}

// ExitCode is 2, for an invalid config.
func (*ConfigError) ExitCode() int { return 2 }

// A Span is a range of bytes [Start, End) of a text.
type Span struct{ Start, End int }

// A Splitter splits texts into words in a fixed way. It is immutable and safe for concurrent use.
type Splitter struct {
	config    Config
	form      form
	ascii     *[128]asciiKind
	codepoint *codepointTable
	pairs     map[[2]rune]rune
}

// New returns the Splitter for a Config. It returns a *ConfigError if the normal form is unknown.
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

// Config returns the Splitter's Config, with "none" for an empty normal form.
func (s *Splitter) Config() Config { return s.config }

// Words returns the words of a text. Use a Scanner in loops over many texts.
func (s *Splitter) Words(text string) []string {
	var out []string
	sc := s.Scanner(false)
	for sc.Reset(text); sc.Next(); {
		out = append(out, string(sc.Word()))
	}
	return out
}

// codepoints creates the table of all code points at first use: 1.1 MB, one byte per code point, in
// well under a millisecond.
var codepoints = sync.OnceValue(newCodepointTable)
