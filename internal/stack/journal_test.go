package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shop is a stack with objects that can be listed and deleted; a few requests
// are refused for the rate first.
type shop struct {
	mu      sync.Mutex
	objects map[string]string // id -> name
	deleted []string
	busy    int
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy > 0 {
		s.busy--
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	id, _ := strings.CutPrefix(r.URL.Path, "/things/")
	switch r.Method {
	case http.MethodDelete:
		delete(s.objects, id)
		s.deleted = append(s.deleted, id)
	case http.MethodGet:
		type thing struct {
			ID    string         `json:"id"`
			Name  string         `json:"name"`
			Owner map[string]any `json:"owner"`
		}
		page := []thing{}
		for _, id := range sortedKeys(s.objects) {
			if len(page) < 2 { // pages of two
				page = append(page, thing{id, s.objects[id], map[string]any{"id": "owner-1"}})
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"data": page})
	}
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// lab is a directory of journals and a stack.
func lab(t *testing.T, s *shop) (dir string, cfg *Config) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	dir = t.TempDir()
	path := filepath.Join(dir, "arxctl.yaml")
	text := fmt.Sprintf(`version: 1
environment: disposable
api:
  replicas: [%s]
  orgs: {low-1: {id: o1, rpm: 60, tokens: {admin: secret-token-of-low-1}}}
  objects: [{name: things, list: /things, item: "/things/{id}", write: [{method: DELETE}]}]
  limit: {path: /things, write: {method: POST, path: /things, body: '{"name":"probe-{nonce}"}', counted_by: /things}}
`, srv.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "journal"), cfg
}

// killed writes a journal as a process that is gone left it.
func killed(t *testing.T, dir, text string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "arxctl-journal-999999999-1-77")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func lines(t *testing.T, entries ...any) string {
	t.Helper()
	var b strings.Builder
	for _, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(string(line) + "\n")
	}
	return b.String()
}

func made(cfg *Config, n int, mark string) entry {
	return entry{N: n, Kind: kindObjects, Mark: mark, Host: host(), At: time.Now(), Stack: "shop", Key: cfg.key(), Config: cfg.Path(), Org: "low-1"}
}

