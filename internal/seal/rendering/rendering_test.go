package rendering_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	renderall "github.com/arxsec/arxctl/internal/render/all"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
	"github.com/arxsec/arxctl/templates"
	"github.com/arxsec/arxctl/testdata"
)

// sent is what a vendor sends: a document, its seal, its run and that run's seal.
type sent struct {
	dir, path string
	doc       []byte
	run       *seal.Run
	runSeal   []byte
	inputs    rendering.Inputs
	key       *seal.PrivateKey

	notes  map[string]string             // of a filled workbook, by question: what its comment begins with
	writes func(ref, text string) string // what is written into a cell in place of ours
}

func send(t testing.TB, format string) *sent {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC)
	var records []evidence.Evidence
	for _, id := range []string{"auditlog.row", "tenancy.read"} {
		seen := []evidence.Observation{
			{Unit: "public.agents", What: "own rows", Via: "SELECT 1", Kind: evidence.Sight, Want: evidence.AtLeast(1), Got: "3"},
			{Unit: "public.agents", What: "</script><!-- ünï", Via: "SELECT 2", Kind: evidence.Claim, Want: evidence.OneOf("0"), Got: "0"}}
		pop := evidence.Population{Unit: "tables", Expected: []string{"public.agents"}}
		o, reason := evidence.Judge(seen, pop, nil)
		records = append(records, evidence.Evidence{Check: evidence.Doc{ID: id, Version: 1, Title: id}, Outcome: o, Reason: reason, Population: pop, Observations: seen, Started: at, Ended: at})
	}
	s := &sent{dir: t.TempDir()}
	var err error
	s.run, err = seal.Encode(evidence.Run{Tool: "arxctl test", Stack: evidence.Stack{Name: "Acme </script>", Kind: "vendor", Environment: "shared", Build: "7"}, Started: at, Ended: at, Complete: true, Records: records})
	must(err)
	s.key, err = seal.GenerateKey(seal.ECDSAP256)
	must(err)
	s.runSeal, err = seal.SignRun(s.run, s.key)
	must(err)
	files := map[string][]yamldoc.File{}
	for role, from := range map[string]fs.FS{rendering.Control: controls.FS, rendering.Attestation: testdata.Attestations, rendering.Customer: testdata.Customers} {
		files[role], err = yamldoc.Files(from, "")
		must(err)
	}
	q, err := fs.ReadFile(templates.Questionnaires, "questionnaires/soc2.yaml")
	must(err)
	// A person's own questionnaire, which no arxctl ships.
	files[rendering.Questionnaire] = []yamldoc.File{{Name: "own/soc2.yaml", Body: append(q, "# ours </script>\n"...)}}
	s.inputs = rendering.NewInputs("arxctl test", s.run, s.key.Public.ID(), at, files)
	s.render(t, format)
	return s
}

// render writes the document of the inputs, and its seal.
func (s *sent) render(t testing.TB, format string) {
	t.Helper()
	doc, err := s.inputs.Document(s.run)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := renderall.Find(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	in, err := s.inputs.Render(doc, s.run, s.runSeal)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Render(&b, in); err != nil {
		t.Fatal(err)
	}
	s.doc, s.path = b.Bytes(), filepath.Join(s.dir, "doc."+format)
	sealed, err := rendering.Sign(s.path, format, s.doc, s.inputs, s.key)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, s.path+seal.Suffix, sealed)
}

func (s *sent) write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *sent) options(keys ...seal.PublicKey) rendering.Options {
	return rendering.Options{Keys: keys, Runs: []*seal.Run{s.run}, Seals: map[string][]byte{s.run.Digest: s.runSeal}}
}

func TestSentDocumentsVerify(t *testing.T) {
	for _, format := range []string{"pdf", "html", "md", "json", "csv", "xlsx"} {
		s := send(t, format)
		r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public))
		if err != nil || !r.Again || r.KeyID != s.key.Public.ID() || r.RenderedBy != r.KeyID || len(r.Unseen) > 0 || r.Kind != format {
			t.Errorf("%s: %+v %v", format, r, err)
		}
		if r, err := rendering.Verify(s.path, s.doc, s.options()); err != nil || len(r.Unseen) != 2 || r.KeyID != "" {
			t.Errorf("%s without a key: %+v %v, want both signatures named as not looked at", format, r, err)
		}
	}
}

