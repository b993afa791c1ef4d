package rendering_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// secrets stand in what is labelled private: in a record, and in an attestation.
const (
	secretRow       = "crown-jewels-table"
	secretStatement = "The vault lies below the old mill."
)

// sendTo sends a document for an audience, from a run with one refuted check and
// one that passed; visibility is that of the customer's file.
func sendTo(t *testing.T, format string, audience questionnaire.Level, visibility string) *sent {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC)
	var records []evidence.Evidence
	for id, got := range map[string]string{"log.kept": "7", "rows.apart": "0"} {
		seen := []evidence.Observation{
			{Unit: secretRow, What: "own rows", Via: "SELECT 1", Kind: evidence.Sight, Want: evidence.AtLeast(1), Got: "3"},
			{Unit: secretRow, What: "harm", Via: "SELECT 2", Kind: evidence.Claim, Want: evidence.AtMost(0), Got: got}}
		pop := evidence.Population{Unit: "tables", Expected: []string{secretRow}}
		o, reason := evidence.Judge(seen, pop, nil)
		records = append(records, evidence.Evidence{Check: evidence.Doc{ID: id, Version: 1, Title: id}, Outcome: o, Reason: reason, Population: pop, Observations: seen, Started: at, Ended: at})
	}
	if records[0].Check.ID > records[1].Check.ID {
		records[0], records[1] = records[1], records[0]
	}
	s := &sent{dir: t.TempDir()}
	var err error
	s.run, err = seal.Encode(evidence.Run{Tool: "arxctl test", Stack: evidence.Stack{Name: "Acme", Kind: "vendor", Environment: "shared", Build: "7"}, Started: at, Ended: at, Complete: true, Records: records})
	must(err)
	s.key, err = seal.GenerateKey(seal.ECDSAP256)
	must(err)
	s.runSeal, err = seal.SignRun(s.run, s.key)
	must(err)
	file := func(name, body string) []yamldoc.File { return []yamldoc.File{{Name: name, Body: []byte(body)}} }
	s.inputs, err = rendering.NewInputs("arxctl test", s.run, s.key.Public.ID(), at, map[string][]yamldoc.File{
		rendering.Control: file("claims.yaml", `controls:
  - {id: rows, claim: "Rows stay apart.", state: implemented, subject: product, scope: poc, requires: {checks: [rows.apart]}, owner: CISO, does_not_prove: x}
  - {id: log, claim: "The log stays.", state: implemented, subject: product, scope: poc, requires: {checks: [log.kept]}, owner: CISO, does_not_prove: x}
  - {id: roof, claim: "The roof is whole.", state: implemented, subject: company, scope: poc, requires: {attestations: [roof]}, owner: CISO, does_not_prove: x}
  - {id: vault, claim: "Keys lie in a vault.", state: implemented, subject: company, scope: poc, requires: {attestations: [vault]}, owner: CISO, does_not_prove: x}
`),
		rendering.Attestation: file("signed.yaml", `attestations:
  - {id: vault, statement: "`+secretStatement+`", role: CISO, date: 2026-10-01, expires: 2027-10-01, artefact: {name: "Map of the old mill", sha256: "f6cff4aef474ab3e16158126aa9d0d0d21faf1738c558c472e3e0b5c945bfc53"}}
`),
		rendering.Questionnaire: file("own.yaml", `id: own
title: Own
framework: own
layout: questionnaire
notice: Ours.
sections:
  - id: A
    title: All
    questions:
      - {id: A.1, topic: Rows, decide: [rows]}
      - {id: A.2, topic: Log, decide: [log]}
      - {id: A.3, topic: Vault, decide: [vault]}
`),
		rendering.Customer: file("acme.yaml", "visibility:\n  "+visibility+"\n"),
	}).For(audience, s.run)
	must(err)
	s.render(t, format)
	return s
}

// cutOptions is what a reader has who was sent the cut run and no other.
func (s *sent) cutOptions(t *testing.T) rendering.Options {
	t.Helper()
	cut, err := s.inputs.Cut(s.run)
	if err != nil {
		t.Fatal(err)
	}
	return rendering.Options{Keys: []seal.PublicKey{s.key.Public}, Runs: []*seal.Run{cut}, Seals: map[string][]byte{cut.Digest: s.runSeal}}
}

const allPrivate = "default: private"

