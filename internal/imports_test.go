// Package internal_test holds the house rules that concern every package.
package internal_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/arxsec/arxctl/"

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// packages asks the go command for every package of the module.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 10 {
		t.Fatalf("go list named %d packages: the rules below would hold for nothing", len(list))
	}
	return list
}

// TestDataFlowsOneWay holds the import directions of the design: whatever is
// right of the run is a pure function of it.
func TestDataFlowsOneWay(t *testing.T) {
	rules := []struct {
		from   string   // prefix of the importing package
		except []string // prefixes that may
		never  []string // prefixes that must not be reached, directly or not
		why    string
	}{
		{"internal/evidence", nil, []string{module, "github.com/"}, "evidence is the standard library only"},
		{"internal/control", nil, []string{module + "internal/checks", module + "internal/stack", module + "internal/questionnaire", "github.com/jackc/pgx", "net/http"}, "statuses are a pure function of the run"},
		{"internal/questionnaire", nil, []string{module + "internal/checks", module + "internal/stack", module + "internal/render", "github.com/jackc/pgx", "net/http"}, "answers are a pure function of statuses"},
		{"internal/render", nil, []string{module + "internal/checks", module + "internal/stack", module + "internal/seal", module + "internal/poc", "github.com/jackc/pgx"}, "files are a pure function of answers"},
		{"internal/gate", nil, []string{module + "internal/checks", module + "internal/stack", module + "internal/seal", module + "internal/poc", "github.com/jackc/pgx", "net/http"}, "a verdict is a pure function of runs and files"},
		{"internal/stack", nil, []string{module + "internal/checks", module + "internal/control", module + "internal/poc"}, "doors know nothing of checks"},
		{"internal/checks", nil, []string{module + "internal/control", module + "internal/questionnaire", module + "internal/render", module + "internal/poc"}, "a check reports and never rules"},
		{"internal/poc", nil, []string{module + "internal/checks", module + "internal/stack"}, "the reference stack knows nothing of what examines it"},
		{"internal/", []string{"internal/poc", "internal/selftest"}, []string{module + "internal/poc"}, "only cmd, selftest and tests import the reference stack"},
		{"", nil, []string{module + "cmd/"}, "nothing imports cmd"},
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, r := range rules {
			if !strings.HasPrefix(name, r.from) || has(name, r.except) {
				continue
			}
			for _, d := range p.Deps {
				if has(d, r.never) {
					t.Errorf("%s reaches %s: %s", name, d, r.why)
				}
			}
		}
		family, isFamily := strings.CutPrefix(name, "internal/checks/")
		for _, i := range p.Imports {
			other, toFamily := strings.CutPrefix(i, module+"internal/checks/")
			if isFamily && toFamily && family != "all" && strings.Split(other, "/")[0] != strings.Split(family, "/")[0] {
				t.Errorf("%s imports the family %s: only checks/all imports families", name, other)
			}
			if !isFamily && toFamily && other != "all" {
				t.Errorf("%s imports the family %s: only checks/all imports families", name, other)
			}
		}
	}
}

func has(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
