package match

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/arxsec/arxctl/internal/control"
)

// TestProposalOf holds what a person sees for one question of each sort.
func TestProposalOf(t *testing.T) {
	m := shippedMatcher(t)
	for _, c := range []struct {
		name, section, question string
		state                   State
		controls                []string // nil: not looked at
		value                   string
		inverted                bool
		reason                  string
	}{
		{name: "plain", question: "Is customer data encrypted at rest?", state: Draft, controls: []string{"application-encryption"}, value: "Yes"},
		{name: "planned says No", question: "Do you perform penetration testing?", state: Draft, controls: []string{"penetration-test"}, value: "No"},
		{name: "words, not a value", question: "Describe how you isolate tenants.", state: Draft, controls: []string{"tenant-isolation-rls"}},
		{name: "a plan needs approval too", question: "Is there an incident response plan?", state: Draft, controls: []string{"incident-plan-document", "incident-plan-approved"}, value: "Yes"},
		{name: "Yes is bad", question: "Can one tenant read another tenant's data?", state: Draft, controls: []string{"tenant-isolation-rls"}, value: "No", inverted: true},
		{name: "Yes is bad, as anyone says it", question: "Can customers see each other's data?", state: Draft, controls: []string{"tenant-isolation-rls"}, value: "No", inverted: true},
		{name: "Yes is good", question: "Are tenants prevented from accessing each other's data?", state: Draft, value: "Yes"},
		{name: "a negation is a person's", question: "Is there no incident response plan?", state: Blank, reason: "turns its meaning round"},
		{name: "still", question: "Are sessions of a deprovisioned user still active?", state: Blank, reason: "person"},
		{name: "what happened is a person's", question: "Have you had a data breach in the last two years?", state: Blank},
		{name: "staff", question: "Do your staff use multi-factor authentication?", state: Blank, reason: "our own staff"},
		{name: "nobody said whose", question: "For which users is MFA required?", state: Blank, reason: "whose"},
		{name: "parts", question: "Is data encrypted at rest and in transit?", state: Draft, controls: []string{"application-encryption", "tls-public-endpoints"}, value: "Yes"},
		{name: "parts that differ in value", question: "Is there a disaster recovery plan? Do you perform penetration testing?", state: Draft, controls: []string{"recovery-plan-document", "recovery-plan-approved", "penetration-test"}, reason: "differ"},
		{name: "a part without an answer", question: "Is data encrypted at rest, and do you run a bug bounty?", state: Blank, reason: "1 of its 2 parts"},
		{name: "bare number", question: "8.1", state: Blank, reason: "framework"},
		{name: "bare letter and number", question: " A.12.4.1 ", state: Blank, reason: "framework"},
		{name: "a figure", question: "How often are restore drills held?", state: Blank, reason: "figure"},
		{name: "a figure among several", question: "Is there a limit, and how many requests may a customer send?", state: Blank, reason: "figure"},
		{name: "a figure is told", question: "Do you say how many requests a customer may send?", state: Blank, reason: `figure, a date, a name or a file ("how many")`},
		{name: "a limit is no figure", question: "Do you limit how many requests a customer may send?", state: Draft, controls: []string{"rate-limit-per-tenant"}, value: "Yes"},
		{name: "a limit on a number", question: "Is there a limit on the number of API requests per tenant?", state: Draft, controls: []string{"rate-limit-per-tenant"}, value: "Yes"},
		{name: "the figure of a limit", question: "To what number of requests is a customer limited?", state: Blank, reason: "figure"},
		{name: "the heading says people", section: "Human resources security", question: "Is role-based access in place?", state: Blank, reason: "people"},
		{name: "the heading says nothing", section: "Access", question: "Is role-based access in place?", state: Draft, value: "Yes"},
		{name: "nothing", question: "", state: Blank},
		{name: "no words", question: "?? - !!", state: Blank},
		{name: "another language", question: "Werden Kundendaten verschlüsselt gespeichert?", state: Blank},
	} {
		p := m.Propose(c.section, c.question)
		if p.State != c.state || p.Value != c.value || p.Inverted != c.inverted || !strings.Contains(p.Reason, c.reason) ||
			c.controls != nil && !slices.Equal(p.Controls, c.controls) {
			t.Errorf("%s: %q: state %s, value %q, inverted %v, controls %v, reason %q; want %+v", c.name, c.question, p.State, p.Value, p.Inverted, p.Controls, p.Reason, c)
		}
		holds(t, m, p)
	}
}

// holds is what is true of every proposal.
func holds(t *testing.T, m *Matcher, p Proposal) {
	t.Helper()
	if p.Reason == "" {
		t.Errorf("%q: no reason", p.Question)
	}
	if (p.State == Draft) != (len(p.Controls) > 0) || p.State != Draft && p.Value != "" {
		t.Errorf("%q: state %s with controls %v and value %q", p.Question, p.State, p.Controls, p.Value)
	}
	if p.ForReview != (p.State != Blank) {
		t.Errorf("%q: a %s for review: %v", p.Question, p.State, p.ForReview)
	}
	if (p.State == Conflict) != (len(p.Conflict) > 1) {
		t.Errorf("%q: state %s with %d sides", p.Question, p.State, len(p.Conflict))
	}
	for _, id := range p.Controls {
		for _, r := range p.Refused {
			if r.Control == id {
				t.Errorf("%q: %s is both proposed and refused (%s)", p.Question, id, r.Rule)
			}
		}
	}
}

