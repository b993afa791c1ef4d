package library_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/control"
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

func signed(s control.Status, reason string) questionnaire.Signed {
	return questionnaire.Signed{Signed: control.Signed{Status: s, Reason: reason}}
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
		{"NA", control.Proven, false, library.Better},
		{"Yes", control.NotApplicable, false, library.Read}, // one of the two is wrong
		{"NA", control.NotApplicable, false, library.Stands},
		{"No", control.NotApplicable, false, library.Differs},
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
		{"Yes", control.Contradicted, true, library.Stands},
		{"Never, by row security", control.Contradicted, true, library.Read},
		{"Yes", control.Proven, true, library.Better},
		{"No", control.Proven, true, library.Stands},
	} {
		today := library.Today{Inverted: c.inverted, Matched: true}
		if c.status != "" {
			today.Answer = answer(c.status)
		}
		h := held(t, library.Draft{Answer: c.was}, today)
		if h.Verdict != c.want {
			t.Errorf("%q, today %s, inverted %v: %+v, want %s", c.was, c.status, c.inverted, h, c.want)
		}
		if about := c.status != "" && c.status != control.Unanswered; about != (h.Status == c.status && h.Status != "" && h.Matched) {
			t.Errorf("%q: today's status is %s, by words %v", c.was, h.Status, h.Matched)
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
	unseen, old := answer(control.Unproven), answer(control.Stale)
	unseen.Mentioned, old.Mentioned = mention(control.Contradicted), mention(control.Contradicted)
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
		"not so, and NA was said":     {"NA", library.Today{Near: "two claims are as near", Beside: mention(control.Contradicted)}, library.Read},
		"one not so, one planned":     {"Yes", library.Today{Near: "two claims are as near", Beside: append(mention(control.Planned), mention(control.Contradicted)...)}, library.Read},
		"claims as near that hold":    {"Yes", library.Today{Near: "two claims are as near", Beside: mention(control.Proven)}, library.Unsupported},
		"a part of the question":      {"Yes", library.Today{Answer: unanswered}, library.Read},
		"a part of what is not shown": {"Yes", library.Today{Answer: unseen}, library.Read},
		"a part of what is too old":   {"Yes", library.Today{Answer: old}, library.Read},
		"a part unseen, and No":       {"No", library.Today{Answer: unseen}, library.Unseen},
		"a part, and No was said":     {"No", library.Today{Answer: unanswered}, library.Unsupported},
	} {
		h := held(t, library.Draft{Answer: c.was}, c.today)
		if h.Verdict != c.want {
			t.Errorf("%s: %+v, want %s", name, h, c.want)
		}
		if h.Verdict == library.Read && (h.Why == "" || h.Says == "" || h.Status == control.Contradicted && len(h.Checks) == 0) {
			t.Errorf("%s: nothing says why it is to be read: %+v", name, h)
		}
		if want := cmp.Or(c.today.Near, "we claim that of a part of it"); h.Verdict == library.Read && h.Why != want {
			t.Errorf("%s: it is to be read since %q, want %q", name, h.Why, want)
		}
		if strings.Contains(name, "not so") && h.Status != control.Contradicted {
			t.Errorf("%s: what a check shows comes before what is planned: %+v", name, h)
		}
		if c.today.Matched = true; h.Verdict == library.Read && c.today.Answer != nil && c.today.Near != "" && !held(t, library.Draft{Answer: c.was}, c.today).Matched {
			t.Errorf("%s: it is not said that the claim was found by words", name)
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
	// Of what is beyond its limit the reason is named: a signature, then a check that passed or warned, then an override.
	many := answer(control.Unproven)
	many.Expired, many.Gap = true, &questionnaire.Gap{Need: "more"}
	for _, c := range []struct {
		signed  string
		outcome string
		toSee   string
		want    string
	}{
		{"signed in 2020", "pass", "arxctl check", "signed in 2020; and more"},
		{"", "pass", "arxctl check", "e.f: too old; and more"},
		{"", "warn", "arxctl check", "e.f: too old; and more"},
		{"", "fail", "arxctl check", "something that it rests on is beyond its limit; and more"},
		{"", "pass", "", "something that it rests on is beyond its limit; and more"},
	} {
		many.Attested, many.Evidence = []questionnaire.Signed{signed(control.Attested, "in force")}, []questionnaire.Line{{Check: "e.f", Outcome: c.outcome, Reason: "too old", ToSee: c.toSee}}
		if c.signed != "" {
			many.Attested = append(many.Attested, signed(control.Stale, c.signed))
		}
		if h := held(t, library.Draft{Answer: "Yes"}, library.Today{Answer: many}); h.Need != c.want {
			t.Errorf("%+v: %q", c, h.Need)
		}
	}
	if h := held(t, library.Draft{Answer: "Yes"}, library.Today{Answer: stale}); h.Need != stale.Sentence {
		t.Errorf("what is beyond its limit is said by today's sentence: %q", h.Need)
	}
	failed := answer(control.Contradicted)
	failed.Blind = true // of something else that it rests on
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
		inverted       bool
	}{
		{"No", stale, library.Expired, false, true, true},
		{"Yes", stale, library.Expired, false, false, true},
		{"Yes", failed, library.False, false, false, false},
		{"Yes", stale, library.Expired, false, true, false},
		{"By row security", stale, library.Expired, false, true, false},
		{"No", stale, library.Expired, false, false, false},
		{"Yes", blind, library.Unseen, true, false, false},
		{"No", blind, library.Unseen, false, false, false},
		{"NA", blind, library.Unseen, false, false, false},
		{"Yes", both, library.Expired, true, true, false},
	} {
		if h := held(t, library.Draft{Answer: c.was}, library.Today{Answer: c.today, Inverted: c.inverted}); h.Verdict != c.want || h.Blind != c.blind || h.Expired != c.expired {
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
	for name, c := range map[string]struct {
		was, value string
		status     control.Status
		override   bool
		want       library.Verdict
	}{
		"a Yes beside an override to Yes":           {"Yes", "Yes", control.Unproven, true, library.Unseen},
		"a No beside an override to Yes":            {"No", "Yes", control.Proven, true, library.Better},
		"a Yes that a check contradicts too":        {"Yes", "No", control.Contradicted, true, library.False},
		"an override of the sentence alone":         {"Yes", "", control.Unproven, true, library.Unseen},
		"words beside an override to No":            {"By row security", "No", control.Proven, true, library.Read},
		"words beside what the evidence gives":      {"By row security", "Yes", control.Proven, false, library.Differs},
		"a Yes beside what nobody looked at, blank": {"Yes", "", control.Unproven, false, library.Unseen},
	} {
		a := answer(c.status)
		if a.Value = c.value; c.override {
			a.Override = &questionnaire.Overridden{Owner: "Head of Security"}
		}
		if h := held(t, library.Draft{Answer: c.was}, library.Today{Answer: a}); h.Verdict != c.want {
			t.Errorf("%s: %+v, want %s", name, h, c.want)
		}
	}
}
