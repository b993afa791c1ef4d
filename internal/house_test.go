package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goFiles calls f for every Go file of the module that is not a test.
func goFiles(t *testing.T, f func(path string, fset *token.FileSet, file *ast.File, src []byte)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, src, parser.ParseComments)
		if err != nil {
			return err
		}
		n++
		f(filepath.ToSlash(strings.TrimPrefix(path, "../")), fset, file, src)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 50 {
		t.Fatalf("only %d Go files found: the rules would hold for nothing", n)
	}
}

// TestHouseRules holds what the design rules out for any file.
func TestHouseRules(t *testing.T) {
	goFiles(t, func(path string, fset *token.FileSet, file *ast.File, src []byte) {
		if n := strings.Count(string(src), "\n"); n > 350 {
			t.Errorf("%s has %d lines: about 300 is usually two files", path, n)
		}
		for _, part := range strings.Split(filepath.ToSlash(filepath.Dir(path)), "/") {
			if regexp.MustCompile(`^(utils?|common|shared|helpers?|misc)$`).MatchString(part) {
				t.Errorf("%s: the design has no package called %s", path, part)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncDecl:
				if x.Recv == nil && x.Name.Name == "init" {
					t.Errorf("%s: init() registration", fset.Position(x.Pos()))
				}
			case *ast.SelectorExpr:
				if id, ok := x.X.(*ast.Ident); ok && id.Name == "os" && x.Sel.Name == "Exit" && path != "cmd/arxctl/main.go" {
					t.Errorf("%s: os.Exit outside main", fset.Position(x.Pos()))
				}
			}
			return true
		})
	})
}

// TestNoClockRightOfTheRun wants the same inputs to give the same bytes.
func TestNoClockRightOfTheRun(t *testing.T) {
	goFiles(t, func(path string, fset *token.FileSet, file *ast.File, _ []byte) {
		if !has(path, []string{"internal/evidence/", "internal/control/", "internal/questionnaire/", "internal/render/", "internal/gate/"}) {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if x, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := x.X.(*ast.Ident); ok && id.Name == "time" && (x.Sel.Name == "Now" || x.Sel.Name == "Since") {
					t.Errorf("%s reads the clock", fset.Position(x.Pos()))
				}
			}
			return true
		})
	})
}

// TestChecksNameNothingOfTheReferenceStack greps the checks for the reference
// stack's own tables, routes and messages: they must come from the catalogue or
// from arxctl.yaml.
func TestChecksNameNothingOfTheReferenceStack(t *testing.T) {
	own := regexp.MustCompile(`(?i)\b(arx_app|arx_owner|arx_reader|arx_admin|agent_versions|policy_verdict|inputs_hash|outputs_hash|duration_ms|audit_log|is immutable|ARXSEC_\w+|/v1/\w+)\b`)
	goFiles(t, func(path string, fset *token.FileSet, file *ast.File, _ []byte) {
		if !strings.HasPrefix(path, "internal/checks/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if m := own.FindString(lit.Value); m != "" {
					t.Errorf("%s: the literal names %q of the reference stack", fset.Position(lit.Pos()), m)
				}
			}
			return true
		})
	})
}
