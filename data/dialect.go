package data

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Dialect is how a table was written, as far as its format leaves that open.
// The zero value is a CSV as RFC 4180 has it, in UTF-8, with decimal points.
type Dialect struct {
	// What separates the cells of a CSV: one character, or tab; by default a comma, and a tab in a .tsv.
	Separator string `yaml:"separator,omitempty" json:"separator,omitempty"`
	// What the letters of the table are written in: utf-8 (the default), latin1, windows-1252, utf-16 or another name of the WHATWG's list.
	Encoding string `yaml:"encoding,omitempty" json:"encoding,omitempty"`
	// The decimal mark of numbers: . (the default) or a comma. Numbers of JSON always have a point.
	Decimal string `yaml:"decimal,omitempty" json:"decimal,omitempty"`
	// What stands between groups of three digits: a comma, a point, an apostrophe, _ or space; by default nothing may.
	Thousands string `yaml:"thousands,omitempty" json:"thousands,omitempty"`
	// Texts that stand for an empty cell, in every column and wherever rows come from, spaces around them left aside.
	MissingValues []string `yaml:"missing_values,flow,omitempty" json:"missing_values,omitempty" validate:"unique"`
	// A character that begins lines of a CSV that are no rows.
	Comment string `yaml:"comment,omitempty" json:"comment,omitempty"`
	// How the file is compressed: none, gzip or zstd; by default what its first bytes say.
	Compression string `yaml:"compression,omitempty" json:"compression,omitempty" validate:"omitempty,oneof=none gzip zstd"`
}

// Values of Dialect.Compression.
const (
	compressionNone = "none"
	compressionGzip = "gzip"
	compressionZstd = "zstd"
)

// Validate returns a *ConfigError for what the tags cannot say.
func (d Dialect) Validate() error {
	if _, err := oneCharacter("separator", d.Separator); err != nil {
		return err
	}
	comment, err := oneCharacter("comment", d.Comment)
	if err != nil {
		return err
	}
	if comment != 0 && (comment == d.comma(CSV) || comment == ' ') {
		return &ConfigError{"comment", fmt.Sprintf("%q cannot begin a comment: it is the separator, or a blank", d.Comment)}
	}
	if d.Decimal != "" && d.Decimal != "." && d.Decimal != "," {
		return &ConfigError{"decimal", fmt.Sprintf("is %q, expected . or ,", d.Decimal)}
	}
	if err := d.Numbers().validate(); err != nil {
		return err
	}
	if !slices.Contains([]string{"", compressionNone, compressionGzip, compressionZstd}, d.Compression) {
		return &ConfigError{"compression", fmt.Sprintf("is %q, expected none, gzip or zstd", d.Compression)}
	}
	for _, v := range d.MissingValues {
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return &ConfigError{"missing_values", show(v) + " is not a text"}
		}
	}
	return checkEncoding(d.Encoding)
}

// oneCharacter is the byte that an option names; 0 where it is left out.
func oneCharacter(key, value string) (byte, error) {
	switch {
	case value == "":
		return 0, nil
	case value == "tab" || value == "\t":
		return '\t', nil
	case len(value) == 1 && value[0] >= ' ' && value[0] < utf8.RuneSelf && value != `"` && value != "\x7f":
		return value[0], nil
	}
	return 0, &ConfigError{key, fmt.Sprintf("is %s, expected one character of ASCII other than a quote, or tab", show(value))}
}

// comma is the separator of a format's cells.
func (d Dialect) comma(format Format) byte {
	if c, err := oneCharacter("separator", d.Separator); err == nil && c != 0 {
		return c
	}
	if format == TSV {
		return '\t'
	}
	return ','
}

// Numbers is how texts write numbers.
func (d Dialect) Numbers() NumberFormat {
	f := NumberFormat{Decimal: d.Decimal, Thousands: d.Thousands}
	if f.Decimal == "." {
		f.Decimal = ""
	}
	if f.Thousands == "space" {
		f.Thousands = " "
	}
	return f
}

// Missing says whether a text stands for an empty cell.
func (d Dialect) Missing(text string) bool {
	return isMarker(d.MissingValues, text)
}

func isMarker(markers []string, text string) bool {
	return len(markers) > 0 && (slices.Contains(markers, strings.Trim(text, " \t")) || slices.Contains(markers, text))
}
