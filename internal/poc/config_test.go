package poc_test

import (
	"os"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestWriteConfigIsValidYAMLAndPrivate(t *testing.T) {
	s := up(t)
	dir := t.TempDir()
	path, err := s.WriteConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		API struct {
			Orgs map[string]struct {
				ID     string
				Tokens map[string]string
			}
		} `yaml:"api"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got, want := doc.API.Orgs["a"].Tokens["admin"], "${file:secrets/a.admin.token}"; got != want {
		t.Errorf("token of a: %q, want %q", got, want)
	}
	if _, there := doc.API.Orgs["bystander-1"]; there {
		t.Error("a bystander is in arxctl.yaml; nothing may know its tokens")
	}
	for _, file := range []string{path, dir + "/secrets/a.admin.token", dir + "/secrets/app.dsn"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", file, info.Mode().Perm())
		}
	}
}
