package match

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestWhatGoesBeyondAClaimIsNotDrafted: one word that narrows the question, and
// that no line of the claim holds, leaves it to a person, whatever the score. The
// plain question beside each is drafted.
func TestWhatGoesBeyondAClaimIsNotDrafted(t *testing.T) {
	m := shippedMatcher(t)
	for _, c := range []struct{ narrow, reason, plain string }{
		{"Do you require customers to rate limit their own requests?", "customers have to do", "Are customers' requests rate limited?"},
		{"Is our data separated from your own corporate data?", "our own house", "Is our data logically separated from that of other customers?"},
		{"Is every request limited?", `of "every request limited"`, "Are API requests rate limited?"},
		{"Is all customer data encrypted at rest?", `of "all customer data`, "Is customer data encrypted at rest?"},
		{"Is all data encrypted in transit?", `of "all data`, "Is data encrypted in transit?"},
		{"Is the mobile app's data encrypted in transit?", "nothing of mobile", "Is customer data encrypted in transit?"},
		{"Do you have a policy for risk analysis?", "policy", "Do you perform risk analysis?"},
		{"Are leavers' accounts removed within 24 hours?", "nothing of 24, hours", "Are leavers' accounts removed?"},
		{"Do you have ISO 27001 or other security certifications?", "something like it", "Do you have ISO 27001 certification?"},
		{"Are logs retained and protected?", "how logs are kept", "Can retention periods be set for each tenant?"},
		{"Do you enforce role-based access control for all systems?", `of "all systems"`, "Do you enforce role-based access control in the application?"},
		{"Is data encrypted in transit using TLS 1.3 or higher?", "nothing of tls 1.3", "Is data encrypted in transit using TLS 1.2 or higher?"},
		{"Is there a risk management programme?", "", "Is there an information security risk assessment programme?"},
		{"Does it have known vulnerabilities?", "left open", "Are dependencies scanned for known vulnerabilities?"},
		{"Is data deleted on request?", "", "Is personal data erased on request?"},
		{"Is customer data encrypted at rest under documented procedures?", "written down", "Is customer data encrypted at rest?"},
		{"Are security events monitored continuously?", "nothing of continuously", "Are security events monitored in real time?"},
		{"How do you manage subprocessors?", "nothing of manage", "Do you publish a list of subprocessors?"},
		{"Are backups tested by restore, and when?", "parts", "Are backups tested by restore?"},
		{"Could you use anonymised data?", "anonymised", "Is personal data erased on request?"},
		{"Which security policies do you have?", "asks \"which\"", "Do you have an approved information security policy?"},
		{"List your security policies.", "list", "List of subprocessors"},
		{"If you use infrastructure as code, how do you ensure that it is secure?", "on a condition", "Is infrastructure declared as code?"},
		{"Please provide your data classification policy.", "document", "Do you have a data classification policy?"},
		{"Does the process include security awareness training?", "elsewhere", "Do employees receive security awareness training?"},
		{"Do you have written and approved product security policies?", "each of its parts", "Do you have an approved information security policy?"},
		{"Are retention and secure deletion requirements defined?", "destruction", "Can retention periods be set for each tenant?"},
		{"What is ISO 27001?", "asks \"what\"", "Are you ISO 27001 certified?"},
		{"Can customers perform load tests?", "customers can do", "Do you perform load tests?"},
		{"Describe any plans to support multi-factor login for users.", "planned", "Is multi-factor login required for users of the platform?"},
	} {
		p := m.Propose("", c.narrow)
		holds(t, m, p)
		if p.State != Blank || !strings.Contains(p.Reason, c.reason) {
			t.Errorf("%q: %s %v (%s), want it left blank for %q", c.narrow, p.State, p.Controls, p.Reason, c.reason)
		}
		if p := m.Propose("", c.plain); p.State != Draft {
			t.Errorf("%q: %s (%s), want a draft", c.plain, p.State, p.Reason)
		}
	}
}

// TestAReportOfNoTypeIsAConflict: one type is there and the other is not, so a
// question that names neither is shown with both.
func TestAReportOfNoTypeIsAConflict(t *testing.T) {
	m := shippedMatcher(t)
	for _, q := range []string{"Do you have a SOC 2 report?", "Are you SOC 2 certified?", "Can you provide a copy of your most recent SOC 2 report under NDA?"} {
		p := m.Propose("", q)
		holds(t, m, p)
		var sides []string
		for _, c := range p.Conflict {
			sides = append(sides, c.Control+" "+c.Value)
		}
		if p.State != Conflict || !slices.Contains(sides, "soc2-type-i Yes") || !slices.Contains(sides, "soc2-type-ii No") {
			t.Errorf("%q: %s %v, want both types side by side", q, p.State, sides)
		}
	}
}

// TestEveryScoreIsANumber: also where claims only imply what the question names.
func TestEveryScoreIsANumber(t *testing.T) {
	for _, c := range shippedMatcher(t).Propose("", "Do you use firewalls/security groups?").Candidates {
		if !(c.Score >= 0 && c.Score <= 1) {
			t.Errorf("%s scores %v", c.Control, c.Score)
		}
	}
}

// TestOtherWordsAreNotMended: a word that is two letters from one of ours is
// another word.
func TestOtherWordsAreNotMended(t *testing.T) {
	k := shippedKnowledge(t)
	for _, w := range []string{"reduction", "situation", "collector", "direction", "spreading", "recording", "connected", "accepting", "complaints", "expert"} {
		if got := k.lexicon.read(w, true).words[0].raw; got != w {
			t.Errorf("%s was read as %s", w, got)
		}
	}
	for wrong, right := range map[string]string{"encrytion": "encryption", "tenents": "tenants", "penetraton": "penetration"} {
		if got := k.lexicon.read(wrong, true).words[0].raw; got != right {
			t.Errorf("%s was read as %s, want %s", wrong, got, right)
		}
	}
}

// TestReasonsSpeakInTheQuestionsOwnWords: no stem and no name of a concept reaches a
// person, in a reason, in a part or beside a candidate.
func TestReasonsSpeakInTheQuestionsOwnWords(t *testing.T) {
	m := shippedMatcher(t)
	cases, err := ShippedCases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		p := m.Propose(c.Section, c.Question)
		plain := " " + strings.Join(strings.FieldsFunc(strings.ToLower(c.Question), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '%' }), " ") + " "
		for _, k := range p.Candidates {
			for _, words := range slices.Concat(k.Terms, k.Missing) {
				if first, _, _ := strings.Cut(words, " "); !strings.Contains(plain, " "+strings.TrimRight(first, ".")) || strings.HasPrefix(words, "#") {
					t.Errorf("%q: %s is shown with %q, which is not in the question", c.Question, k.Control, words)
				}
			}
		}
	}
	for question, own := range map[string]string{
		"How frequently are restores tested?":                                  `"how frequently"`,
		"Are the isolated networks of the mobile app copied?":                  "mobile, copied",
		"Is the mobile app's and the mobile site's data encrypted in transit?": "nothing of mobile, site",
	} {
		if p := m.Propose("", question); !strings.Contains(p.Reason, own) {
			t.Errorf("%q: the reason is %q, want it to say %s", question, p.Reason, own)
		}
	}
	if p := m.Propose("", "Is data encrypted at rest and in transit?"); len(p.Parts) != 2 || p.Parts[0].Text != "encrypted at rest" {
		t.Errorf("two things in one breath are shown as %+v", p.Parts)
	}
}
