package library_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/library"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// held holds one draft against today's answer.
func held(t *testing.T, d library.Draft, today library.Today) library.Held {
	t.Helper()
	d.Sheet, d.Cell, d.Question = "S", "C4", "Q"
	out := library.File{Answers: []library.Draft{d}}.Hold(func(layout.Table, layout.Row) library.Today { return today })
	if len(out) != 1 {
		t.Fatalf("%d drafts are held, want 1", len(out))
	}
	return out[0]
}

func answer(s control.Status) *questionnaire.Answer {
	return &questionnaire.Answer{Status: s, Sentence: "No: as of today", Evidence: []questionnaire.Line{{Check: "a.b", Outcome: "fail"}, {Check: "c.d", Outcome: "pass"}}}
}

func TestHoldSaysWhatIsFalseToday(t *testing.T) {
	for _, c := range []struct {
		was      string
		status   control.Status
		inverted bool
		want     library.Verdict
	}{
		{"Yes", control.Contradicted, false, library.False},
		{"yes, see the annex", control.Contradicted, false, library.False},
		{"N/A", control.Contradicted, false, library.False},
		{"n.a.", control.Contradicted, false, library.False},
		{"No", control.Contradicted, false, library.Stands},
		{"Yes", control.Planned, false, library.False},
		{"NA", control.Planned, false, library.False},
		{"Yes", control.Proven, false, library.Stands},
		{"No", control.Attested, false, library.Better},
		{"Yes", control.NotApplicable, false, library.Read}, // one of the two is wrong
		{"Yes", control.Unproven, false, library.Unseen},
		{"Yes", control.Stale, false, library.Expired},
		{"Yes", control.Unanswered, false, library.Unsupported},
		{"Yes", "", false, library.Unsupported},
		// Words may claim what a Yes claims, and a person has to read them: where a check
		// contradicts what we claim here, they are never counted among what nothing of
		// ours is about.
		{"We encrypt everything with AES-256", control.Contradicted, false, library.Read},
		{"No tenant ever sees another", control.Contradicted, false, library.Read},
		{"Partially", control.Contradicted, false, library.Read},
		{"We encrypt everything with AES-256", control.Planned, false, library.Read},
		{"We encrypt everything with AES-256", control.Proven, false, library.Differs},
		{"No", control.Contradicted, true, library.False}, // "is any data shared between tenants?"
		{"Never, by row security", control.Contradicted, true, library.Read},
		{"Yes", control.Proven, true, library.Better},
		{"No", control.Proven, true, library.Stands},
	} {
		today := library.Today{Inverted: c.inverted}
		if c.status != "" {
			today.Answer = answer(c.status)
		}
		h := held(t, library.Draft{Answer: c.was}, today)
		if h.Verdict != c.want {
			t.Errorf("%q, today %s, inverted %v: %+v, want %s", c.was, c.status, c.inverted, h, c.want)
		}
		if c.inverted && strings.HasPrefix(h.Says, "No") {
			t.Errorf("%q: %q reads as the answer to the question, and is not", c.was, h.Says)
		}
		if (h.Verdict == library.False || h.Verdict == library.Read) && c.status == control.Contradicted && strings.Join(h.Checks, " ") != "a.b" {
			t.Errorf("%q: checks %v", c.was, h.Checks)
		}
	}
}

// TestACommentIsTheAnswerWhereNoneIs: many a vendor writes "Yes, by ..." into the
// comment and leaves the answer alone.
func TestACommentIsTheAnswerWhereNoneIs(t *testing.T) {
	for _, c := range []struct {
		answer, comment string
		value           string
		want            library.Verdict
	}{
		{"", "Yes, with AES-256", "Yes", library.False},
		{"", "No - planned", "No", library.Stands},
		{"", "With AES-256", "", library.Read},
		{"No", "Yes, with AES-256", "No", library.Stands},
		{"See comment", "Yes, with AES-256", "", library.Read},
		{"Please select", "Yes, with AES-256", "Yes", library.False},
	} {
		h := held(t, library.Draft{Answer: c.answer, Comment: c.comment}, library.Today{Answer: answer(control.Contradicted)})
		if h.Value != c.value || h.Verdict != c.want {
			t.Errorf("%q beside %q is read as %q and %s, want %q and %s", c.answer, c.comment, h.Value, h.Verdict, c.value, c.want)
		}
	}
}

