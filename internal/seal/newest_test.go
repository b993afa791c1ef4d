package seal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/seal"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// ran writes a run that ended so many hours after noon, as a file written then.
func ran(t *testing.T, path string, hours int) *seal.Run {
	t.Helper()
	end := noon.Add(time.Duration(hours) * time.Hour)
	e := evidence.Evidence{Check: evidence.Doc{ID: "a.b", Version: 1, Title: "A"}, Started: end, Ended: end,
		Population: evidence.Population{Unit: "units", Expected: []string{"one"}},
		Observations: []evidence.Observation{{Unit: "one", What: "harm", Via: "SELECT", Want: evidence.AtMost(0), Got: "7", Kind: evidence.Claim},
			{Unit: "one", What: "own rows", Via: "SELECT", Want: evidence.AtLeast(1), Got: "1", Kind: evidence.Sight}}}
	e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
	r, err := seal.Write(path, evidence.Run{Tool: "arxctl test", Complete: true, Started: end, Ended: end, Records: []evidence.Evidence{e}})
	if err != nil {
		t.Fatal(err)
	}
	at(t, path, hours)
	return r
}

func at(t *testing.T, path string, hours int) {
	t.Helper()
	when := noon.Add(time.Duration(hours)*time.Hour + time.Second)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string, hours int) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at(t, path, hours)
}

