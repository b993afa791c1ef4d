package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/seal"
)

// TestDocumentsCarryOfTheCustomersFileWhatTheyUse: what was noted of another
// questionnaire, or for the house, does not travel.
func TestDocumentsCarryOfTheCustomersFileWhatTheyUse(t *testing.T) {
	dir := t.TempDir()
	at := time.Now().UTC().Add(-time.Hour)
	seen := crafted("tenancy.read", []string{"one"})
	seen.Started, seen.Ended = at, at
	run, customer, page := filepath.Join(dir, "run.json"), filepath.Join(dir, "acme.yaml"), filepath.Join(dir, "page.html")
	if _, err := seal.Write(run, evidence.Run{Tool: "arxctl test", Stack: evidence.Stack{Name: "Acme", Kind: "vendor"}, Started: at, Ended: at, Complete: true, Records: []evidence.Evidence{seen}}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(customer, []byte("# they pay late\nvariables:\n  never-used: under-the-old-mill\nvisibility:\n  default: public\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	execute(t.Context(), []string{"render", "soc2", "--run", run, "--customer", customer, "--output", "html:" + page}, nil, &out, &errs)
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	if !bytes.Contains(b, []byte("default: public")) {
		t.Fatalf("the page carries no customer: this test would hold for nothing: %s", errs.String())
	}
	for _, no := range []string{"never-used", "under-the-old-mill", "pay late"} {
		if bytes.Contains(b, []byte(no)) {
			t.Errorf("the page carries %q", no)
		}
	}
}
