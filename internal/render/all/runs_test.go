package all_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/all"
	"github.com/arxsec/arxctl/internal/render/github/githubtest"
	"github.com/arxsec/arxctl/internal/render/junit/junittest"
	"github.com/arxsec/arxctl/internal/render/ocsf/ocsftest"
	"github.com/arxsec/arxctl/internal/render/oscal/oscaltest"
	"github.com/arxsec/arxctl/internal/render/runtest"
	"github.com/arxsec/arxctl/internal/render/sarif/sariftest"
)

func written(t testing.TB, f render.RunFormat, in render.RunInput) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Render(&b, in); err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return b.Bytes()
}

// reader reads a file back apart from its writer, or says what is wrong with it.
type reader func([]byte) error

// readers has one for every run format. schema is NIST's, or nil where it is missing.
func readers(sarif *sariftest.Reader, schema *jsonschema.Schema) map[string]reader {
	return map[string]reader{
		"json":  func(b []byte) error { var v map[string]any; return json.Unmarshal(b, &v) },
		"junit": func(b []byte) error { _, err := junittest.Read(b); return err },
		"sarif": func(b []byte) error { _, err := sarif.Read(b); return err },
		"ocsf":  func(b []byte) error { _, err := ocsftest.Read(b); return err },
		"oscal": func(b []byte) error {
			if _, err := oscaltest.Read(b); err != nil || schema == nil {
				return err
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
			if err != nil {
				return err
			}
			return schema.Validate(doc)
		},
		"github":         func(b []byte) error { _, err := githubtest.Read(b); return err },
		"github-summary": summary,
	}
}

func TestEveryFormatHasAReader(t *testing.T) {
	by := readers(nil, nil)
	for _, f := range all.RunFormats() {
		if by[f.Name] == nil {
			t.Errorf("%s is read back by nothing", f.Name)
		}
		if f.Describe == "" {
			t.Errorf("%s does not say what it is", f.Name)
		}
	}
	if n := all.RunNames(); len(n) != len(by) || len(slices.Compact(slices.Sorted(slices.Values(n)))) != len(n) {
		t.Errorf("names %v", n)
	}
}

// TestHostileTextStaysText sends each text that breaks out of something through
// every format, wherever a stack, a file or a person may have put it.
func TestHostileTextStaysText(t *testing.T) {
	by := readers(sariftest.New(t), oscaltest.Schema(t))
	for _, s := range append(runtest.Nasty(), strings.Join(runtest.Nasty(), " ")) {
		for _, f := range all.RunFormats() {
			b := written(t, f, runtest.Hostile(s))
			if err := by[f.Name](b); err != nil {
				t.Errorf("%s with %.60q: %v", f.Name, s, err)
			}
			if !utf8.Valid(b) {
				t.Errorf("%s with %.60q: not UTF-8", f.Name, s)
			}
			if !bytes.Equal(b, written(t, f, runtest.Hostile(s))) {
				t.Errorf("%s with %.60q: the same input gave other bytes", f.Name, s)
			}
		}
	}
}

// TestEveryFailingUnitIsInEveryFormat looks for object, want, got, via and fix of
// each failing unit, with text that no format needs to escape.
func TestEveryFailingUnitIsInEveryFormat(t *testing.T) {
	in := runtest.Input()
	for _, f := range all.RunFormats() {
		text := plain(string(written(t, f, in)))
		for _, e := range in.Run.Records {
			for _, x := range in.Troubles(e) {
				for _, s := range []string{x.Unit, x.What, x.Want, x.Got, x.Via, x.Fix} {
					if !strings.Contains(text, plain(s)) {
						t.Errorf("%s drops %q of %s", f.Name, s, e.Check.ID)
					}
				}
			}
		}
		for _, s := range []string{"SEC-7", "expired", runtest.KeyID(), runtest.Digest(), "tenancy.gone"} {
			if !strings.Contains(text, plain(s)) && !(s == "tenancy.gone" && (f.Name == "junit" || f.Name == "github")) {
				t.Errorf("%s does not say %q", f.Name, s)
			}
		}
		unsigned := plain(string(written(t, f, render.RunInput{Run: runtest.Run("5")})))
		if !strings.Contains(strings.ToLower(unsigned), "unsigned") {
			t.Errorf("%s does not say that the run is unsigned", f.Name)
		}
	}
}

// TestNothingAssessedIsVisibleEverywhere wants no green file of a run that says nothing.
func TestNothingAssessedIsVisibleEverywhere(t *testing.T) {
	none := render.RunInput{Run: runtest.Run("5")}
	none.Run.Records = nil
	by := readers(sariftest.New(t), oscaltest.Schema(t))
	for _, f := range all.RunFormats() {
		for name, in := range map[string]render.RunInput{"not run": runtest.Empty(), "no check": none} {
			b := written(t, f, in)
			if err := by[f.Name](b); err != nil {
				t.Errorf("%s, %s: %v", f.Name, name, err)
			}
			if !strings.Contains(plain(string(b)), plain("nothing was assessed")) {
				t.Errorf("%s, %s: does not say that nothing was assessed", f.Name, name)
			}
		}
		if err := f.Render(&bytes.Buffer{}, render.RunInput{}); err == nil {
			t.Errorf("%s writes a file without a run", f.Name)
		}
	}
}

// TestRedGateIsRedEverywhere holds a run in which every record passed against a
// policy that wants a signer: no file about it may read as a green one.
func TestRedGateIsRedEverywhere(t *testing.T) {
	by := readers(sariftest.New(t), oscaltest.Schema(t))
	in := render.RunInput{Run: runtest.Run("5"), Withheld: []string{"tenancy.hidden"}}
	in.Run.Records = in.Run.Records[2:3]
	in.Verdict = &gate.Verdict{Policy: "release", Summary: "red", Breaches: []gate.Breach{
		{Rule: "signed_by", Object: "the run", Want: "a signature of ci.pub", Got: "no signature", Fix: "Sign it.", Command: "arxctl seal", Code: 5},
		{Rule: "checks", Check: "tenancy.read", Object: "tenancy.read", Want: "pass", Got: "no record", Fix: "Look at it.", Command: "arxctl check", Code: 3}}}
	red := map[string]string{"json": `"green": false`, "junit": `failures="2"`, "sarif": `"level": "error"`, "oscal": `"state": "not-satisfied"`, "ocsf": `"status":"Fail"`, "github": "::error title=arxctl gate", "github-summary": "## Gate: RED"}
	for _, f := range all.RunFormats() {
		b := written(t, f, in)
		if err := by[f.Name](b); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if !strings.Contains(string(b), red[f.Name]) {
			t.Errorf("%s does not show that the gate is red, as %s", f.Name, red[f.Name])
		}
		for _, s := range []string{"a signature of ci.pub", "no signature", "Sign it.", "arxctl seal", "no record", "tenancy.hidden"} {
			if !strings.Contains(plain(string(b)), s) {
				t.Errorf("%s does not say %q", f.Name, s)
			}
		}
	}
}

func FuzzRunFormats(f *testing.F) {
	for _, s := range runtest.Nasty() {
		f.Add(s)
	}
	sarif, schema := sariftest.New(f), oscaltest.Schema(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, format := range all.RunFormats() {
			if err := readers(sarif, schema)[format.Name](written(t, format, runtest.Hostile(s))); err != nil {
				t.Errorf("%s: %v", format.Name, err)
			}
		}
	})
}