// TestNewestNeverTakesAnOlderRunInsteadOfOneThatItCannotRead: the newest run may
// be the one that says No.
func TestNewestNeverTakesAnOlderRunInsteadOfOneThatItCannotRead(t *testing.T) {
	for name, c := range map[string]struct {
		make func(dir string)
		want string // the run that is taken
		err  string // or what is said in its place
	}{
		"nothing":         {func(string) {}, "", ""},
		"the newest":      {func(d string) { ran(t, d+"/run-a.json", 1); ran(t, d+"/run-b.json", 2); ran(t, d+"/run-c.json", 0) }, "run-b.json", ""},
		"an older broken": {func(d string) { ran(t, d+"/run.json", 2); put(t, d+"/run-old.json", "{", 1) }, "run.json", ""},
		"a newer broken": {func(d string) { ran(t, d+"/run.json", 2); put(t, d+"/run-new.json", "{", 3) }, "",
			"run-new.json: not a run file: is not JSON: it ends at byte 1, in the middle; it may be newer than "},
		"only a broken": {func(d string) { put(t, d+"/run.json", "{", 3) }, "", "there is no other run here"},
		"a newer one that was changed": {func(d string) {
			ran(t, d+"/run.json", 2)
			b := ran(t, d+"/run-new.json", 3).Bytes
			put(t, d+"/run-new.json", strings.Replace(string(b), `"7"`, `"0"`, 1), 3)
		}, "", "run-new.json: "},
		"a file that a copy made older, and a run that ended before it": {func(d string) {
			ran(t, d+"/run.json", 2)
			at(t, d+"/run.json", 9)
			put(t, d+"/run-new.json", "{", 3)
		}, "", "run-new.json"},
		"a run whose own file a copy made older": {func(d string) {
			ran(t, d+"/run.json", 2)
			at(t, d+"/run.json", 0)
			put(t, d+"/run-new.json", "{", 1)
		}, "", "run-new.json"},
		"a seal that is none": {func(d string) {
			ran(t, d+"/run.json", 2)
			put(t, d+"/run.json"+seal.Suffix, "{", 2)
			ran(t, d+"/run-old.json", 1)
		}, "", "run.json" + seal.Suffix},
		"a seal of another run": {func(d string) {
			ran(t, d+"/run.json", 2)
			other := ran(t, d+"/other.json", 5)
			ran(t, d+"/run-new.json", 3)
			key, err := seal.GenerateKey(seal.ECDSAP256)
			if err != nil {
				t.Fatal(err)
			}
			b, err := seal.SignRun(other, key)
			if err != nil {
				t.Fatal(err)
			}
			put(t, d+"/run-new.json"+seal.Suffix, string(b), 3)
			at(t, d+"/run-new.json", 0) // what it says of itself is enough
		}, "", "run-new.json" + seal.Suffix + ": seals the run"},
		"newer files that say what else they are": {func(d string) {
			ran(t, d+"/run.json", 2)
			for name, text := range map[string]string{"run.sarif.json": `{"version":"2.1.0","$schema":"https://example.org/sarif.json","runs":[]}`, "run-results.json": `{"schema":"arxctl.results/v1"}`,
				"run-ocsf.json": `[{"class_uid":2003}]`, "run-oscal.json": `{"assessment-results":{}}`, "run-bundle.json": ` {"mediaType":"application/x"}`} {
				put(t, d+"/"+name, text, 3)
			}
		}, "run.json", ""},
		"a newer file that says nothing of itself": {func(d string) { ran(t, d+"/run.json", 2); put(t, d+"/run-x.json", `{"hello":1}`, 3) }, "", "run-x.json: not a run file"},
		"a newer run of a later version": {func(d string) {
			ran(t, d+"/run.json", 2)
			put(t, d+"/run-x.json", `{"schema":"arxctl.run/v9"}`, 3)
		}, "", "run-x.json: not a run file"},
		"a newer damaged run that names another format": {func(d string) {
			ran(t, d+"/run.json", 2)
			put(t, d+"/run-x.json", `{"$schema":"x","index":{}}`, 3)
		}, "", "run-x.json: not a run file"},
		"a newer list that is cut": {func(d string) { ran(t, d+"/run.json", 2); put(t, d+"/run-x.json", `[{"class_uid":2003}`, 3) }, "", "run-x.json: not a run file"},
		"a directory": {func(d string) {
			ran(t, d+"/run.json", 2)
			if err := os.Mkdir(d+"/run-dir.json", 0o700); err != nil {
				t.Fatal(err)
			}
		}, "run.json", ""},
		"a link to nothing": {func(d string) {
			ran(t, d+"/run.json", 2)
			if err := os.Symlink("nothing", d+"/run-link.json"); err != nil {
				t.Fatal(err)
			}
		}, "", "run-link.json: no such run"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.make(dir)
			path, run, left, err := seal.Newest(dir)
			if is := strings.Join(left, "\n"); name == "a directory" && is != dir+"/run-dir.json: is no file" {
				t.Errorf("left out: %s", is)
			}
			switch {
			case c.err != "":
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "--run") || run != nil {
					t.Errorf("got %s, %v; want an error with %q and --run", path, err, c.err)
				}
			case err != nil:
				t.Error(err)
			case c.want == "" && run != nil, c.want != "" && (run == nil || filepath.Base(path) != c.want):
				t.Errorf("took %s, want %s", path, c.want)
			}
		})
	}
}

// TestNewestTakesTheWholeOfARunBeforeACutOne: both ended at the same time, and
// what is withheld could be what contradicts.
func TestNewestTakesTheWholeOfARunBeforeACutOne(t *testing.T) {
	dir := t.TempDir()
	whole := ran(t, dir+"/run.json", 0)
	cut, err := whole.Withhold([]string{"a.b"}, "for this reader")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/run-cut.json", cut.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := func(want string) {
		t.Helper()
		if path, _, _, err := seal.Newest(dir); err != nil || filepath.Base(path) != want {
			t.Errorf("took %s (%v), want %s", path, err, want)
		}
	}
	taken("run.json")
	if err := os.Rename(dir+"/run-cut.json", dir+"/run2.json"); err != nil { // by name it comes last now
		t.Fatal(err)
	}
	taken("run.json")
	ran(t, dir+"/run3.json", -1) // whole too, and older
	if err := os.Remove(dir + "/run.json"); err != nil {
		t.Fatal(err)
	}
	taken("run2.json")
}