// TestNoChangedDocumentIsAccepted changes bytes of each format: with the key no
// change is accepted, and without a seal none is rendered again.
func TestNoChangedDocumentIsAccepted(t *testing.T) {
	for _, format := range []string{"pdf", "html", "md", "json", "csv", "xlsx"} {
		s := send(t, format)
		seed := rand.Uint64()
		rnd := rand.New(rand.NewPCG(seed, 1))
		change := func() []byte {
			b := bytes.Clone(s.doc)
			b[rnd.IntN(len(b))] ^= byte(1 + rnd.IntN(255))
			return b
		}
		sealed, again := 500, 12
		if testing.Short() {
			sealed, again = 150, 4
		}
		for range sealed {
			var broken *seal.Broken
			if r, err := rendering.Verify(s.path, change(), s.options(s.key.Public)); !errors.As(err, &broken) {
				t.Fatalf("%s (seed %d): %+v %v", format, seed, r, err)
			}
		}
		if err := os.Remove(s.path + seal.Suffix); err != nil {
			t.Fatal(err)
		}
		for range again { // each renders the whole of it again
			if r, err := rendering.Verify(s.path, change(), s.options()); err == nil && len(r.Unseen) == 0 || err == nil && r.Again {
				t.Fatalf("%s unsealed (seed %d): %+v", format, seed, r)
			}
		}
	}
}

