package selftest_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/poc/faults"
)

// TestReproduceLines pastes the Reproduce line of every check, after
// eval "$(arxctl env)", on a healthy stack and on one with a fault that the
// check must catch, and wants a person to see a difference.
func TestReproduceLines(t *testing.T) {
	bin, state := filepath.Dir(built(t)), t.TempDir()
	for _, tool := range []string{"psql", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the Reproduce lines that use it cannot be pasted here", tool)
		}
	}
	b := bench(t)
	config := b.Config().Path()
	paste := func(line string) string {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "bash", "-c", `eval "$(arxctl env -c "$1")"; eval "$2"`, "bash", config, line)
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "NO_COLOR=1", "CI=", "XDG_STATE_HOME="+state)
		cmd.WaitDelay = time.Second
		out, _ := cmd.CombinedOutput() // a failing check exits 1: what was printed is what counts
		return string(out)
	}
	families := map[string]bool{}
	for _, c := range all.Checks() {
		// A line that only runs the check again differs as the fault matrix says it does: one a family is enough in short.
		plain := c.Reproduce == `arxctl check --only `+c.ID+` -c "$ARXCTL_CONFIG"`
		if testing.Short() && plain && families[c.Family()] {
			t.Logf("SHORT: %s runs the check itself and was not pasted; make soak pastes it", c.ID)
			continue
		}
		families[c.Family()] = families[c.Family()] || plain
		t.Run(c.ID, func(t *testing.T) {
			f, ok := faultOf(c.ID)
			if !ok {
				t.Skip("no fault can be planted for this check: its Reproduce line is not held here")
			}
			healthy := paste(c.Reproduce)
			if strings.TrimSpace(healthy) == "" || strings.Contains(healthy, "command not found") || strings.Contains(healthy, "syntax error") {
				t.Errorf("on a healthy stack:\n%s\n%s", c.Reproduce, healthy)
			}
			defer b.Stack.Clear(context.Background())
			// Full budgets again: what was just pasted may have spent some.
			if err := b.Stack.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := b.Stack.Plant(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			if faulted := paste(c.Reproduce); steady(faulted) == steady(healthy) {
				t.Errorf("with %s planted the output is the same as without:\n%s\n%s", f.ID, c.Reproduce, faulted)
			}
		})
	}
}

// faultOf returns the first fault that makes the check fail, else warn.
func faultOf(id string) (faults.Fault, bool) {
	for _, expect := range []string{"fail", "warn"} {
		for _, f := range faults.All() {
			if f.Expect == expect && len(f.Catches) > 0 && f.Catches[0] == id {
				return f, true
			}
		}
	}
	return faults.Fault{}, false
}

// steady drops what differs from run to run on the same stack: times, counts of
// milliseconds, identifiers.
func steady(s string) string {
	return regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(\.\d+)?`).ReplaceAllStringFunc(s, func(m string) string {
		if len(m) > 3 {
			return "#"
		}
		return m
	})
}
