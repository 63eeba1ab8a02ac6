package op_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every operator is in the table of the package documentation.
func TestDocumentationListsAllOperators(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var specs []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			m, ok := d.(*ast.FuncDecl)
			if !ok || m.Recv == nil || m.Name.Name != "OutShape" {
				continue
			}
			if r, ok := m.Recv.List[0].Type.(*ast.Ident); ok && r.IsExported() {
				specs = append(specs, r.Name)
			}
		}
	}
	if len(specs) < 30 {
		t.Errorf("found only %d operators: %v", len(specs), specs)
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^//\t(.*)$`).FindAllStringSubmatch(string(doc), -1) {
		for _, name := range strings.Split(regexp.MustCompile(`^\w+(, \w+)*`).FindString(line[1]), ", ") {
			listed[name] = true
		}
	}
	for _, s := range specs {
		if !listed[s] {
			t.Errorf("operator %s is not in the table of doc.go", s)
		}
	}
	if len(listed) != len(specs) {
		t.Errorf("the table of doc.go lists %d operators, there are %d", len(listed), len(specs))
	}
}
