package pretty_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/pretty"
)

var at = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// record makes evidence as a runner would: judged, never claimed.
func record(id string, err error, pop evidence.Population, seen ...evidence.Observation) evidence.Evidence {
	e := evidence.Evidence{Check: evidence.Doc{ID: id, Version: 1, Title: "What " + id + " looks at", Fix: "Mend it at the root.", Reproduce: `psql "$ARXCTL_APP_DSN" -c 'SELECT 1'`},
		Population: pop, Observations: seen, Started: at, Ended: at.Add(120 * time.Millisecond)}
	if err != nil {
		e.Error = err.Error()
	}
	e.Outcome, e.Reason = evidence.Judge(seen, pop, err)
	return e
}

// sample is a run with every outcome, and text from a hostile stack.
func sample() *evidence.Run {
	tables := evidence.Population{Unit: "tenant tables", Expected: []string{"public.agents", "public.runs"}}
	see := func(kind evidence.Kind, unit, got string) evidence.Observation {
		return evidence.Observation{Kind: kind, Unit: unit, What: "rows of B that A can read", Via: "SELECT count(*) FROM " + unit, Want: evidence.Equals("0"), Got: got}
	}
	own := func(unit string) evidence.Observation {
		o := see(evidence.Sight, unit, "3")
		o.Want = evidence.AtLeast(1)
		return o
	}
	whole := []evidence.Observation{own("public.agents"), own("public.runs"), see(evidence.Claim, "public.agents", "0"), see(evidence.Claim, "public.runs", "0")}
	hostile := see(evidence.Claim, "public.runs", "5 \x1b[31mred\x1b[0m\x07 \u202Eevil ]]> <b>&amp;\x00")
	notRun := evidence.Evidence{Check: evidence.Doc{ID: "ratelimit.budget", Title: "Budgets"}, Outcome: evidence.NotRun, Reason: "the api door is not configured; to see this: add api: to arxctl.yaml", Started: at, Ended: at}
	absent := record("auditlog.chain", nil, evidence.Population{}, evidence.Observation{Kind: evidence.Claim, Unit: "public.audit", Want: evidence.Absent()})
	absent.Outcome, absent.Reason = evidence.NotApplicable, "there is no hash chain"
	return &evidence.Run{Tool: "arxctl test", Stack: evidence.Stack{Name: "Billing \x1b[2J", Kind: "vendor", Environment: "shared"}, Started: at, Ended: at.Add(time.Second), Complete: true, Records: []evidence.Evidence{
		absent,
		record("auditlog.guard", errors.New("no connection"), tables),
		record("bootkey.refusal", nil, tables, whole...),
		notRun,
		record("tenancy.read", nil, tables, append(whole, hostile)...),
		record("tenancy.server", nil, tables, append(whole, see(evidence.Advice, "server", "old"))...),
	}}
}

func TestScreen(t *testing.T) {
	var b bytes.Buffer
	if err := pretty.Write(&b, sample(), pretty.Options{Width: 100, Digest: strings.Repeat("ab", 32), Config: "mine.yaml"}); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "screen.txt", b.Bytes())
	if i := bytes.IndexAny(b.Bytes(), "\x1b\x07\x00"); i >= 0 {
		t.Errorf("a control character of the stack reached the terminal at byte %d", i)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len([]rune(line)) > 100 && !strings.HasPrefix(line, "6 checks on") {
			t.Errorf("%d columns: %s", len([]rune(line)), line)
		}
	}
}

func TestGreenInCIIsOneLine(t *testing.T) {
	run := sample()
	run.Records = run.Records[2:3]
	var b bytes.Buffer
	if err := pretty.Write(&b, run, pretty.Options{Brief: true}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "1 pass") {
		t.Errorf("green in CI: %q", got)
	}
	run.Records = nil
	b.Reset()
	if err := pretty.Write(&b, run, pretty.Options{Brief: true}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "pass") {
		t.Errorf("a run without records says %q", b.String())
	}
}

func TestNoColourWithoutBeingAsked(t *testing.T) {
	var plain, colour bytes.Buffer
	if err := errors.Join(pretty.Write(&plain, sample(), pretty.Options{}), pretty.Write(&colour, sample(), pretty.Options{Color: true})); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b[") || !strings.Contains(colour.String(), "\x1b[") {
		t.Error("colour does not follow Options.Color")
	}
}

// What a stack sends must not become a command of the CI that shows the screen,
// wherever the wrapping puts it.
func TestScreenIsNoCommandToCI(t *testing.T) {
	for width := 30; width < 60; width++ {
		run := sample()
		for i := range run.Records {
			for j := range run.Records[i].Observations {
				run.Records[i].Observations[j].Got = strings.Repeat("::error::pwned ##[add-mask]x ##vso[task]x ", 9)
			}
		}
		var b bytes.Buffer
		if err := pretty.Write(&b, run, pretty.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
				t.Fatalf("at %d columns a line is a command: %q", width, line)
			}
		}
	}
}
