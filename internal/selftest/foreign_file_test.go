package selftest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// foreignFault is one defect of a schema.
type foreignFault struct {
	Family, ID, Title string
	SQL, Undo         string // Undo takes back what belongs to the cluster, as memberships of roles do
}

// foreignCase is one file.
type foreignCase struct {
	Name, Title, Config, Healthy string
	// Weak means that the arrangement is poorer than what the product promises, so that not every check may pass.
	Weak   bool
	Faults []foreignFault
}

// families returns the families that judge this schema when it is healthy.
func (c foreignCase) families() []string {
	if strings.HasPrefix(c.Name, "audit_") {
		return []string{"auditlog", "tenancy"}
	}
	return []string{"tenancy"}
}

func readForeign(t *testing.T) []foreignCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/foreign/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no schemas under testdata/foreign (%v)", err)
	}
	var list []foreignCase
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseForeign(strings.TrimSuffix(filepath.Base(p), ".sql"), string(text))
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		list = append(list, c)
	}
	return list
}

// parseForeign reads a file: "-- title:", "-- config" with YAML behind dashes, "-- healthy", then "-- fault FAMILY ID: title"
// and "-- undo" sections.
func parseForeign(name, text string) (foreignCase, error) {
	c := foreignCase{Name: name}
	section := ""
	for i, line := range strings.SplitAfter(text, "\n") {
		switch said := strings.TrimSuffix(line, "\n"); {
		case strings.HasPrefix(said, "-- title: "):
			c.Title = strings.TrimPrefix(said, "-- title: ")
		case said == "-- expect: weak":
			c.Weak = true
		case said == "-- config":
			section = "config"
		case said == "-- healthy":
			section = "healthy"
		case said == "-- undo" && len(c.Faults) > 0:
			section = "undo"
		case strings.HasPrefix(said, "-- fault "):
			head, title, ok := strings.Cut(strings.TrimPrefix(said, "-- fault "), ": ")
			family, id, ok2 := strings.Cut(head, " ")
			if !ok || !ok2 {
				return c, fmt.Errorf("line %d: expected -- fault FAMILY ID: title", i+1)
			}
			c.Faults = append(c.Faults, foreignFault{Family: family, ID: id, Title: title})
			section = "fault"
		case section == "config":
			c.Config += strings.TrimPrefix(strings.TrimPrefix(line, "--"), " ")
		case section == "healthy":
			c.Healthy += line
		case section == "fault":
			c.Faults[len(c.Faults)-1].SQL += line
		case section == "undo":
			c.Faults[len(c.Faults)-1].Undo += line
		default:
			if strings.TrimSpace(said) != "" {
				return c, fmt.Errorf("line %d: expected a section, got %q", i+1, said)
			}
		}
	}
	if c.Config == "" || c.Healthy == "" || len(c.Faults) < 3 {
		return c, fmt.Errorf("expected a config, a healthy schema and at least three faults, got %d", len(c.Faults))
	}
	return c, nil
}
