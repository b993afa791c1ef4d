// Package ci_test holds the ready-made CI files to what they promise: pinned, least permissions, no text of a stranger
// in a shell.
package ci_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// step is one step of a job or of a composite action.
type step struct {
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	Env  map[string]string `yaml:"env"`
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

var pinned = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}$`)

func hold(t *testing.T, path string, steps []step) {
	t.Helper()
	if len(steps) == 0 {
		t.Fatalf("%s: no steps were read: nothing below would be held", path)
	}
	for i, s := range steps {
		if s.Uses != "" && !pinned.MatchString(s.Uses) {
			t.Errorf("%s: step %d uses %s; expected a full commit", path, i+1, s.Uses)
		}
		if strings.Contains(s.Run, "${{") {
			t.Errorf("%s: step %d puts an expression into a shell: %s", path, i+1, s.Run)
		}
	}
}

func TestActionIsPinnedAndTakesInputsByEnvironment(t *testing.T) {
	var action struct {
		Inputs map[string]struct{ Description string } `yaml:"inputs"`
		Runs   struct {
			Steps []step `yaml:"steps"`
		} `yaml:"runs"`
	}
	read(t, "github/action.yml", &action)
	hold(t, "github/action.yml", action.Runs.Steps)
	script, err := os.ReadFile("check-and-gate.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range action.Runs.Steps {
		for name := range s.Env {
			if strings.HasPrefix(name, "GATE_") && !strings.Contains(string(script), name) {
				t.Errorf("the action sets %s, which the script does not know", name)
			}
		}
	}
	for name, in := range action.Inputs {
		if in.Description == "" {
			t.Errorf("input %s has no description", name)
		}
	}
}

func TestExampleHasLeastPermissions(t *testing.T) {
	var workflow struct {
		Permissions map[string]string `yaml:"permissions"`
		Jobs        map[string]struct {
			Permissions map[string]string `yaml:"permissions"`
			Needs       string            `yaml:"needs"`
			Steps       []step            `yaml:"steps"`
		} `yaml:"jobs"`
	}
	read(t, "github/release.example.yml", &workflow)
	if workflow.Permissions == nil || len(workflow.Permissions) > 0 {
		t.Errorf("permissions of the workflow: %v, want {}", workflow.Permissions)
	}
	for name, j := range workflow.Jobs {
		hold(t, name, j.Steps)
		if len(j.Permissions) == 0 {
			t.Errorf("job %s does not say what it may", name)
		}
	}
	if p := workflow.Jobs["evidence"].Permissions; p["contents"] != "read" {
		t.Errorf("the evidence job may %v", p)
	}
	if workflow.Jobs["publish"].Needs != "evidence" {
		t.Error("the release does not wait for the evidence")
	}
}

func TestGitLabTemplateReads(t *testing.T) {
	b, err := os.ReadFile("gitlab/arxctl.gitlab-ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	header, body, ok := strings.Cut(string(b), "\n---\n")
	if !ok {
		t.Fatal("no --- between inputs and jobs")
	}
	var spec struct {
		Spec struct {
			Inputs map[string]any `yaml:"inputs"`
		} `yaml:"spec"`
	}
	var jobs map[string]struct {
		Variables map[string]string `yaml:"variables"`
		Script    []string          `yaml:"script"`
	}
	if err := yaml.Unmarshal([]byte(header), &spec); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(body), &jobs); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\$\[\[ inputs\.([\w-]+) \]\]`).FindAllStringSubmatch(body, -1) {
		if _, ok := spec.Spec.Inputs[m[1]]; !ok {
			t.Errorf("the job uses the input %s, which is not declared", m[1])
		}
	}
	job := jobs["arxctl-evidence"]
	for _, line := range job.Script {
		if strings.Contains(line, "$[[") {
			t.Errorf("an input stands in a shell: %s", line)
		}
	}
	if _, err := os.Stat(filepath.Join("check-and-gate.sh")); err != nil || len(job.Script) == 0 {
		t.Error("the job does not run the script")
	}
}