func TestWhatIsHeldBackIsNowhereInWhatIsSent(t *testing.T) {
	for _, format := range []string{"pdf", "html", "md", "json", "csv", "xlsx"} {
		open, cut := sendTo(t, format, questionnaire.Private, allPrivate), sendTo(t, format, questionnaire.NDA, allPrivate)
		if !strings.Contains(told(t, open), secretRow) {
			t.Fatalf("%s: the private document does not show the row: this test would hold for nothing", format)
		}
		for _, secret := range []string{secretRow, secretStatement, "old mill", "SELECT 2"} {
			if strings.Contains(told(t, cut), secret) {
				t.Errorf("%s for an NDA holds %q", format, secret)
			}
		}
	}
	doc, err := sendTo(t, "md", questionnaire.NDA, allPrivate).inputs.Document(sendTo(t, "md", questionnaire.NDA, allPrivate).run)
	if err == nil {
		t.Errorf("another run was taken: %v", doc)
	}
}

// told is a document's text, and all that it carries.
func told(t *testing.T, s *sent) string {
	t.Helper()
	encoded, err := s.inputs.Encode()
	if err != nil {
		t.Fatal(err)
	}
	text := string(s.doc) + string(encoded)
	if strings.HasSuffix(s.path, ".pdf") { // its pages are deflated
		if _, err := exec.LookPath("pdftotext"); err != nil {
			t.Log("SKIPPED for the pages of a PDF: pdftotext (poppler-utils) is not installed")
		} else {
			if err := os.WriteFile(s.path, s.doc, 0o600); err != nil {
				t.Fatal(err)
			}
			pages, err := exec.Command("pdftotext", s.path, "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			text += string(pages)
		}
	}
	for _, x := range s.inputs.Files {
		text += x.Content
	}
	cut, err := s.inputs.Cut(s.run)
	if err != nil {
		t.Fatal(err)
	}
	return text + string(cut.Bytes)
}

func TestStatusesStayAndSayWhatIsHeldBack(t *testing.T) {
	s := sendTo(t, "md", questionnaire.NDA, allPrivate)
	d, err := s.inputs.Document(s.run)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range d.Answers() {
		got = append(got, a.Question+" "+string(a.Status)+" "+a.Value+": "+a.Sentence)
		for _, l := range a.Evidence {
			got = append(got, l.Text)
		}
		for _, l := range a.Attested {
			got = append(got, l.Text)
		}
	}
	want := []string{
		"A.1 proven Yes: Rows stay apart; shown on build 7 in environment shared on 2026-11-01.",
		"rows.apart pass, evidence held back: private, 2026-11-01 09:30 UTC, run " + s.run.Digest[:12],
		"A.2 contradicted No: No: check log.kept failed on build 7 on 2026-11-01; evidence held back: private.",
		"log.kept fail, evidence held back: private, 2026-11-01 09:30 UTC, run " + s.run.Digest[:12],
		"A.3 attested Yes: Keys lie in a vault; attested by CISO on 2026-10-01.",
		"Evidence held back: private; signed by CISO on 2026-10-01, holds until 2027-10-01; document held back, SHA-256 f6cff4aef474",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestCutDocumentVerifies has a reader verify with the cut run alone: the PDF
// carries it, the others are sent it. What failed and is not shown is named.
func TestCutDocumentVerifies(t *testing.T) {
	for _, format := range []string{"pdf", "html", "md", "json", "csv", "xlsx"} {
		s := sendTo(t, format, questionnaire.NDA, "private: {checks: [rows.apart]}")
		r, err := rendering.Verify(s.path, s.doc, s.cutOptions(t))
		if err != nil || !r.Again || len(r.Unseen) > 0 || len(r.Withheld) != 1 {
			t.Errorf("%s: %+v %v", format, r, err)
		}
		whole := s.options(s.key.Public)
		if r, err := rendering.Verify(s.path, s.doc, whole); err != nil || !r.Again || len(r.Unseen) > 0 {
			t.Errorf("%s with the whole run: %+v %v", format, r, err)
		}
		s = sendTo(t, format, questionnaire.NDA, "private: {checks: [log.kept]}")
		r, err = rendering.Verify(s.path, s.doc, s.cutOptions(t))
		if err != nil || !r.Again || len(r.Unseen) != 1 || !strings.Contains(r.Unseen[0], "log.kept") {
			t.Errorf("%s, with a failed check held back: %+v %v", format, r, err)
		}
	}
	s := sendTo(t, "pdf", questionnaire.NDA, allPrivate)
	if r, err := rendering.Verify(s.path, s.doc, rendering.Options{Keys: []seal.PublicKey{s.key.Public}}); err != nil || !r.Again {
		t.Errorf("a PDF with nothing beside it: %+v %v", r, err)
	}
}

// TestBetterOutcomeOfWhatIsHeldBackIsRefused has the vendor itself state that a
// withheld check passed, which its own run says failed.
func TestBetterOutcomeOfWhatIsHeldBackIsRefused(t *testing.T) {
	for _, format := range []string{"pdf", "html", "md", "json", "csv", "xlsx"} {
		s := sendTo(t, format, questionnaire.NDA, allPrivate)
		cut := s.cutOptions(t)
		whole := s.run
		for i, x := range s.inputs.Withheld {
			if x.Check == "log.kept" {
				s.inputs.Withheld[i].Outcome = evidence.Pass
			}
		}
		if _, err := s.inputs.Document(whole); err == nil {
			t.Errorf("%s: a document was built from a whole run that says otherwise", format)
		}
		s.run = cut.Runs[0]
		s.render(t, format)
		if !bytes.Contains(mustDoc(t, s), []byte("proven")) {
			t.Fatal("the forgery does not claim more than is so")
		}
		var broken *seal.Broken
		if r, err := rendering.Verify(s.path, s.doc, cut); !errors.As(err, &broken) || !strings.Contains(err.Error(), "the seal of the run lists it as failedTests") {
			t.Errorf("%s: %+v %v", format, r, err)
		}
	}
}

// TestBetterOutcomeInAFilledWorkbookIsRefused: the same, in a buyer's workbook.
func TestBetterOutcomeInAFilledWorkbookIsRefused(t *testing.T) {
	s := sendTo(t, "json", questionnaire.NDA, allPrivate)
	cut := s.cutOptions(t)
	s.fillAll(t, questions(true), true)
	if r, err := rendering.Verify(s.path, s.doc, cut); err != nil || r.Cells.Again != 3 {
		t.Fatalf("as it is: %+v %v", r, err)
	}
	for i, x := range s.inputs.Withheld {
		if x.Check == "log.kept" {
			s.inputs.Withheld[i].Outcome = evidence.Pass
		}
	}
	s.run = cut.Runs[0]
	s.fillAll(t, questions(true), true)
	var broken *seal.Broken
	if r, err := rendering.Verify(s.path, s.doc, cut); !errors.As(err, &broken) || !strings.Contains(err.Error(), "the seal of the run lists it as failedTests") {
		t.Errorf("%+v %v", r, err)
	}
}

func mustDoc(t *testing.T, s *sent) []byte {
	t.Helper()
	d, err := s.inputs.Document(s.run)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, a := range d.Answers() {
		b.WriteString(string(a.Status) + "\n")
	}
	return b.Bytes()
}

// TestTimeOfWhatIsHeldBackLiesWithinItsRun: its age decides whether a Yes is
// stale, and the run's own times are the ones that are signed.
func TestTimeOfWhatIsHeldBackLiesWithinItsRun(t *testing.T) {
	s := sendTo(t, "md", questionnaire.NDA, allPrivate)
	cut := s.cutOptions(t).Runs[0]
	s.inputs.Withheld[0].Ended = s.inputs.Withheld[0].Ended.AddDate(0, 1, 0)
	if _, err := s.inputs.Document(cut); err == nil || !strings.Contains(err.Error(), "outside the run") {
		t.Errorf("a record newer than its run: %v", err)
	}
}

// TestWhatIsWithheldIsNotSaidToBeMissing: a record that the audience is not shown
// is there; who reads that there is none asks for another run in vain.
func TestWhatIsWithheldIsNotSaidToBeMissing(t *testing.T) {
	for _, format := range []string{"pdf", "html", "md"} {
		open := sendTo(t, format, questionnaire.Private, allPrivate)
		if strings.Contains(strings.ToLower(told(t, open)), "withheld from this audience") {
			t.Errorf("%s: says that something is withheld where all is shown", format)
		}
		nda := sendTo(t, format, questionnaire.NDA, allPrivate)
		cut, err := nda.inputs.Cut(nda.run)
		if err != nil {
			t.Fatal(err)
		}
		again := sendTo(t, format, questionnaire.Private, allPrivate) // by whoever has only the run that was cut
		again.run = cut
		again.inputs.Run = cut.Digest
		again.render(t, format)
		for what, s := range map[string]*sent{"for an NDA": nda, "from the run that was cut": again} {
			text := strings.ToLower(strings.Join(strings.Fields(told(t, s)), " "))
			if !strings.Contains(text, "withheld from this audience") || strings.Contains(text, "no record of") {
				t.Errorf("%s %s: says nothing of what is withheld, or that there is no record", format, what)
			}
			if asks := strings.Contains(text, "ask whoever sent this for the whole run"); format == "pdf" && asks != (s == again) {
				t.Errorf("%s: that the outcome is not known either is said: %v", what, asks)
			}
		}
	}
}