// TestForgedInputs has somebody render a better document from inputs of their
// own: byte for byte right, and vouched for by nobody.
func TestForgedInputs(t *testing.T) {
	s := send(t, "pdf")
	for i, f := range s.inputs.Files {
		if f.Role == rendering.Attestation {
			s.inputs.Files = append(s.inputs.Files[:i], s.inputs.Files[i+1:]...)
			break
		}
	}
	honest := s.key
	forger, err := seal.GenerateKey(seal.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	s.key = forger
	s.render(t, "pdf")
	if r, err := rendering.Verify(s.path, s.doc, s.options(honest.Public)); err == nil || !strings.Contains(err.Error(), "unknown key") {
		t.Errorf("sealed by another: %+v %v", r, err)
	}
	if err := os.Remove(s.path + seal.Suffix); err != nil {
		t.Fatal(err)
	}
	if r, err := rendering.Verify(s.path, s.doc, s.options(honest.Public)); err == nil || !strings.Contains(err.Error(), "is not signed, and a key was given") {
		t.Errorf("unsealed, with a key: %+v %v", r, err)
	}
	r, err := rendering.Verify(s.path, s.doc, s.options())
	if err != nil || !r.Again || len(r.Unseen) != 2 {
		t.Errorf("unsealed, without a key: %+v %v, want it named as vouched for by nobody", r, err)
	}
}

// TestSwappedRun gives a document another run than its own.
func TestSwappedRun(t *testing.T) {
	s, other := send(t, "html"), send(t, "html")
	o := other.options(s.key.Public)
	r, err := rendering.Verify(s.path, s.doc, o)
	if err != nil || len(r.Unseen) != 1 || !strings.Contains(r.Unseen[0], s.run.Digest) {
		t.Errorf("%+v %v, want the run that is missing named", r, err)
	}
	o = s.options(s.key.Public)
	o.Seals[s.run.Digest] = other.runSeal
	if r, err := rendering.Verify(s.path, s.doc, o); err == nil {
		t.Errorf("the seal of another run was accepted: %+v", r)
	}
}

// TestBombs: what a stranger's PDF inflates to is bounded by what it states, and
// what it states is bounded.
func TestBombs(t *testing.T) {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	if _, err := w.Write(make([]byte, 64<<20)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	attach := func(length, size int) []byte {
		return fmt.Appendf(nil, "%%PDF-1.4\n<< /Type /EmbeddedFile /Length %d /Filter /FlateDecode /Params << /CheckSum <00000000000000000000000000000000> /Size %d >> >>\n\nstream\n%s", length, size, z.Bytes())
	}
	for name, b := range map[string][]byte{
		"states less": attach(z.Len(), 10), "states too much": attach(z.Len(), 900<<20), "longer than the file": attach(1<<30, 10),
		"many": bytes.Repeat(attach(z.Len(), 64<<20), 9),
	} {
		var broken *seal.Broken
		if r, err := rendering.Verify("x.pdf", b, rendering.Options{}); !errors.As(err, &broken) {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
}

// TestInputsOfAnEncodingOfTheirOwn: what an arxctl cannot carry, it does not
// render; what nests or weighs too much is refused before it is decoded.
func TestInputsOfAnEncodingOfTheirOwn(t *testing.T) {
	s := send(t, "md")
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for body, want := range map[string]string{"\xff\xfei\x00d\x00": "is not UTF-8", "": "empty", strings.Repeat("- a\n", 3<<20): "hold more than"} {
		in := rendering.NewInputs("arxctl test", s.run, "", at, map[string][]yamldoc.File{rendering.Questionnaire: {{Name: "own/q.yaml", Body: []byte(body)}}})
		if _, err := in.Document(s.run); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.9q: %v, want %q", body, err, want)
		}
	}
	deep := "<!doctype html><script type=\"application/json\" id=\"arxctl-inputs\">" + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "</script>"
	if _, err := rendering.Verify("x.html", []byte(deep), rendering.Options{}); err == nil || !strings.Contains(err.Error(), "deeper") {
		t.Errorf("deep inputs: %v", err)
	}
}

// TestWithheldFailureIsNotGreen: who takes the record that failed out of a signed
// run, and renders what is left, does not get a clean bill.
func TestWithheldFailureIsNotGreen(t *testing.T) {
	s := send(t, "md")
	r := s.run.Run
	r.Records = append([]evidence.Evidence{}, r.Records...)
	bad := &r.Records[1]
	bad.Observations = append([]evidence.Observation{}, bad.Observations...)
	bad.Observations[1].Got = "7"
	bad.Outcome, bad.Reason = evidence.Judge(bad.Observations, bad.Population, nil)
	whole, err := seal.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	if s.runSeal, err = seal.SignRun(whole, s.key); err != nil {
		t.Fatal(err)
	}
	for id, unseen := range map[string]int{"tenancy.read": 1, "auditlog.row": 0} {
		if s.run, err = whole.Withhold([]string{id}, "private"); err != nil {
			t.Fatal(err)
		}
		s.inputs.Run = s.run.Digest
		s.render(t, "pdf")
		r, err := rendering.Verify(s.path, s.doc, rendering.Options{Keys: []seal.PublicKey{s.key.Public}})
		if err != nil || len(r.Unseen) != unseen || len(r.Withheld) != 1 {
			t.Errorf("%s withheld: %+v %v, want %d things not looked at", id, r, err, unseen)
		}
	}
	// A digest alone vouches for the index, not for what a seal that nobody verified says of the withheld.
	s.write(t, filepath.Join(s.dir, "run.json"), s.run.Bytes)
	if r, err := rendering.Verify(filepath.Join(s.dir, "run.json"), s.run.Bytes, rendering.Options{Digest: s.run.Digest}); err != nil || len(r.Unseen) != 1 {
		t.Errorf("by digest: %+v %v, want the withheld record named as unknown", r, err)
	}
}

func FuzzVerify(f *testing.F) {
	for _, format := range []string{"pdf", "html", "json"} {
		f.Add(send(f, format).doc)
	}
	f.Add([]byte("<!doctype html><script type=\"application/json\" id=\"arxctl-inputs\">{}</script>"))
	f.Add([]byte("<!doctype html><script type=\"application/json\" id=\"arxctl-inputs\">" + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "</script>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := rendering.Verify("none.md", b, rendering.Options{}); err == nil && len(r.Unseen) == 0 {
			t.Fatalf("verified, though nobody vouches: %+v", r)
		}
	})
}