// TestANearMissHidesNoContradiction: what we claim does not answer the question,
// and the old answer may have meant it all the same.
func TestANearMissHidesNoContradiction(t *testing.T) {
	mention := func(s control.Status) []questionnaire.Mention {
		return []questionnaire.Mention{{ID: "tenant-isolation", Status: s, Claim: "Rows are kept apart", Failed: []string{"a.b"}}}
	}
	unanswered := answer(control.Unanswered)
	unanswered.Mentioned = mention(control.Contradicted)
	unseen := answer(control.Unproven)
	unseen.Mentioned = mention(control.Contradicted)
	for name, c := range map[string]struct {
		was   string
		today library.Today
		want  library.Verdict
	}{
		"a Yes":                       {"Yes", library.Today{Answer: answer(control.Contradicted), Near: "it asks for words"}, library.Read},
		"words":                       {"By row security", library.Today{Answer: answer(control.Contradicted), Near: "it asks for words"}, library.Read},
		"planned":                     {"Yes", library.Today{Answer: answer(control.Planned), Near: "it asks for words"}, library.Read},
		"a No claims nothing":         {"No", library.Today{Answer: answer(control.Contradicted), Near: "it asks for words"}, library.Unsupported},
		"a No that may be good":       {"No", library.Today{Answer: answer(control.Contradicted), Near: "Yes would be bad", Doubt: true}, library.Read},
		"what is proven says nothing": {"Yes", library.Today{Answer: answer(control.Proven), Near: "it asks for words"}, library.Unsupported},
		"what expired says nothing":   {"Yes", library.Today{Answer: answer(control.Stale), Near: "it asks for words"}, library.Unsupported},
		"claims as near":              {"Yes", library.Today{Near: "two claims are as near", Beside: mention(control.Contradicted)}, library.Read},
		"a claim as near, planned":    {"Yes", library.Today{Near: "two claims are as near", Beside: append(mention(control.Proven), mention(control.Planned)...)}, library.Read},
		"planned, and NA was said":    {"NA", library.Today{Near: "two claims are as near", Beside: mention(control.Planned)}, library.Unsupported},
		"claims as near that hold":    {"Yes", library.Today{Near: "two claims are as near", Beside: mention(control.Proven)}, library.Unsupported},
		"a part of the question":      {"Yes", library.Today{Answer: unanswered}, library.Read},
		"a part of what is not shown": {"Yes", library.Today{Answer: unseen}, library.Read},
		"a part, and No was said":     {"No", library.Today{Answer: unanswered}, library.Unsupported},
	} {
		h := held(t, library.Draft{Answer: c.was}, c.today)
		if h.Verdict != c.want {
			t.Errorf("%s: %+v, want %s", name, h, c.want)
		}
		if h.Verdict == library.Read && (h.Why == "" || h.Says == "" || h.Status == control.Contradicted && len(h.Checks) == 0) {
			t.Errorf("%s: nothing says why it is to be read: %+v", name, h)
		}
		if h.Blind || h.Expired {
			t.Errorf("%s: what is near is no support that could be missing: %+v", name, h)
		}
	}
}

// TestWhatAYesRestsOnIsSaid: an exit code tells that it is beyond its limit, or
// could not be looked at; of a No it does not matter.
func TestWhatAYesRestsOnIsSaid(t *testing.T) {
	stale, blind := answer(control.Stale), answer(control.Unproven)
	stale.Expired, blind.Blind = true, true
	both := answer(control.Unproven)
	both.Blind, both.Expired = true, true
	both.Gap = &questionnaire.Gap{Need: "arxctl check --only c.d"}
	both.Evidence = []questionnaire.Line{{Check: "a.b", Outcome: "pass", Reason: "shown long ago", ToSee: "arxctl check --only a.b"}}
	if h := held(t, library.Draft{Answer: "Yes"}, library.Today{Answer: both}); h.Need != "a.b: shown long ago; and arxctl check --only c.d" {
		t.Errorf("of two things that are missing it says %q", h.Need)
	}
	over := answer(control.Proven)
	over.Expired, over.Details = true, []string{"Override expired: somebody said otherwise until 2026-01-01"}
	if h := held(t, library.Draft{Answer: "Yes"}, library.Today{Answer: over}); h.Verdict != library.Expired || !h.Expired || h.Need != over.Details[0] {
		t.Errorf("an override that expired is not said: %+v", h)
	}
	for _, c := range []struct {
		was            string
		today          *questionnaire.Answer
		want           library.Verdict
		blind, expired bool
	}{
		{"Yes", stale, library.Expired, false, true},
		{"By row security", stale, library.Expired, false, true},
		{"No", stale, library.Expired, false, false},
		{"Yes", blind, library.Unseen, true, false},
		{"No", blind, library.Unseen, false, false},
		{"NA", blind, library.Unseen, false, false},
		{"Yes", both, library.Expired, true, true},
	} {
		if h := held(t, library.Draft{Answer: c.was}, library.Today{Answer: c.today}); h.Verdict != c.want || h.Blind != c.blind || h.Expired != c.expired {
			t.Errorf("%q: %+v, want %s, blind %v, expired %v", c.was, h, c.want, c.blind, c.expired)
		}
	}
}

