// Package runtest gives the tests of run formats a run in which every outcome
// occurs, with waivers and a baseline, judged by the real Judge.
package runtest

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/render"
)

// At is when the fixtures were collected.
func At() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }

// Digest and KeyID are made up.
func Digest() string { return strings.Repeat("5eed", 16) }
func KeyID() string  { return strings.Repeat("ab", 32) }

// Record makes the evidence of one check as a runner would: judged, never claimed.
func Record(id string, err error, pop evidence.Population, seen ...evidence.Observation) evidence.Evidence {
	e := evidence.Evidence{Population: pop, Observations: seen, Started: At(), Ended: At().Add(120 * time.Millisecond),
		Check: evidence.Doc{ID: id, Version: 2, Title: "What " + id + " looks at", Proves: "That " + id + " holds.", DoesNotProve: "Anything else.",
			Fix: "Mend " + id + " at the root.", Reproduce: `psql "$ARXCTL_APP_DSN" -c 'SELECT 1'`, Doors: []string{"db"}}}
	if err != nil {
		e.Error = err.Error()
	}
	e.Outcome, e.Reason = evidence.Judge(seen, pop, err)
	return e
}

// Tables is the population of the fixtures.
func Tables() evidence.Population {
	return evidence.Population{Unit: "tenant tables", Expected: []string{"public.agents", "public.runs"}}
}

// See is an observation of a unit that wants 0; Own one that wants at least 1.
func See(kind evidence.Kind, unit, got string) evidence.Observation {
	return evidence.Observation{Kind: kind, Unit: unit, What: "rows of B that A can read", Via: "SELECT count(*) FROM " + unit, Want: evidence.Equals("0"), Got: got, Layer: evidence.LayerRowSecurity}
}

// Own is a met sight of a unit.
func Own(unit string) evidence.Observation {
	o := See(evidence.Sight, unit, "3")
	o.What, o.Want = "rows of A that A can read", evidence.AtLeast(1)
	return o
}

func healthy() []evidence.Observation {
	return []evidence.Observation{Own("public.agents"), Own("public.runs"), See(evidence.Claim, "public.agents", "0"), See(evidence.Claim, "public.runs", "0")}
}

// Run is a run with every outcome; bad is what the stack sent in the failing one.
func Run(bad string) *evidence.Run {
	leak := See(evidence.Claim, "public.runs", bad)
	leak.Fix = "Enable row security on public.runs."
	blind := See(evidence.Claim, "public.agents", "")
	blind.Blind = "statement timeout (57014)"
	absent := Record("auditlog.chain", nil, evidence.Population{}, evidence.Observation{Kind: evidence.Claim, Unit: "public.audit", What: "columns that look like a chain", Want: evidence.Absent()})
	absent.Outcome, absent.Reason = evidence.NotApplicable, "there is no hash chain"
	notRun := Record("ratelimit.budget", nil, evidence.Population{})
	notRun.Outcome, notRun.Reason = evidence.NotRun, "the api door is not configured; to see this: add api: to arxctl.yaml"
	old := See(evidence.Advice, "public.agents", "14")
	old.What, old.Want = "major version of the server", evidence.AtLeast(15)
	excluded := Tables()
	excluded.Excluded = map[string]string{"public.runs": "a queue, emptied nightly"}
	return &evidence.Run{Tool: "arxctl test", Started: At(), Ended: At().Add(time.Second), Complete: true,
		Stack: evidence.Stack{Name: "Billing", Kind: "vendor", Environment: "shared", Build: "1.4.0", Identity: map[string]string{"server": "PostgreSQL 15"}},
		Records: []evidence.Evidence{
			absent,
			Record("auditlog.guard", errors.New("no connection; to see this: start the database"), Tables()),
			Record("bootkey.refusal", nil, Tables(), healthy()...),
			notRun,
			Record("tenancy.pool", nil, Tables(), Own("public.agents"), blind),
			Record("tenancy.read", nil, Tables(), append(healthy(), leak)...),
			Record("tenancy.server", nil, excluded, append(healthy(), old)...),
			Record("tenancy.write", nil, Tables(), append(healthy(), See(evidence.Claim, "public.agents", "1"))...),
		}}
}

// Input is the run with a signature, a verdict in which tenancy.write is waived,
// and a baseline in which tenancy.read had not failed and a check was more.
func Input() render.RunInput {
	before := Run("5")
	gone := Record("tenancy.gone", nil, Tables(), append(healthy(), See(evidence.Claim, "public.agents", "7"))...)
	for i, e := range before.Records {
		if e.Check.ID == "tenancy.read" {
			before.Records[i] = Record("tenancy.read", nil, Tables(), healthy()...)
		}
	}
	before.Records = append(before.Records[:5:5], append([]evidence.Evidence{gone}, before.Records[5:]...)...)
	return render.RunInput{Run: Run("5"), Digest: Digest(), KeyID: KeyID(), Verdict: Verdict(), Before: before, Config: "deploy/arxctl.yaml", RunPath: "run.json"}
}