// plain undoes what formats do to harmless text: escapes and line ends.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer(`\n`, " ", `\\`, "", `\`, "", "&#xA;", " ", "%0A", " ", "&#39;", "'", "&#34;", `"`).Replace(s)), " ")
}

// live is what Markdown would make something of: an unescaped link, picture, tag,
// autolink, heading or row that is not the writer's own.
func live() []*regexp.Regexp {
	return []*regexp.Regexp{regexp.MustCompile(`(^|[^\\])\]\(`), regexp.MustCompile(`(^|[^\\])<[A-Za-z/!]`), regexp.MustCompile(`(^|[^\\])!\[`), regexp.MustCompile(`https?://`), regexp.MustCompile(`\bwww\.`)}
}

// summary reads the Markdown summary line by line: outside fences and code spans
// nothing is live, and every row of a table has the cells of its head.
func summary(b []byte) error {
	constructs, fence, cells := live(), "", 0
	for i, line := range strings.Split(string(b), "\n") {
		if ticks := regexp.MustCompile("^`{3,}").FindString(line); ticks != "" {
			switch {
			case fence == "":
				fence = ticks
			case strings.TrimRight(line, " ") == fence:
				fence = ""
			}
			continue
		}
		if fence != "" {
			continue
		}
		outside := spans(line)
		for _, re := range constructs {
			if m := re.FindString(outside); m != "" {
				return fmt.Errorf("line %d: live %q: %s", i+1, m, line)
			}
		}
		if !strings.HasPrefix(line, "|") {
			cells = 0
			if line != "" && !regexp.MustCompile(`^(#{1,2} |\*\*|- |  - |Fix: |[^-+#>|*=\s])`).MatchString(line) {
				return fmt.Errorf("line %d is not the writer's: %s", i+1, line)
			}
			continue
		}
		n := len(regexp.MustCompile(`(^|[^\\])\|`).FindAllString(outside, -1))
		if cells == 0 {
			cells = n
		}
		if n != cells {
			return fmt.Errorf("line %d: a row of another width: %s", i+1, line)
		}
	}
	if fence != "" {
		return errors.New("a fence does not end")
	}
	return nil
}

// spans blanks code spans (CommonMark 6.1), whose text is not live.
func spans(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		if line[i] == '\\' && i+1 < len(line) {
			b.WriteString(line[i : i+2])
			i += 2
			continue
		}
		n := 0
		for i+n < len(line) && line[i+n] == '`' {
			n++
		}
		if n == 0 {
			b.WriteByte(line[i])
			i++
			continue
		}
		end := i + n
		for end < len(line) {
			m := 0
			for end+m < len(line) && line[end+m] == '`' {
				m++
			}
			if m == n {
				break
			}
			end += max(m, 1)
		}
		if end >= len(line) {
			b.WriteString(line[i : i+n])
			i += n
			continue
		}
		b.WriteString("code")
		i = end + n
	}
	return b.String()
}
