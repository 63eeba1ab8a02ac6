package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	mit = `The MIT License (MIT)

// Copyright (c) 2026 Somebody
//
// Permission is hereby granted, free of charge, to any person obtaining
// a copy of this software and associated documentation files (the "Software"), …
// The above copyright notice and this permission notice shall be included in
// all copies or substantial portions of the Software.`
	bsd2 = `Redistributions of source code must retain the above copyright notice.
 * Redistributions in binary form must reproduce the above
   copyright notice, this list of conditions and the following disclaimer`
	bsd3 = bsd2 + `
 * Neither the name of Google Inc. nor the names of its contributors may be used to
   endorse or promote products derived from this software without specific prior written permission.`
	apache = `                                 Apache License
                           Version 2.0, January 2004
   TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION`
	mpl = `Mozilla Public License Version 2.0
1.12. "Secondary License"
    means either the GNU General Public License, Version 2.0, the GNU
    Lesser General Public License, Version 2.1, the GNU Affero General
    Public License, Version 3.0, or any later versions of those licenses.
Each Contributor hereby grants You a world-wide, royalty-free,
non-exclusive license`
)

func TestClassify(t *testing.T) {
	for _, c := range []struct{ text, good, bad string }{
		{mit, "MIT", ""},
		{bsd2, "BSD-2-Clause", ""},
		{bsd3, "BSD-3-Clause", ""},
		{apache, "Apache-2.0", ""},
		{"Licensed under the Apache License,\nVersion 2.0 (the \"License\");", "Apache-2.0", ""},
		{apache + bsd3 + "\n" + mit, "MIT BSD-3-Clause Apache-2.0", ""},
		{"Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is hereby granted", "ISC", ""},
		{mpl, "MPL-2.0", ""},
		{"3. This notice may not be removed or altered from any source\n distribution.", "Zlib", ""},
		{"This is free and unencumbered software released into the public domain.", "Unlicense", ""},
		{"CC0 1.0 Universal … Affirmer hereby … waives", "CC0-1.0", ""},
		{"Boost Software License - Version 1.0 - August 17th, 2003\nPermission is hereby granted, free of charge, to any person or organization\nobtaining a copy", "BSL-1.0", ""},

		{"                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007", "", "GPL"},
		{mit + "\nThe folder x is under the GNU Lesser\n General Public License.", "MIT", "LGPL"},
		{mpl + "\nor under the GNU Affero General Public License", "MPL-2.0", "AGPL"},
		{apache + "\n\"Commons Clause\" License Condition v1.0", "Apache-2.0", "Commons Clause"},
		{mit + "\nfor Non-Commercial use", "MIT", "non-commercial"},
		{mit + "\nThe Software shall be used for Good, not Evil.", "MIT", "JSON"},
		{bsd3 + "\n* 3. All advertising materials mentioning features or use of this\n*    software must display the following", "BSD-3-Clause", "BSD-4-Clause"},
		{"Business Source License 1.1", "", "BUSL"},

		{"", "", ""},
		{"All rights reserved.", "", ""},
		{"MIT", "", ""}, // a name is no permission
		{"Permission is hereby granted, free of charge, to any person obtaining a copy", "", ""},
	} {
		good, bad := classify(c.text)
		if strings.Join(good, " ") != c.good || strings.Join(bad, " ") != c.bad {
			t.Errorf("%.80q is %q and %q, want %q and %q", c.text, good, bad, c.good, c.bad)
		}
	}
}

// Of a module every licence file counts that stands above what is linked, and none
// beside it.
func TestFilesOfAModule(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
		fails string
	}{
		"one":               {map[string]string{"LICENSE": mit}, []string{"MIT"}, ""},
		"of other spelling": {map[string]string{"licence.md": mit, "LICENSE-APACHE": apache, "license.go": "package x"}, []string{"Apache-2.0", "MIT"}, ""},
		"of a folder":       {map[string]string{"COPYING": mit, "a/LICENSE.txt": bsd3, "a/b/LICENSE": mit}, []string{"BSD-3-Clause", "MIT"}, ""},
		"of what is beside": {map[string]string{"LICENSE": mit, "c/LICENSE": "GNU General Public License"}, []string{"MIT"}, ""},
		"none":              {map[string]string{"README": mit}, nil, "no licence file"},
		"none at the root":  {map[string]string{"a/LICENSE": mit}, []string{"MIT"}, "no licence file"},
		"an unknown one":    {map[string]string{"LICENSE": mit, "a/b/LICENSE": "Ask us."}, []string{"MIT"}, "is not known here"},
		"one of many":       {map[string]string{"LICENSE": apache, "LICENSE.GPL": "GNU General Public License"}, []string{"Apache-2.0", "GPL"}, "says GPL, which is not accepted"},
	} {
		root := t.TempDir()
		linked := filepath.Join(root, "a", "b")
		for _, dir := range []string{linked, filepath.Join(root, "c")} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for file, text := range c.files {
			if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s := source{module: "example.com/m", version: "v1.0.0", root: root, packages: []string{linked}}
		got, err := s.licences()
		if !slices.Equal(got, c.want) || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %q, error %v, want %q, %q", name, got, err, c.want, c.fails)
		}
	}
}

// What a person read is excused in that version of that file alone.
func TestWhatWasRead(t *testing.T) {
	const arrow, version = "github.com/apache/arrow/go/arrow", "v0.0.0-20211112161151-bc219186db40"
	for _, c := range []struct{ module, version, file, want string }{
		{arrow, version, "LICENSE.txt", "GPL"},
		{arrow, "v1.0.0", "LICENSE.txt", "BSD-4-Clause GPL"},
		{arrow, version, "array/LICENSE.txt", "BSD-4-Clause GPL"},
		{"example.com/m", version, "LICENSE.txt", "BSD-4-Clause GPL"},
	} {
		if got := strings.Join(unread([]string{"BSD-4-Clause", "GPL"}, c.module, c.version, c.file), " "); got != c.want {
			t.Errorf("%v: %q, want %q", c, got, c.want)
		}
	}
}
