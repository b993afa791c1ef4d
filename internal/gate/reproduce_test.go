package gate_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/gate/report"
)

func TestReproduce(t *testing.T) {
	const id = "tenancy.read"
	shipped := []evidence.Doc{doc(id)}
	old := with(record(id, "a"), func(e *evidence.Evidence) { e.Check.Version = 9 })
	for _, tc := range []struct {
		name         string
		theirs, mine evidence.Evidence
		want         string // result: why: units that differ
	}{
		{"the same", record(id, "a", "b"), record(id, "a", "b"), "same: pass on both sides: "},
		{"the same on other units", record(id, "a", "b"), record(id, "c"), "same: pass on both sides: "},
		{"failing on both sides", record(id, "!a", "b"), record(id, "!a", "b"), "same: fail on both sides: "},
		{"failing in other units", record(id, "!a", "b"), record(id, "a", "!b"), "different: fail on both sides, but not in the same units: a failed/well, b well/failed"},
		{"failing in units of one side alone", record(id, "!a", "b"), record(id, "b", "!c"), "same: fail on both sides: "},
		{"pass and fail", record(id, "a", "b"), record(id, "a", "!b"), "different: pass in the run, fail on your stack: b well/failed"},
		{"pass and fail without a shared unit", record(id, "a"), record(id, "!z"), "different: pass in the run, fail on your stack: z /failed"},
		{"fail and pass without a shared unit", record(id, "!a"), record(id, "z"), "different: fail in the run, pass on your stack: a failed/"},
		{"a warning on one side", record(id, "a", "b"), record(id, "a", "~b"), "different: pass in the run, warn on your stack: b well/warned"},
		{"left out on one side", record(id, "a", "-b"), record(id, "a", "b"), "different: warn in the run, pass on your stack: b left out/well"},
		{"absent on both sides", absent(id), absent(id), "same: not-applicable on both sides: "},
		{"absent on one", absent(id), record(id, "a"), "different: not-applicable in the run, pass on your stack: catalogue not seen/"},
		{"you could not look", record(id, "a"), record(id, "?a"), "could not look: your run could not look: a: foreign rows: could not be seen: timeout (57014); to see this: raise the limit: "},
		{"your door is closed", record(id, "a"), notRun(id, "the db door is closed: no"), "could not look: your run could not look: the db door is closed: no: "},
		{"they could not look", record(id, "?a"), record(id, "a"), "could not look: the run itself could not look: a: foreign rows: could not be seen: timeout (57014); to see this: raise the limit: "},
		{"another version", old, record(id, "a"), "could not look: your arxctl has version 1, the run was made with 9: "},
		{"a check that you do not have", record("other.check", "a"), record(id, "a"), "could not look: your arxctl has no check of this name: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := gate.Reproduce(run(tc.theirs), run(tc.mine), nil, shipped)
			x := r.Checks[0]
			var units []string
			for _, u := range x.Units {
				units = append(units, fmt.Sprintf("%s %s/%s", u.Unit, u.Theirs, u.Yours))
			}
			if got := fmt.Sprintf("%s: %s: %s", x.Result, x.Why, strings.Join(units, ", ")); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if r.Same+r.Different+r.CouldNotLook != 1 {
				t.Errorf("counted %s", r.Summary())
			}
		})
	}
}

func TestReproduceWhatIsNotThere(t *testing.T) {
	shipped := []evidence.Doc{doc("tenancy.read")}
	r := gate.Reproduce(run(record("tenancy.read", "a")), run(), []string{"tenancy.write"}, shipped)
	if r.CouldNotLook != 2 || r.Checks[0].Why != "it did not run on your stack" || r.Checks[1].Why != "the record was withheld from this file" {
		t.Errorf("%+v", r.Checks)
	}
	if r := gate.Reproduce(run(), run(), nil, shipped); !r.Nothing() || !strings.HasPrefix(r.Summary(), "nothing was reproduced") {
		t.Errorf("an empty run: %s", r.Summary())
	}
}

func TestReproductionShowsBothSides(t *testing.T) {
	r := gate.Reproduce(run(record("tenancy.read", "a", "b", "x")), run(record("tenancy.read", "a", "!b", "y")), nil, []evidence.Doc{doc("tenancy.read")})
	var text, md bytes.Buffer
	if report.ReproductionText(&text, r) != nil || report.ReproductionMarkdown(&md, r) != nil {
		t.Fatal("not written")
	}
	for _, want := range []string{"DIFFERENT tenancy.read", "unit     b: well in the run, failed on your stack", "theirs   foreign rows: wanted at most 0, got 0", "yours    foreign rows: wanted at most 0, got 7", "via      SELECT 2", "only in theirs x", "only in yours y", "1 check: 0 same, 1 different"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("lacks %q:\n%s", want, &text)
		}
	}
	if !strings.Contains(md.String(), "**DIFFERENT** tenancy.read") {
		t.Errorf("markdown:\n%s", &md)
	}
}
