package match

import (
	"strings"
	"testing"
)

// TestAnotherThingIsNotAnswered: words that say little as a rule, and here ask for a
// thing of their own, leave the question to a person, who is shown them. The plain
// question beside each is drafted.
func TestAnotherThingIsNotAnswered(t *testing.T) {
	m := shippedMatcher(t)
	for _, c := range []struct{ another, words, plain string }{
		{"Do you have data residency requirements?", `"data residency requirements"`, "Do you have data residency?"},
		{"Do you have a tool for risk assessment?", `"tool"`, "Do you have a programme for risk assessment?"},
		{"Do you use SAST tools?", `"sast tools"`, "Does the tool support SSO?"},
		{"Requirements for data residency?", `"requirements"`, "Data residency?"},
		{"Is a web application firewall in front of systems?", `"systems"`, "Is a web application firewall in front of your systems?"},
		{"Is there role-based access in applications?", `"applications"`, "Is there role-based access in the application?"},
		{"Do you have security policies?", `"policies"`, "Do you have a security policy?"},
		{"How is customer data classified and protected?", `"and protected"`, "How is customer data classified?"},
		{"Is customer data classified or secured?", `"or secured"`, "Is protected data classified?"},
		{"Is the security policy available to customers?", `"customers"`, "Is there a security policy for customer data?"},
		{"Are background checks performed for customers?", `"customers"`, "Are background checks performed on employees with access to customer data?"},
		{"Do you have penetration test tools?", `"penetration test tools"`, "Are penetration tests performed on systems used for customers?"}, // a No is the No of more
	} {
		p := m.Propose("", c.another)
		holds(t, m, p)
		if p.State != Blank || !strings.Contains(p.Reason, c.words) {
			t.Errorf("%q: %s %v (%s), want it left blank for %s", c.another, p.State, p.Controls, p.Reason, c.words)
		}
		if p := m.Propose("", c.plain); p.State != Draft {
			t.Errorf("%q: %s (%s), want a draft", c.plain, p.State, p.Reason)
		}
	}
}

// TestWordsThatOnlyLookAlikeStayApart: a word that is cut would be read as another.
func TestWordsThatOnlyLookAlikeStayApart(t *testing.T) {
	m := shippedMatcher(t)
	for _, c := range []struct{ other, plain string }{
		{"Do you support log integration?", "Is log integrity ensured?"},
		{"Is personal data anonymised?", "Is personal data erased on request?"},
		{"Do employees receive security training in programming?", "Do employees receive a security training programme?"},
		{"Is the sub-processor list informed?", "Is there a list of sub-processors?"},
		{"Who approves the security policy?", "Who is responsible for security?"},
		{"Provide the acceptable use policy.", "Is there an acceptable use policy?"},
		{"Please share your disaster recovery plan.", "Is there a disaster recovery plan?"},
		{"Is access to customer data logged?", "Can customers access each other's data?"},
		{"Do you have subprocessors?", "Is there a list of sub-processors?"},
	} {
		if p := m.Propose("", c.other); p.State != Blank {
			t.Errorf("%q: %s %v (%s), want a blank", c.other, p.State, p.Controls, p.Reason)
		}
		if p := m.Propose("", c.plain); p.State != Draft {
			t.Errorf("%q: %s (%s), want a draft", c.plain, p.State, p.Reason)
		}
	}
}
