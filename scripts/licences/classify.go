package main

import (
	"regexp"
	"slices"
	"strings"
)

// A licence is recognised by sentences that no other licence contains, all of them, in the form
// produced by plain.
type licence struct {
	name      string // its SPDX identifier
	sentences []string
}

const (
	permission = "permission is hereby granted, free of charge, to any person obtaining a copy"
	bsd        = "redistributions in binary form must reproduce the above copyright notice"
	endorse    = "endorse or promote products derived from this software without specific prior written permission"
)

// accepted licences may be linked into a program distributed under the Apache License.
var accepted = []licence{
	{"MIT", []string{permission, "the above copyright notice and this permission notice shall be included in all copies or substantial portions of the software"}},
	{"BSD-3-Clause", []string{bsd, endorse}},
	{"BSD-2-Clause", []string{bsd}},
	{"Apache-2.0", []string{"apache license version 2.0, january 2004", "terms and conditions for use, reproduction, and distribution"}},
	{"Apache-2.0", []string{"licensed under the apache license, version 2.0"}},
	{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"}},
	{"ISC", []string{"permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted"}},
	{"MPL-2.0", []string{"mozilla public license version 2.0", "each contributor hereby grants you a world-wide, royalty-free, non-exclusive license"}},
	{"Zlib", []string{"this notice may not be removed or altered from any source distribution"}},
	{"Unlicense", []string{"this is free and unencumbered software released into the public domain"}},
	{"CC0-1.0", []string{"cc0 1.0 universal", "waive"}},
	{"BSL-1.0", []string{"boost software license - version 1.0", "permission is hereby granted, free of charge, to any person or organization obtaining a copy"}},
}

// refused are words of licences and conditions that are not accepted, beside
// whatever else a text says.
var refused = []licence{
	{"GPL", []string{"gnu general public license"}},
	{"LGPL", []string{"gnu lesser general public license"}},
	{"LGPL", []string{"gnu library general public license"}},
	{"AGPL", []string{"affero general public license"}},
	{"SSPL", []string{"server side public license"}},
	{"BUSL", []string{"business source license"}},
	{"Elastic", []string{"elastic license"}},
	{"EPL", []string{"eclipse public license"}},
	{"CDDL", []string{"common development and distribution license"}},
	{"BSD-4-Clause", []string{"all advertising materials mentioning features or use of this software must display"}},
	{"JSON", []string{"the software shall be used for good, not evil"}},
	{"Commons Clause", []string{"commons clause"}},
	{"non-commercial", []string{"noncommercial"}},
	{"non-commercial", []string{"non-commercial"}},
	{"non-commercial", []string{"not for commercial use"}},
}

// secondary is the one place where an accepted licence names refused ones.
const secondary = "means either the gnu general public license, version 2.0, the gnu lesser general public license, version 2.1, the gnu affero general public license, version 3.0, or any later versions of those licenses"

// read are licence files that were read by a person: what they say is refused is of
// code that is not linked.
var read = []struct {
	module, version string // "" is any version
	file            string
	names           []string
}{
	// OpenSSL in binaries of Arrow for C++.
	{"github.com/apache/arrow/go/arrow", "v0.0.0-20211112161151-bc219186db40", "LICENSE.txt", []string{"BSD-4-Clause", "non-commercial"}},
	// An object file that is linked with GOEXPERIMENT=boringcrypto alone.
	{"std", "", "src/crypto/internal/boring/LICENSE", []string{"BSD-4-Clause", "non-commercial"}},
}

// unread are the names that nobody said to be of other code.
func unread(names []string, module, version, file string) []string {
	for _, r := range read {
		if r.module == module && (r.version == "" || r.version == version) && r.file == file {
			names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(r.names, name) })
		}
	}
	return names
}

// classify gives the names of all licences that a text has, of those that are
// accepted and of those that are not. Of a text that is not known it gives none.
func classify(text string) (good, bad []string) {
	t := strings.ReplaceAll(plain(text), secondary, "")
	found := func(all []licence) (names []string) {
		for _, l := range all {
			has := func(s string) bool { return strings.Contains(t, s) }
			if !slices.Contains(names, l.name) && !slices.ContainsFunc(l.sentences, func(s string) bool { return !has(s) }) {
				names = append(names, l.name)
			}
		}
		return names
	}
	good, bad = found(accepted), found(refused)
	if i := slices.Index(good, "BSD-2-Clause"); i >= 0 && slices.Contains(good, "BSD-3-Clause") {
		good = slices.Delete(good, i, i+1) // of which it is a part
	}
	return good, bad
}

var (
	decoration = regexp.MustCompile("(?m)^[ \t]*(//|#+|\\*+|>|--)|[\"'`“”‘’*_]")
	blanks     = regexp.MustCompile(`\s+`)
)

// plain is a text in lower case, without what differs between copies of a licence:
// line breaks, marks of comments and quotes.
func plain(text string) string {
	return strings.TrimSpace(blanks.ReplaceAllString(decoration.ReplaceAllString(strings.ToLower(text), " "), " "))
}
