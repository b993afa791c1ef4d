package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/arxsec/arxctl/internal/scratch"
)

// Cleanup removes what runs that have ended left on stacks and on this machine.
type Cleanup struct {
	Dir string // of journals
	// Config is the stack at hand. It is reached with this configuration, others
	// with the one that their run used.
	Config *Config
	// OnlyHere leaves what is on other stacks, silently, and waits for no rate limit: what a run does at its start.
	OnlyHere bool
	DryRun   bool // say what there is, and leave it
	Forget   bool // strike what cannot be removed, for a stack that no longer exists
}

// Leftover is one thing that a run left.
type Leftover struct {
	What string // for a person: "2 objects in mid-1 of Arx reference stack"
	Why  string // it is still there; empty when it was removed
}

// strangeAge is how old an entry of another machine or container must be before
// its run is taken to have ended: its process ids mean nothing here.
const strangeAge = 24 * time.Hour

// Run goes through the journals of processes that are gone. An error says that
// the journals could not be gone through at all.
func (c *Cleanup) Run(ctx context.Context) ([]Leftover, error) {
	if info, err := os.Stat(c.Dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: expected a directory of journals", c.Dir)
	}
	var found []Leftover
	for _, path := range scratch.LeftoverFiles(c.Dir, journalKind) {
		found = append(found, c.file(ctx, path)...)
	}
	return found, nil
}

// file clears one journal, and removes it once nothing is left in it.
func (c *Cleanup) file(ctx context.Context, path string) []Leftover {
	entries, odd, err := readJournal(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil // another cleanup was quicker
		}
		return []Leftover{{What: "the journal " + path, Why: err.Error()}}
	}
	var found []Leftover
	var struck []int
	kept := 0
	for _, e := range entries {
		if e.Host != host() && time.Since(e.At) < strangeAge {
			kept++ // another machine's or container's, perhaps at work
			continue
		}
		what, gone, why := c.entry(ctx, e)
		if what != "" {
			found = append(found, Leftover{what, why})
		}
		if gone || c.Forget && why != "" {
			struck = append(struck, e.N)
		} else {
			kept++
		}
	}
	if len(odd) > 0 && !c.OnlyHere {
		found = append(found, Leftover{What: "the journal " + path, Why: strings.Join(odd, ", ") + "; what it meant cannot be told; to drop it: arxctl cleanup --forget"})
	}
	switch {
	case c.DryRun:
	case kept == 0 && (len(odd) == 0 || c.Forget):
		os.Remove(path)
	case len(struck) > 0:
		if f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err == nil {
			for _, n := range struck {
				appendLine(f, entry{Done: n})
			}
			f.Close()
		}
	}
	return found
}

// entry undoes one entry. what is empty when there is nothing to tell of; gone
// says that nothing of it is left.
func (c *Cleanup) entry(ctx context.Context, e entry) (what string, gone bool, why string) {
	if e.Kind == kindProcesses {
		return c.processes(e)
	}
	what = fmt.Sprintf("objects in %s of %s", e.Org, e.Stack)
	cfg, why := c.config(e)
	switch {
	case cfg == nil && e.Reference:
		return "", true, "" // thrown away with all that was on it
	case cfg == nil && c.OnlyHere:
		return "", false, ""
	case cfg == nil:
		return what, false, why
	}
	st := Open(cfg, Options{})
	if may, reason := st.MayLoad(); !may {
		return what, false, reason
	}
	n, err := st.removeObjects(ctx, e, c)
	if err == nil {
		what = fmt.Sprintf("%d %s", n, what)
	}
	switch {
	case e.Reference && errors.Is(err, syscall.ECONNREFUSED):
		return "", true, ""
	case err != nil:
		return what, false, st.Scrub(err.Error())
	case n == 0:
		return "", true, ""
	case c.DryRun:
		return what, false, "left, as --dry-run asks"
	}
	return what, true, ""
}

func (c *Cleanup) processes(e entry) (what string, gone bool, why string) {
	pids, err := marked(e.Mark)
	what = fmt.Sprintf("%d processes of the application", len(pids))
	switch {
	case e.Host != host():
		return "", true, "" // of a machine or container that was not seen for a day
	case err != nil:
		return "processes of the application", false, err.Error()
	case len(pids) == 0:
		return "", true, ""
	case c.DryRun:
		return what, false, "left, as --dry-run asks"
	}
	if _, err := endProcesses(e.Mark); err != nil {
		return what, false, err.Error()
	}
	return what, true, ""
}

// config returns the configuration of an entry's stack, or why there is none.
func (c *Cleanup) config(e entry) (cfg *Config, why string) {
	if c.Config != nil && c.Config.key() == e.Key {
		return c.Config, ""
	}
	if c.OnlyHere && !e.Reference {
		return nil, "another stack"
	}
	const next = "; to remove it: arxctl cleanup -c FILE with the arxctl.yaml of that stack, or --forget where it no longer exists"
	cfg, err := Load(e.Config)
	if err != nil {
		return nil, strings.TrimSuffix(err.Error(), ".") + next
	}
	if cfg.key() != e.Key {
		return nil, e.Config + " describes another stack now" + next
	}
	return cfg, ""
}