func TestCleanupRemovesWhatAKilledRunMade(t *testing.T) {
	s := &shop{busy: 1, objects: map[string]string{
		"1": "probe-0123456789ab-1-1", "2": "probe-0123456789ab-1-22", "3": "probe-0123456789ab-2-1",
		"4": "a customer's", "5": "probe-0123456789ac-1-1", "6": "probe-0123456789ab", "7": "x0123456789ab-1-1",
	}}
	dir, cfg := lab(t, s)
	path := killed(t, dir, lines(t, made(cfg, 1, "0123456789ab"))+`{"n":2,"kind":"obj`)
	dry, err := (&Cleanup{Dir: dir, DryRun: true}).Run(t.Context())
	if err != nil || len(dry) != 1 || dry[0].Why == "" || len(s.deleted) != 0 {
		t.Fatalf("--dry-run: %+v, %v, deleted %v", dry, err, s.deleted)
	}
	found, err := (&Cleanup{Dir: dir}).Run(t.Context())
	if err != nil || len(found) != 1 || found[0] != (Leftover{What: "3 objects in low-1 of shop"}) {
		t.Errorf("%+v, %v", found, err)
	}
	if !slices.Equal(s.deleted, []string{"1", "2", "3"}) {
		t.Errorf("deleted %v: expected what carries the run's mark, and nothing else", s.deleted)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the journal is still there: %v", err)
	}
	if again, err := (&Cleanup{Dir: dir}).Run(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestTheNextRunWaitsForNoRateLimit: what it cannot remove at once stays listed.
func TestTheNextRunWaitsForNoRateLimit(t *testing.T) {
	s := &shop{busy: 1000, objects: map[string]string{"1": "probe-0123456789ab-1-1"}}
	dir, cfg := lab(t, s)
	path := killed(t, dir, lines(t, made(cfg, 1, "0123456789ab")))
	found, err := (&Cleanup{Dir: dir, Config: cfg, OnlyHere: true}).Run(t.Context())
	if err != nil || len(found) != 1 || !strings.Contains(found[0].Why, "429") {
		t.Errorf("%+v, %v", found, err)
	}
	if left, _, err := readJournal(path); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestADamagedJournalRemovesNothing: whatever a journal says, only what carries a
// mark that arxctl gives out is touched.
func TestADamagedJournalRemovesNothing(t *testing.T) {
	for name, text := range map[string]func(*Config) string{
		"empty":             func(*Config) string { return "" },
		"broken off":        func(c *Config) string { return strings.TrimSuffix(lines(t, made(c, 1, "0123456789ab")), "\n") },
		"no JSON":           func(*Config) string { return "rm -rf /\n\x00\x00\n" },
		"a mark like any":   func(c *Config) string { return lines(t, made(c, 1, ".")) },
		"an empty mark":     func(c *Config) string { return lines(t, made(c, 1, "")) },
		"a pattern":         func(c *Config) string { return lines(t, made(c, 1, `.{12}`)) },
		"another kind":      func(*Config) string { return `{"n":1,"kind":"database","mark":"0123456789ab"}` + "\n" },
		"an unknown member": func(*Config) string { return `{"n":1,"kind":"objects","mark":"0123456789ab","path":"/etc"}` + "\n" },
		"another stack": func(c *Config) string {
			e := made(c, 1, "0123456789ab")
			e.Key = "0000000000000000"
			return lines(t, e)
		},
		"no such file": func(c *Config) string {
			e := made(c, 1, "0123456789ab")
			e.Key, e.Config = "0000000000000000", "/nowhere/arxctl.yaml"
			return lines(t, e)
		},
		"another machine at work": func(c *Config) string {
			e := made(c, 1, "0123456789ab")
			e.Host = "elsewhere"
			return lines(t, e)
		},
		"struck":   func(c *Config) string { return lines(t, made(c, 1, "0123456789ab"), entry{Done: 1}) },
		"too long": func(c *Config) string { return strings.Repeat(lines(t, made(c, 1, "0123456789ab")), 9000) },
	} {
		t.Run(name, func(t *testing.T) {
			s := &shop{objects: map[string]string{"1": "probe-0123456789ab-1-1", "2": "a customer's"}}
			dir, cfg := lab(t, s)
			killed(t, dir, text(cfg))
			found, err := (&Cleanup{Dir: dir}).Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(s.deleted) > 0 {
				t.Errorf("deleted %v after %+v", s.deleted, found)
			}
			if _, err := (&Cleanup{Dir: dir, Forget: true}).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			left, _ := os.ReadDir(dir)
			if name != "another machine at work" && len(left) > 0 {
				t.Errorf("--forget left %v", left)
			}
		})
	}
}

// TestALivingRunIsNotTidiedAway also holds what stays listed after a run has ended.
func TestALivingRunIsNotTidiedAway(t *testing.T) {
	s := &shop{objects: map[string]string{}}
	dir, cfg := lab(t, s)
	j := &Journal{dir: dir, open: map[int]entry{}}
	st := Open(cfg, Options{Journal: j})
	for range 2 {
		if err := st.WillWrite("low-1"); err != nil {
			t.Fatal(err)
		}
	}
	s.objects["1"] = "probe-" + st.Nonce + "-1-1"
	if found, err := (&Cleanup{Dir: dir}).Run(t.Context()); err != nil || len(found) != 0 || len(s.deleted) != 0 {
		t.Errorf("%+v, %v, deleted %v", found, err, s.deleted)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 {
		t.Fatalf("%d journals", len(files))
	}
	text, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := files[0].Info(); info.Mode().Perm() != 0o600 || strings.Count(string(text), "\n") != 1 || strings.Contains(string(text), "secret-token") {
		t.Errorf("%v: %s", info.Mode(), text)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("what is left on the stack is no longer listed")
	}
}

func TestNothingIsCreatedWithoutAJournal(t *testing.T) {
	_, cfg := lab(t, &shop{})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, j := range map[string]*Journal{
		"no home":     NewJournal(func(string) (string, bool) { return "", false }),
		"not a place": NewJournal(func(n string) (string, bool) { return file, n == "XDG_STATE_HOME" }),
	} {
		if err := Open(cfg, Options{Journal: j}).WillWrite("low-1"); err == nil || !strings.Contains(err.Error(), "set XDG_STATE_HOME") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProcessesOfAKilledRunAreEnded starts a wrapper that leaves the application
// in a session of its own, where no signal to a group or from a parent reaches it.
func TestProcessesOfAKilledRunAreEnded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows the environment of processes, by which they are found")
	}
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("setsid is not installed")
	}
	dir := filepath.Join(t.TempDir(), "journal")
	cfg, err := Parse("arxctl.yaml", []byte(`version: 1
environment: disposable
boot: {command: [sh, -c, "setsid sleep 600 & sleep 600"], listen: L, key: K, environment: E, timeout: 200ms}
`), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	st := Open(cfg, Options{Journal: &Journal{dir: dir, open: map[int]entry{}}, AllowExec: true})
	l, err := st.Launcher()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Run(t.Context(), Launch{}); err != nil {
		t.Fatal(err)
	}
	if pids, err := marked(st.Nonce); err != nil || len(pids) == 0 {
		t.Fatalf("nothing escaped, so there is nothing to see: %v, %v", pids, err)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 {
		t.Fatalf("%d journals", len(files))
	}
	// As if this process had been killed: its journal bears the name of one that is gone.
	if err := os.Rename(filepath.Join(dir, files[0].Name()), filepath.Join(dir, "arxctl-journal-999999999-1-77")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	found, err := (&Cleanup{Dir: dir, OnlyHere: true}).Run(ctx)
	if err != nil || len(found) != 1 || found[0].What != "1 processes of the application" || found[0].Why != "" {
		t.Errorf("%+v, %v", found, err)
	}
	if pids, _ := marked(st.Nonce); len(pids) > 0 {
		t.Errorf("still there: %v", pids)
	}
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"n":1,"kind":"objects","mark":"0123456789ab"}` + "\n" + `{"done":1}` + "\n"))
	f.Add([]byte(`{"n":1,"kind":"processes","mark":"0123456789ab"` + "\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		left, _, err := readJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range left {
			if !mark.MatchString(e.Mark) || e.Kind != kindObjects && e.Kind != kindProcesses {
				t.Errorf("%+v is nothing that arxctl makes", e)
			}
		}
	})
}