// TestAnOverrideIsTodaysAnswer: what a role says for this customer is no evidence,
// and still not what was sent.
func TestAnOverrideIsTodaysAnswer(t *testing.T) {
	a := answer(control.Proven)
	a.Value, a.Override = "No", &questionnaire.Overridden{Owner: "Head of Security", Value: "Yes"}
	if h := held(t, library.Draft{Answer: "Yes"}, library.Today{Answer: a}); h.Verdict != library.Read || h.Why == "" {
		t.Errorf("a Yes beside an override to No: %+v", h)
	}
	if h := held(t, library.Draft{Answer: "No"}, library.Today{Answer: a}); h.Verdict == library.Read {
		t.Errorf("a No beside an override to No: %+v", h)
	}
}

func TestReportIsBoundedAndSaysHowMuchItLeavesOut(t *testing.T) {
	f := library.File{Source: "CAIQ.xlsx", Date: yamldoc.Date{Time: sent}}
	var list []library.Held
	add := func(n int, h library.Held) {
		for range n {
			h.Draft = library.Draft{Sheet: "S", Cell: fmt.Sprintf("C%d", len(list)+1), Question: "Is it so?", Answer: "As\nit \"was\""}
			list = append(list, h)
		}
	}
	add(40, library.Held{Verdict: library.False, Value: "Yes", Claims: true, Says: "No: it failed", Checks: []string{"a.b"}})
	add(30, library.Held{Verdict: library.Read, Claims: true, Says: "No: it failed", Why: "in words"})
	add(1, library.Held{Verdict: library.Unseen, Value: "No"})
	add(9, library.Held{Verdict: library.Unseen, Value: "Yes", Claims: true, Need: "arxctl check --only a.b"})
	for i := range 20 {
		add(1, library.Held{Verdict: library.Expired, Value: "Yes", Claims: true, Says: fmt.Sprint("shown too long ago: ", i)})
	}
	add(500, library.Held{Verdict: library.Unsupported, Value: "Yes", Claims: true})
	add(7, library.Held{Verdict: library.Unsupported, Value: "No"})
	short := library.Report([]library.Sent{{File: f, Held: list}}, library.Short())
	text := strings.Join(short, "\n")
	if len(short) > 80 {
		t.Errorf("%d lines", len(short))
	}
	for _, want := range []string{
		"CAIQ.xlsx, sent on 2025-11-03: 607 answers; 40 false today, 30 to read, 20 beyond a limit, 10 not shown today, 507 that nothing of ours answers",
		"\n40 Yeses you sent on 2025-11-03 are now false:\n  S!C1 \"Is it so?\": No: it failed [a.b]\n",
		"\n  and 15 more with --all\n30 answers you sent on 2025-11-03 to read: ",
		`you wrote "As it \"was\""; No: it failed (in words)`,
		"\n  and 14 more with --all\n10 not shown today, of which 9 claim something; what is missing:\n",
		"\n  S!C72, S!C73, S!C74, S!C75, S!C76, and 4 more with --all: arxctl check --only a.b\n",
		"\n507 that nothing of ours answers, of which 500 claim something: S!C101, ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	all := library.Report([]library.Sent{{File: f, Held: list}}, library.Everything())
	for _, h := range list {
		if at := h.Draft.Sheet + "!" + h.Draft.Cell; h.Claims && !slices.ContainsFunc(all, func(l string) bool {
			return strings.Contains(l+",", at+",") || strings.Contains(l, at+" ") || strings.Contains(l, at+":")
		}) {
			t.Errorf("%s is named nowhere, though everything was asked for", at)
		}
	}
}

func TestTheFileWithTheFalseYesComesFirst(t *testing.T) {
	file := func(name string, day int, v library.Verdict) library.Sent {
		return library.Sent{File: library.File{Source: name, Date: yamldoc.Date{Time: sent.AddDate(0, 0, day)}},
			Held: []library.Held{{Verdict: v, Value: "Yes", Claims: true, Why: "in words", Says: "No"}}}
	}
	text := strings.Join(library.Report([]library.Sent{file("quiet.xlsx", 0, library.Stands), file("newer.xlsx", 3, library.Stands), file("read.xlsx", 0, library.Read), file("false.xlsx", 0, library.False)}, library.Short()), "\n")
	if !strings.HasPrefix(text, "4 files: 4 answers; 1 false today, 1 to read, 2 stand\nfalse.xlsx, sent on 2025-11-03: 1 answer; 1 false today\n") {
		t.Error(text)
	}
	at := -1
	for _, name := range []string{"false.xlsx, ", "read.xlsx, ", "newer.xlsx, ", "quiet.xlsx, "} {
		i := strings.Index(text, name)
		if i < at {
			t.Errorf("%s stands too early in\n%s", name, text)
		}
		at = i
	}
}