// TestNearEqualClaimsThatDifferAreShownSideBySide uses a library in which two
// claims fit one question alike, one there and one planned.
func TestNearEqualClaimsThatDifferAreShownSideBySide(t *testing.T) {
	lib := &control.Library{Controls: []control.Control{
		{ID: "backups-abroad", Claim: "Zebra copies are kept abroad.", Aliases: []string{"zebra copies"}, State: control.Implemented, Subject: control.Product},
		{ID: "backups-at-home", Claim: "Zebra copies are kept at home.", Aliases: []string{"zebra copies"}, State: control.StatePlanned, Subject: control.Product},
	}}
	m, err := New(lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := m.Propose("", "Are there zebra copies?")
	holds(t, m, p)
	if p.State != Conflict || len(p.Conflict) != 2 || p.Conflict[0].Value == p.Conflict[1].Value {
		t.Fatalf("state %s, conflict %+v; want both sides with their values", p.State, p.Conflict)
	}
	lib.Controls[1].State = control.Implemented
	if m, err = New(lib, nil); err != nil {
		t.Fatal(err)
	}
	if p = m.Propose("", "Are there zebra copies?"); p.State != Draft || len(p.Controls) != 2 {
		t.Errorf("two claims of one value: state %s, controls %v; want both, since the weakest wins", p.State, p.Controls)
	}
}

// TestProposalsDoNotDependOnOrder wants the same proposal from the same inputs,
// however the maps inside are walked.
func TestProposalsDoNotDependOnOrder(t *testing.T) {
	cases, err := ShippedCases()
	if err != nil {
		t.Fatal(err)
	}
	a, b := shippedMatcher(t), shippedMatcher(t)
	for _, c := range cases {
		x, y := a.Propose("", c.Question), b.Propose("", c.Question)
		if x.Reason != y.Reason || !slices.Equal(x.Controls, y.Controls) || x.State != y.State {
			t.Errorf("%q: %s %v, then %s %v", c.Question, x.State, x.Controls, y.State, y.Controls)
		}
	}
}

// FuzzPropose wants no panic, and every promise of a proposal kept, for any text.
func FuzzPropose(f *testing.F) {
	m := shippedMatcher(f)
	cases, err := ShippedCases()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases[:40] {
		f.Add(c.Section, c.Question)
	}
	f.Add("", strings.Repeat("and are ", 300)+"?")
	f.Add("\xff", "\xff\xfe ' 1.\xff")
	f.Fuzz(func(t *testing.T, section, question string) {
		p := m.Propose(section, question)
		if p.Question != question || utf8.ValidString(question) && !utf8.ValidString(p.Reason) {
			t.Errorf("%q came back as %q, reason %q", question, p.Question, p.Reason)
		}
		holds(t, m, p)
	})
}

// TestDoubt: what an ID alone must not answer, and what it may.
func TestDoubt(t *testing.T) {
	for _, q := range []string{
		"", "  ",
		"Can one tenant's data be reached from another tenant, i.e. is there a lack of separation?",
		"Can the application start with an unset or well-known key?",
		"Are there no request limits for each tenant?",
		"Is there a way for one customer to read another's data?",
		"How many requests may a tenant send each minute?",
	} {
		if Doubt(q) == "" {
			t.Errorf("%q: an ID alone would have answered it", q)
		}
	}
	for _, q := range []string{
		"Are tenants kept apart from each other?",
		"Is an acceptable use policy in place for company assets?",
		"Are audit records protected against change?",
	} {
		if why := Doubt(q); why != "" {
			t.Errorf("%q: %s", q, why)
		}
	}
}

// TestAHeadingOfOthersIsNotAboutTheProduct: below "Subcontractors" a plain question
// asks about them, as one below "Corporate laptops" does about those.
func TestAHeadingOfOthersIsNotAboutTheProduct(t *testing.T) {
	k, lib := shippedKnowledge(t), shippedControls(t)
	m := &Matcher{k, newIndex(k, lib, nil)}
	const plain = "Are tenants isolated from each other?"
	for heading, refused := range map[string]bool{
		"Subcontractors": true, "4. Vendors": true, "Third parties": true, "Your staff": true, "Employees and contractors": true, "S\nThird-party suppliers": false,
		"Questions\nSuppliers": true, "Vendor questionnaire": false, "Vendor": false, "Staff\nAccess control": true, "Access control": false, "Vendor response": false, "": false,
	} {
		if p := m.Propose(heading, plain); (p.State == Draft) == refused {
			t.Errorf("below %q: %s %q", heading, p.State, p.Reason)
		}
	}
}

func TestWhatTheKeyClaimDoesNotCoverIsForAPerson(t *testing.T) {
	k, lib := shippedKnowledge(t), shippedControls(t)
	m := &Matcher{k, newIndex(k, lib, nil)}
	for question, state := range map[string]State{
		"Does the app start without an encryption key?":                           Blank, // in development it may
		"Can the application start with a default encryption key?":                Blank,
		"Can the application start with a default encryption key in production?":  Draft,
		"Does the application never refuse to start on a missing encryption key?": Blank,
		"Does the application refuse to start when no encryption key is set?":     Draft,
		"Is tenant isolation off?":                                                Blank,
		"Is tenant isolation other than suitable?":                                Blank,
		"Is the audit log append-only?":                                           Draft,
		"Is TLS used on every API endpoint?":                                      Blank, // every one is not said
		"Are laptops and API endpoints encrypted?":                                Blank,
		"Are all endpoints encrypted?":                                            Blank,
	} {
		if p := m.Propose("", question); p.State != state {
			t.Errorf("%q: %s (%s), want %s", question, p.State, p.Reason, state)
		}
	}
	if reason, refused := Refuse("tls-public-endpoints", "Is each API endpoint reached over TLS?"); refused {
		t.Errorf("an API endpoint is no device: %s", reason)
	}
}
