package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What a public package exports is made of types that its users can name. An alias
// gives a name to a type of an internal package.
func TestExportedTypesCanBeNamed(t *testing.T) {
	for _, p := range packages(t) {
		if p.Name == "main" || strings.Contains("/"+p.path()+"/", "/internal/") {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range unnameable(file) {
				t.Errorf("%s/%s: %s", p.path(), name, problem)
			}
		}
	}
}

// unnameable lists the exported declarations of a file that speak of types of internal
// packages.
func unnameable(file *ast.File) []string {
	hidden := map[string]string{}
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if !strings.Contains("/"+path+"/", "/internal/") {
			continue
		}
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		hidden[name] = path
	}
	var problems []string
	find := func(what string, in ast.Node) {
		ast.Inspect(in, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.StructType:
				n.Fields.List = slices.DeleteFunc(n.Fields.List, func(f *ast.Field) bool {
					return len(f.Names) > 0 && !f.Names[0].IsExported()
				})
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && hidden[x.Name] != "" {
					problems = append(problems, fmt.Sprintf("%s has %s.%s of %s", what, x.Name, n.Sel.Name, hidden[x.Name]))
				}
			}
			return true
		})
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || receiverExported(d.Recv)) {
				find(d.Name.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && !s.Assign.IsValid() {
						find(s.Name.Name, s.Type)
					}
				case *ast.ValueSpec:
					if s.Type != nil && s.Names[0].IsExported() {
						find(s.Names[0].Name, s.Type)
					}
				}
			}
		}
	}
	return problems
}

func receiverExported(r *ast.FieldList) bool {
	t := r.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if g, ok := t.(*ast.IndexExpr); ok {
		t = g.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}
