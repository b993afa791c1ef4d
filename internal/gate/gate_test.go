package gate_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/gate/report"
)

var now = ended.Add(time.Hour)

// policyOf decodes a policy of which only the lines that matter are given.
func policyOf(t testing.TB, lines string) *gate.Policy {
	t.Helper()
	p, err := gate.DecodePolicy(yamldoc.File{Name: "policy.yaml", Body: []byte("version: 1\nname: release\n" + lines)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func waiversOf(t testing.TB, lines ...string) []gate.Waiver {
	t.Helper()
	body := "waivers:\n"
	for _, l := range lines {
		body += "  - {" + l + ", reason: known, owner: Head of Engineering, ticket: T-1, approved_by: CISO}\n"
	}
	list, err := gate.DecodeWaivers(yamldoc.File{Name: "waivers.yaml", Body: []byte(body)}, now)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// verdict is "green", or one line a breach: code, rule, what it is about, units.
func verdict(t testing.TB, in gate.Input) string {
	t.Helper()
	if in.AsOf.IsZero() {
		in.AsOf = now
	}
	if in.Policy == nil {
		in.Policy = gate.DefaultPolicy()
	}
	v, err := gate.Evaluate(in)
	if err != nil {
		return "error " + err.Error()
	}
	if v.Green != (len(v.Breaches) == 0) {
		t.Errorf("green is %t with %d breaches", v.Green, len(v.Breaches))
	}
	if v.Green {
		return "green"
	}
	var out []string
	for _, b := range v.Breaches {
		about, _, _ := strings.Cut(b.Object, "  ")
		line := fmt.Sprintf("%d %s %s", b.Code, b.Rule, about)
		if len(b.Units) > 0 {
			line += " [" + strings.Join(b.Units, " ") + "]"
		}
		out = append(out, line)
		for name, s := range map[string]string{"object": b.Object, "want": b.Want, "got": b.Got, "fix": b.Fix, "command": b.Command} {
			if s == "" {
				t.Errorf("the breach %q says nothing under %s", line, name)
			}
		}
	}
	return strings.Join(out, "\n")
}

func load(e evidence.Evidence) evidence.Evidence {
	e.Check.Effects = []string{"sends load"}
	return e
}

// TestNoFalseGreen tries to get green out of what is not: of each, some line of
// the verdict must say why.
func TestNoFalseGreen(t *testing.T) {
	read, write := doc("tenancy.read"), doc("tenancy.write")
	shipped := []evidence.Doc{read, write}
	both := func(change func(*evidence.Run)) *evidence.Run {
		r := run(record("tenancy.read", "a", "b"), record("tenancy.write", "a", "b"))
		if change != nil {
			change(r)
		}
		return r
	}
	for _, tc := range []struct {
		name string
		run  *evidence.Run
		want string // a line of the verdict
	}{
		{"healthy", both(nil), "green"},
		{"an empty run", run(), "4 nothing assessed is never green the run"},
		{"only not run", run(notRun("tenancy.read", "no door"), notRun("tenancy.write", "no door")), "4 nothing assessed is never green the run"},
		{"a door that is closed by declaration", both(func(r *evidence.Run) { r.Records[1] = notRun("tenancy.write", "the db door is closed: no") }), "3 require.deterministic tenancy.write"},
		{"one check of two", run(record("tenancy.read", "a")), "3 require.deterministic tenancy.write"},
		{"an interrupted run", both(func(r *evidence.Run) { r.Complete = false }), "3 the run is complete the run"},
		{"a failure", both(func(r *evidence.Run) { r.Records[0] = record("tenancy.read", "a", "!b") }), "1 require.deterministic tenancy.read [b]"},
		{"blind", both(func(r *evidence.Run) { r.Records[0] = record("tenancy.read", "a", "?b") }), "3 require.deterministic tenancy.read"},
		{"nothing there to check", both(func(r *evidence.Run) { r.Records[0] = absent("tenancy.read") }), "3 require.deterministic tenancy.read"},
		{"a duplicate record, the good one first", both(func(r *evidence.Run) { r.Records = append(r.Records, record("tenancy.read", "!a")) }), "5 records judge to what they say the run, record tenancy.read"},
		{"a pass without a population", both(func(r *evidence.Run) {
			r.Records[0] = with(record("tenancy.read"), func(e *evidence.Evidence) { e.Outcome, e.Reason = evidence.Pass, "0 of 0 tables" })
		}), "5 records judge to what they say the run, record tenancy.read"},
		{"a pass over a refuted claim", both(func(r *evidence.Run) {
			r.Records[0] = with(record("tenancy.read", "!a"), func(e *evidence.Evidence) { e.Outcome, e.Reason = evidence.Pass, "1 of 1 tables" })
		}), "5 records judge to what they say the run, record tenancy.read"},
		{"not applicable without showing it", both(func(r *evidence.Run) {
			r.Records[0] = with(absent("tenancy.read"), func(e *evidence.Evidence) { e.Observations = nil })
		}), "5 records judge to what they say the run, record tenancy.read"},
		{"an outcome that nobody knows", both(func(r *evidence.Run) { r.Records[0].Outcome = "fine" }), "5 records judge to what they say the run, record tenancy.read"},
		{"an old run", both(func(r *evidence.Run) { r.Ended = now.Add(-25 * time.Hour) }), "6 max_age the run"},
		{"an old record in a new run", both(func(r *evidence.Run) { r.Records[1].Ended = now.Add(-25 * time.Hour) }), "6 max_age 1 records of the run [tenancy.write]"},
		{"a run of the future", both(func(r *evidence.Run) { r.Ended = now.Add(6 * time.Minute) }), "6 max_age the run"},
		{"a clock that is a little ahead", both(func(r *evidence.Run) { r.Ended = now.Add(4 * time.Minute) }), "green"},
		{"a record of the future", both(func(r *evidence.Run) { r.Records[0].Ended = now.Add(6 * time.Minute) }), "6 max_age 1 records of the run [tenancy.read]"},
		{"a run without a time", both(func(r *evidence.Run) { r.Ended = time.Time{} }), "6 max_age the run"},
		{"a record without a time", both(func(r *evidence.Run) { r.Records[0].Ended = time.Time{} }), "6 max_age 1 records of the run [tenancy.read]"},
		{"another version of the check", both(func(r *evidence.Run) { r.Records[0].Check.Version = 9 }), "3 require.deterministic tenancy.read"},
		{"a check that says of itself that it sends load", both(func(r *evidence.Run) { r.Records[0] = load(record("tenancy.read", "!a")) }), "1 require.deterministic tenancy.read [a]"},
		{"a check that is not shipped fails", both(func(r *evidence.Run) { r.Records = append(r.Records, record("custom.own", "!a")) }), "1 require.deterministic custom.own [a]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := verdict(t, gate.Input{Run: tc.run, Shipped: shipped})
			if !slices.Contains(strings.Split(got, "\n"), tc.want) {
				t.Errorf("got\n%s\nwant a line\n%s", got, tc.want)
			}
		})
	}
}

func TestAFailureThatIsNotRequiredIsSaid(t *testing.T) {
	v, err := gate.Evaluate(gate.Input{Policy: gate.DefaultPolicy(), AsOf: now, Run: run(record("tenancy.read", "a"), load(record("ratelimit.budget", "!a")))})
	if err != nil || !v.Green || !slices.Equal(v.Unrequired, []string{"ratelimit.budget"}) || !strings.Contains(v.Summary, "not required and failing: ratelimit.budget") {
		t.Errorf("%v %+v", err, v)
	}
}

func TestPolicyLines(t *testing.T) {
	warned := run(record("tenancy.read", "~a"), record("tenancy.write", "a"), record("auditlog.chain", "a"))
	none := run(absent("auditlog.chain"), record("tenancy.read", "a"))
	closed := run(record("tenancy.read", "a"), with(notRun("bootkey.refusal", "the boot door is closed: a managed platform"), func(e *evidence.Evidence) { e.Check.Doors = []string{"boot"} }))
	for _, tc := range []struct {
		name, policy string
		run          *evidence.Run
		want         string
	}{
		{"warn where warn is good enough", "require: {checks: {tenancy.read: warn}}", warned, "green"},
		{"warn where pass is wanted", "require: {checks: {tenancy.read: pass}}", warned, "1 require.checks.tenancy.read tenancy.read [a]"},
		{"a glob", "require: {checks: {'tenancy.*': pass}}", warned, "1 require.checks.tenancy.* tenancy.read [a]"},
		{"an ID counts more than a glob", "require: {checks: {'tenancy.*': pass, tenancy.read: warn}}", warned, "green"},
		{"two globs both hold", "require: {checks: {'tenancy.*': pass, 't*': warn}}", warned, "1 require.checks.tenancy.* tenancy.read [a]"},
		{"a glob counts more than a family", "require: {families: {tenancy: pass}, checks: {'tenancy.*': warn}}", warned, "green"},
		{"a family", "require: {families: {tenancy: pass}}", warned, "1 require.families.tenancy tenancy.read [a]"},
		{"a family counts more than deterministic", "require: {deterministic: warn, families: {tenancy: pass}}", warned, "1 require.families.tenancy tenancy.read [a]"},
		{"rightly absent", "require: {deterministic: pass, checks: {auditlog.chain: [pass, not-applicable]}}", none, "green"},
		{"absent, and nobody said so", "require: {deterministic: pass}", none, "3 require.deterministic auditlog.chain"},
		{"rightly absent and nothing else", "require: {checks: {auditlog.chain: not-applicable}}", none, "4 nothing assessed is never green the run"},
		{"a closed door that is named", "require: {deterministic: pass}\nclosed_doors: [boot]", closed, "green"},
		{"a closed door that is named and nothing else", "require: {families: {bootkey: pass}}\nclosed_doors: [boot]", closed, "4 nothing assessed is never green the run"},
		{"another reason than the door's", "require: {deterministic: pass}\nclosed_doors: [boot]", run(record("tenancy.read", "a"), closed.Records[1], with(notRun("bootkey.optin", "environment: production allows catalogue and reads only"), func(e *evidence.Evidence) { e.Check.Doors = []string{"boot"} })), "3 require.deterministic bootkey.optin"},
		{"a stack's text that reads like a closed door", "require: {deterministic: pass}\nclosed_doors: [boot]", run(record("tenancy.read", "a"), closed.Records[1], with(record("bootkey.optin", "?a"), func(e *evidence.Evidence) {
			e.Check.Doors = []string{"boot"}
			e.Observations[1].Blind = "the boot door is closed: ha"
			*e = judged(*e)
		})), "3 require.deterministic bootkey.optin"},
		{"a closed door that is not named", "require: {deterministic: pass}", closed, "3 require.deterministic bootkey.refusal"},
		{"a closed door that is not closed", "require: {deterministic: warn}\nclosed_doors: [boot]", warned, "error policy.yaml:4: closed_doors[0]: no required check of this run was kept from running by a closed boot door; remove it"},
		{"a selector that matches nothing", "require:\n  checks:\n    tenancy.reed: pass", warned, "error policy.yaml:5: require.checks.tenancy.reed: matches no check that arxctl ships or that is in the run; see: arxctl check --list"},
		{"a family that matches nothing", "require:\n  families: {tenant: pass}", warned, "error policy.yaml:4: require.families.tenant: matches no check that arxctl ships or that is in the run; see: arxctl check --list"},
		{"a control that does not exist", "require:\n  controls: {nothing: proven}", warned, "error policy.yaml:4: require.controls.nothing: matches no control; see the IDs in the directory of claims"},
		{"a question that does not exist", "require:\n  questions: {sig-lite/Z.1: proven}", warned, "error policy.yaml:4: require.questions.sig-lite/Z.1: matches no question; expected as sig-lite/E.1.4 or sig-lite/E.*"},
		{"of another stack", "require: {deterministic: warn}\nstack: {name: Beta, environment: shared}", warned, "3 stack.name the run's stack"},
		{"of this stack", "require: {deterministic: warn}\nstack: {name: Acme, kind: vendor, environment: shared, build: '7'}", warned, "green"},
		{"too old by its own limit", "require: {deterministic: warn}\nmax_age: 30m", warned, "6 max_age the run"},
		{"not too old", "require: {deterministic: warn}\nmax_age: 7d", warned, "green"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := verdict(t, gate.Input{Policy: policyOf(t, tc.policy), Run: tc.run}); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestSignature(t *testing.T) {
	key, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	signers := []gate.Signer{{Name: "ci.pub", KeyID: key}}
	for name, tc := range map[string]struct {
		signature gate.Signature
		want      string
	}{
		"signed":         {gate.Signature{KeyID: key}, "green"},
		"another key":    {gate.Signature{KeyID: other}, "5 signed_by the run"},
		"unsigned":       {gate.Signature{}, "5 signed_by the run"},
		"does not hold":  {gate.Signature{Problem: "the signature does not verify"}, "5 signed_by the run"},
		"an empty key's": {gate.Signature{KeyID: ""}, "5 signed_by the run"},
	} {
		if got := verdict(t, gate.Input{Run: run(record("tenancy.read", "a")), Signers: signers, Signature: tc.signature}); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	if got := verdict(t, gate.Input{Run: run(record("tenancy.read", "a")), Signers: []gate.Signer{{Name: "nobody"}}}); got != "5 signed_by the run" {
		t.Errorf("a signer without a key ID: %s", got)
	}
	base := run(record("tenancy.read", "a"))
	base.Ended = ended.Add(-time.Hour)
	if got := verdict(t, gate.Input{Run: run(record("tenancy.read", "a")), Baseline: base, Signers: signers, Signature: gate.Signature{KeyID: key}}); got != "5 signed_by the baseline" {
		t.Errorf("an unsigned baseline: %s", got)
	}
}

func TestControlsAndQuestionsAreNeverWaived(t *testing.T) {
	lib := &control.Library{Controls: []control.Control{
		{ID: "isolation", Claim: "Rows are apart.", State: control.Implemented, Subject: control.Product, Scope: control.POC, Requires: control.Requires{Checks: []string{"tenancy.read"}}},
		{ID: "policy", Claim: "There is a policy.", State: control.Implemented, Subject: control.Company, Scope: control.Production, Requires: control.Requires{Attestations: []string{"paper"}}},
		{ID: "kms", Claim: "Keys are in a vault.", State: control.StatePlanned, Subject: control.Product, Scope: control.POC},
	}}
	paper := control.Attestation{ID: "paper", Statement: "it is so", Role: "CISO", Date: yamldoc.Date{Time: ended.AddDate(0, -1, 0)}, Expires: yamldoc.Date{Time: ended.AddDate(0, 1, 0)}, Artefact: control.Artefact{Name: "paper", SHA256: strings.Repeat("ab", 32)}}
	sample := paper
	sample.Sample = true
	bad := run(record("tenancy.read", "!a"))
	for _, tc := range []struct {
		name, policy string
		run          *evidence.Run
		signed       []control.Attestation
		asOf         time.Time
		want         string
	}{
		{"proven", "controls: {isolation: proven}", run(record("tenancy.read", "a")), nil, now, "green"},
		{"contradicted, though waived", "controls: {isolation: proven}", bad, nil, now, "1 require.controls.isolation control isolation: Rows are apart. [a]"},
		{"unproven", "controls: {isolation: proven}", run(record("tenancy.read", "?a")), nil, now, "3 require.controls.isolation control isolation: Rows are apart."},
		{"stale", "controls: {isolation: proven}", run(record("tenancy.read", "a")), nil, now.AddDate(0, 2, 0), "6 require.controls.isolation control isolation: Rows are apart."},
		{"attested", "controls: {policy: attested}", run(record("tenancy.read", "a")), []control.Attestation{paper}, now, "green"},
		{"attested where proof is wanted", "controls: {policy: proven}", run(record("tenancy.read", "a")), []control.Attestation{paper}, now, "3 require.controls.policy control policy: There is a policy."},
		{"by a sample", "controls: {policy: attested}", run(record("tenancy.read", "a")), []control.Attestation{sample}, now, "3 require.controls.policy control policy: There is a policy."},
		{"planned", "controls: {kms: attested}", run(), nil, now, "1 require.controls.kms control kms: Keys are in a vault."},
		{"planned alone is nothing assessed", "controls: {kms: planned}", run(), nil, now, "4 nothing assessed is never green the run"},
		{"planned, and that is enough", "controls: {kms: planned, isolation: proven}", run(record("tenancy.read", "a")), nil, now, "green"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lib.Attestations = tc.signed
			in := gate.Input{Policy: policyOf(t, "require: {"+tc.policy+"}"), Run: tc.run, AsOf: tc.asOf, Controls: control.Assess(lib, tc.run, tc.asOf)}
			if tc.run == bad {
				in.Waivers = waiversOf(t, "check: tenancy.read, unit: a, expires: 2026-12-31")
			}
			if got := verdict(t, in); !slices.Contains(strings.Split(got, "\n"), tc.want) {
				t.Errorf("got\n%s\nwant a line\n%s", got, tc.want)
			}
		})
	}
}

func TestGreenIsOneLineAndRedSaysWhatToDo(t *testing.T) {
	var green, red bytes.Buffer
	in := gate.Input{Policy: policyOf(t, "require: {deterministic: warn}"), AsOf: now, Run: run(record("tenancy.read", "!a"), record("tenancy.write", "a")),
		Waivers: waiversOf(t, "check: tenancy.read, unit: a, expires: 2026-12-31")}
	v, err := gate.Evaluate(in)
	if err != nil || report.VerdictText(&green, v) != nil {
		t.Fatal(err)
	}
	if text := green.String(); strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "GREEN release") || !strings.Contains(text, "waived until 2027-01-01T00:00:00Z: tenancy.read in a (T-1)") {
		t.Errorf("green:\n%s", text)
	}
	in.Waivers = nil
	if v, err = gate.Evaluate(in); err != nil || report.VerdictText(&red, v) != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FAIL tenancy.read", "\n  want     pass or warn\n", "\n  got      fail: a: foreign rows: wanted at most 0, got 7\n", "\n  units    a\n", "\n  fix      mend it\n", "\n  command  psql -c 'SELECT 2'\n", "\nRED release: 1 breach of"} {
		if !strings.Contains(red.String(), want) {
			t.Errorf("red lacks %q:\n%s", want, &red)
		}
	}
}

func BenchmarkEvaluateHealthy(b *testing.B) {
	var records []evidence.Evidence
	var shipped []evidence.Doc
	units := make([]string, 25)
	for i := range units {
		units[i] = fmt.Sprintf("public.table_%d", i)
	}
	for i := range 27 {
		records = append(records, record(fmt.Sprintf("family.check-%d", i), units...))
		shipped = append(shipped, records[i].Check)
	}
	in := gate.Input{Policy: gate.DefaultPolicy(), AsOf: now, Run: run(records...), Shipped: shipped, Baseline: run(records...)}
	for b.Loop() {
		if v, err := gate.Evaluate(in); err != nil || !v.Green {
			b.Fatal(err, v)
		}
	}
}
