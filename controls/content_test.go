package controls_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/checks/all"
)

// checkIDs are the live checks that a control may require. A claim about anything else awaits its evidence.
func checkIDs() []string {
	var ids []string
	for _, c := range all.Checks() {
		ids = append(ids, c.ID)
	}
	return ids
}

var (
	placeholder = regexp.MustCompile(`\[([a-z][a-z0-9-]*)\]`)
	pathLike    = regexp.MustCompile(`\w/\w|(^|\s)/\w|\.(py|go|sql|md|ya?ml|js|ts|sh|tf)\b`)
	kebab       = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	notYet      = regexp.MustCompile(`\b(planned|to be|under way)\b`)
)

func TestEachControlIsWellFormed(t *testing.T) {
	for _, c := range loadControls(t) {
		t.Run(c.ID, func(t *testing.T) {
			if !kebab.MatchString(c.ID) {
				t.Errorf("id %q is not kebab-case", c.ID)
			}
			for name, text := range map[string]string{"claim": c.Claim, "does_not_prove": c.DoesNotProve} {
				if n := len(strings.Fields(text)); n == 0 || n > 35 {
					t.Errorf("%s has %d words, want 1 to 35", name, n)
				}
				if found := pathLike.FindString(text); found != "" {
					t.Errorf("%s holds %q, which reads like a path", name, found)
				}
			}
			if !slices.Contains([]string{"product", "company"}, c.Subject) || !slices.Contains([]string{"poc", "production"}, c.Scope) {
				t.Errorf("subject %q, scope %q", c.Subject, c.Scope)
			}
			if c.Owner == "" {
				t.Error("no owner role answers for it")
			}
			if len(c.Requires.Checks)+len(c.Requires.Attestations)+len(c.Requires.Awaits) == 0 {
				t.Error("requires nothing, so nothing could ever refute it")
			}
			if c.Subject == "company" && len(c.Requires.Checks) > 0 {
				t.Errorf("a claim about the company rests on probes of the product: %v", c.Requires.Checks)
			}
			if c.Scope == "production" && len(c.Requires.Checks) > 0 {
				t.Errorf("a claim about production rests on checks of the examined stack: %v", c.Requires.Checks)
			}
			for _, id := range c.Requires.Checks {
				if !slices.Contains(checkIDs(), id) {
					t.Errorf("no such check: %s", id)
				}
			}
		})
	}
}

func TestStateSaysWhatItNeeds(t *testing.T) {
	for _, c := range loadControls(t) {
		switch c.State {
		case "implemented":
			if notYet.MatchString(c.Claim) {
				t.Errorf("%s is implemented, yet its claim speaks of a plan: %s", c.ID, c.Claim)
			}
		case "planned":
			if c.Target == "" {
				t.Errorf("%s is planned without a target", c.ID)
			}
			if !notYet.MatchString(c.Claim) {
				t.Errorf("%s is planned, yet its claim reads as present: %s", c.ID, c.Claim)
			}
		case "not-applicable":
			if c.Reason == "" {
				t.Errorf("%s is not applicable without a reason", c.ID)
			}
		default:
			t.Errorf("%s: unknown state %q", c.ID, c.State)
		}
		if (c.Target != "") != (c.State == "planned") || (c.Reason != "") != (c.State == "not-applicable") {
			t.Errorf("%s: target belongs to planned and reason to not-applicable; state is %s", c.ID, c.State)
		}
	}
}

func TestEveryLiveCheckSupportsAClaim(t *testing.T) {
	var required []string
	for _, c := range loadControls(t) {
		required = append(required, c.Requires.Checks...)
	}
	for _, id := range checkIDs() {
		if !slices.Contains(required, id) {
			t.Errorf("check %s supports no control: its failure would change no answer", id)
		}
	}
}

func TestEachReferenceNamesARequirementAndAReason(t *testing.T) {
	known := map[string][]string{}
	for _, name := range referred() {
		for _, q := range loadQuestionnaire(t, name).all() {
			known[name] = append(known[name], q.ID)
		}
	}
	for _, c := range loadControls(t) {
		seen := map[string]bool{}
		for _, r := range c.Refs {
			key := r.Framework + " " + r.ID
			if seen[key] {
				t.Errorf("%s refers to %s twice", c.ID, key)
			}
			seen[key] = true
			if strings.TrimSpace(r.Reason) == "" || strings.Contains(r.Reason, "\n") {
				t.Errorf("%s -> %s: want a reason of one line", c.ID, key)
			}
			if !slices.Contains(known[r.Framework], r.ID) {
				t.Errorf("%s -> %s: no such requirement", c.ID, key)
			}
		}
	}
}

func TestAttestationsAreSamplesWithRealDigests(t *testing.T) {
	needed, planned := map[string]bool{}, map[string]bool{}
	for _, c := range loadControls(t) {
		for _, id := range c.Requires.Attestations {
			if c.State == "planned" {
				planned[id] = true
			} else {
				needed[id] = true
			}
		}
	}
	asOf := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	have := map[string]bool{}
	for _, a := range loadSamples(t) {
		have[a.ID] = true
		if !a.Sample || !strings.Contains(a.Artefact.Name, "(sample)") {
			t.Errorf("%s does not say that it is a sample", a.ID)
		}
		if a.Role == "" || a.Statement == "" {
			t.Errorf("%s: want a statement and the role that signs it", a.ID)
		}
		if a.Date.After(asOf) || a.Date.Before(asOf.AddDate(-1, 0, 0)) || a.Expires.Before(asOf.AddDate(0, 2, 0)) {
			t.Errorf("%s: %s to %s is not current on %s", a.ID, a.Date, a.Expires, asOf)
		}
		if planned[a.ID] {
			t.Errorf("%s stands for something planned: there must be no sample of it", a.ID)
		}
		if !needed[a.ID] {
			t.Errorf("%s supports no control", a.ID)
		}
		text, err := os.ReadFile(filepath.Join("..", "testdata", "attestations", "artefacts", a.ID+".txt"))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(string(text), "SAMPLE") {
			t.Errorf("artefact of %s does not begin with SAMPLE", a.ID)
		}
		if got := hex.EncodeToString(sum(text)); got != a.Artefact.SHA256 {
			t.Errorf("%s: artefact digest is %s, the attestation says %s", a.ID, got, a.Artefact.SHA256)
		}
	}
	for id := range needed {
		if !have[id] {
			t.Errorf("no sample for attestation %s", id)
		}
	}
}

func TestNoTextIsCopiedFromTheSeed(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "shared", "seeds", "*.txt"))
	if len(files) == 0 {
		t.Skip("SKIPPED: the seed documents are not beside this checkout, so copying from them was NOT tested")
	}
	const run = 8
	seen := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, phrase := range runs(string(text), run) {
			seen[phrase] = filepath.Base(f)
		}
	}
	if len(seen) < 500 {
		t.Fatalf("only %d phrases read from %v: the seed documents look empty", len(seen), files)
	}
	eachScalar(t, func(file string, line int, text string) {
		for _, phrase := range runs(text, run) {
			if from, ok := seen[phrase]; ok {
				t.Errorf("%s:%d: %q also stands in %s", file, line, phrase, from)
			}
		}
	})
}

func sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

// runs returns every sequence of n words in text, lower case, without punctuation.
func runs(text string, n int) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	})
	var out []string
	for i := 0; i+n <= len(words); i++ {
		out = append(out, fmt.Sprint(words[i:i+n]))
	}
	return out
}
