// Package fieldcomments extracts the comments of struct types and their fields from source code, so
// that the comment on an option is also its description in the schema. It is used by tests and go
// generate: a binary contains no comments.
package fieldcomments

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Collect reads the comments of struct types of the module in the folder root. The keys are
// "import/path.Type" and "import/path.Type.Field". A field with a yaml key but no comment is an
// error: it would be an undocumented option.
func Collect(root, module string, types []reflect.Type) (map[string]string, error) {
	wanted := map[string][]string{}
	for _, t := range types {
		wanted[t.PkgPath()] = append(wanted[t.PkgPath()], t.Name())
	}
	out := map[string]string{}
	for _, pkg := range slices.Sorted(maps.Keys(wanted)) {
		below, ok := strings.CutPrefix(pkg, module)
		if !ok {
			return nil, fmt.Errorf("%s is not in the module %s", pkg, module)
		}
		specs, err := structs(filepath.Join(root, filepath.FromSlash(below)))
		if err != nil {
			return nil, err
		}
		for _, name := range wanted[pkg] {
			spec, ok := specs[name]
			if !ok {
				return nil, fmt.Errorf("%s: there is no struct %s", pkg, name)
			}
			if err := spec.add(out, pkg+"."+name); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// spec is a struct type in source.
type spec struct {
	doc    string
	fields *ast.FieldList
}

// structs parses a folder's package, without its tests.
func structs(dir string) (map[string]spec, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := map[string]spec{}
	files := token.NewFileSet()
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, filepath.Join(dir, e.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				t, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				doc := t.Doc.Text()
				if doc == "" {
					doc = g.Doc.Text()
				}
				if fields, ok := t.Type.(*ast.StructType); ok {
					out[t.Name.Name] = spec{flow(doc), fields.Fields}
				}
			}
		}
	}
	return out, nil
}

func (s spec) add(out map[string]string, name string) error {
	if s.doc != "" {
		out[name] = s.doc
	}
	for _, f := range s.fields.List {
		if f.Tag == nil || len(f.Names) == 0 {
			continue
		}
		key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		text := f.Doc.Text()
		if text == "" {
			text = f.Comment.Text()
		}
		for _, n := range f.Names {
			if text == "" {
				return fmt.Errorf("%s.%s has the key %s but no comment", name, n.Name, key)
			}
			out[name+"."+n.Name] = flow(text)
		}
	}
	return nil
}

// flow joins the lines of a comment.
func flow(s string) string { return strings.Join(strings.Fields(s), " ") }