// Verdict waives tenancy.write and holds an expired waiver for tenancy.read.
func Verdict() *gate.Verdict {
	waiver := func(check, unit, state string, until time.Time) gate.Waiver {
		return gate.Waiver{Check: check, Unit: unit, Reason: "the write path is replaced in release 2", Owner: "Lee", Ticket: "SEC-7", ApprovedBy: "CISO", Expires: until, State: state, Source: "waivers.yaml:3"}
	}
	write := waiver("tenancy.write", "public.agents", gate.InForce, At().AddDate(0, 1, 0))
	read := waiver("tenancy.read", "public.runs", gate.Expired, At().AddDate(0, 0, -1))
	breach := func(check, unit string, w *gate.Waiver) gate.Breach {
		return gate.Breach{Rule: "every live check passes", Check: check, Object: "check " + check, Units: []string{unit}, Want: "pass", Got: "fail", Fix: "Mend it.", Command: "arxctl check --only " + check, Code: 1, Waiver: w}
	}
	return &gate.Verdict{Policy: "default", AsOf: "2026-11-21T09:00:00Z", Summary: "red: 1 of 6 requirements does not hold, 1 waived", Required: 6,
		Breaches: []gate.Breach{breach("tenancy.read", "public.runs", &read)}, Waived: []gate.Breach{breach("tenancy.write", "public.agents", &write)}, Waivers: []gate.Waiver{read, write}}
}

// Empty is a run in which nothing was assessed, though a check was asked for.
func Empty() render.RunInput {
	run := Run("0")
	run.Records = run.Records[3:4]
	return render.RunInput{Run: run}
}

// Nasty lists texts that break out of formats which do not escape: XML, JSON,
// Markdown, HTML, workflow commands, terminals, templates and shells.
func Nasty() []string {
	return []string{
		"]]> <b>&amp;</failure></testcase><testcase name=\"pwned\"/>", "x\n::error title=pwned::pwned", "x\r::add-mask::pwned", "##[error]pwned", "%0A::error::pwned", "::set-output name=a::b",
		"\x00\x01\x1b[31mred\x1b]8;;http://evil\x07", "\u202Eevil\u2066\u200b\u2028::error::pwned\u2029::error::pwned\u0085::error::pwned", "\xff\xfe\xed\xa0\x80 not UTF-8",
		"[click](https://evil.example)", "![x](https://evil.example/pixel.png)", "<script>alert(1)</script><img src=x onerror=alert(1)>", "| a | b |\n| --- | --- |", "```\n# pwned\n```", "$GITHUB_ENV",
		"{0} {{x}} {", "</script>", "=HYPERLINK(\"http://evil\")", "\"'`$(touch /tmp/pwned)`; rm -rf /", "a,b:c=d", "   ", "", strings.Repeat("long ", 200), "https://evil.example www.evil.example @everyone #1", "&lt;b&gt;", "\ufffe\uffff\U0010FFFF",
	}
}

// Hostile is the input with one text wherever a stack, a file or a person may
// have put it.
func Hostile(s string) render.RunInput {
	in := Input()
	in.Run.Stack = evidence.Stack{Name: s, Kind: s, Environment: s, Build: s, Identity: map[string]string{s: s}}
	in.Run.Source = &evidence.Source{Provider: s, Repository: s, Commit: s, Ref: s, Workflow: s, Job: s}
	in.Run.Tool, in.Config, in.RunPath = s, s, s
	spoil(in.Run, s)
	for i := range in.Verdict.Waivers {
		spoilWaiver(&in.Verdict.Waivers[i], s)
	}
	for _, list := range [][]gate.Breach{in.Verdict.Breaches, in.Verdict.Waived} {
		for i := range list {
			b := &list[i]
			b.Rule, b.Object, b.Units, b.Want, b.Got, b.Fix, b.Command = s, s, []string{s}, s, s, s, s
			if b.Waiver != nil {
				spoilWaiver(b.Waiver, s)
			}
		}
	}
	in.Verdict.Policy, in.Verdict.Summary, in.Verdict.AsOf = s, s, s
	return in
}

func spoilWaiver(w *gate.Waiver, s string) {
	w.Unit, w.Reason, w.Owner, w.Ticket, w.ApprovedBy, w.Source = s, s, s, s, s, s
}

func spoil(run *evidence.Run, s string) {
	for i := range run.Records {
		e := &run.Records[i]
		e.Check.Title, e.Check.Proves, e.Check.DoesNotProve, e.Check.Fix, e.Check.Residue, e.Check.Reproduce, e.Check.POC = s, s, s, s, s, s, s
		e.Check.Doors, e.Check.Effects, e.Residue = []string{s}, []string{s}, []string{s}
		e.Facts = map[string]string{s: s}
		e.Population.Unit = s
		if len(e.Population.Expected) > 0 {
			e.Population.Expected = []string{s}
			e.Population.Excluded = map[string]string{s: s}
		}
		if e.Error != "" {
			e.Error = s
		}
		for j := range e.Observations {
			o := &e.Observations[j]
			refutes := o.Refutes()
			o.Unit, o.What, o.Via, o.Fix, o.SQLState = s, s, s, s, s
			if o.Blind != "" && s != "" {
				o.Blind = s
			}
			if refutes {
				o.Got, o.Want = s, evidence.Equals("wanted "+s)
			}
		}
		e.Reason = s
	}
}

// Written is what a format makes of the input.
func Written(t testing.TB, f render.RunFormat, in render.RunInput) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Render(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
