package controls_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/testdata"
	"gopkg.in/yaml.v3"
)

func TestCounts(t *testing.T) {
	sig := loadQuestionnaire(t, "sig-lite")
	var letters []string
	for _, s := range sig.Sections {
		letters = append(letters, s.ID)
		for _, q := range s.Questions {
			if !strings.HasPrefix(q.ID, s.ID+".") {
				t.Errorf("question %s stands in section %s", q.ID, s.ID)
			}
		}
	}
	if got := strings.Join(letters, ""); got != "ABCDEFGHIJKLMNOPQR" {
		t.Errorf("sections %s", got)
	}
	if n := len(sig.all()); n != 50 {
		t.Errorf("sig-lite has %d questions, want 50", n)
	}
	if n := len(sig.NotVerifiable); n != 5 {
		t.Errorf("sig-lite names %d things that a POC cannot show, want 5", n)
	}

	groups := map[string]int{}
	for _, q := range loadQuestionnaire(t, "soc2").all() {
		groups[strings.TrimRight(q.ID[:strings.Index(q.ID, ".")], "0123456789")]++
	}
	for group, want := range map[string]int{"CC": 33, "A": 3, "C": 2, "PI": 5, "P": 18} {
		if groups[group] != want {
			t.Errorf("soc2 group %s has %d criteria, want %d", group, groups[group], want)
		}
	}

	// 45 CFR part 164, subpart C: a standard without specifications of its own is itself required.
	kinds := map[string]int{}
	for _, q := range loadQuestionnaire(t, "hipaa").all() {
		kinds[q.Requirement]++
		if q.Citation != "45 CFR "+q.ID {
			t.Errorf("%s is cited as %q", q.ID, q.Citation)
		}
	}
	if len(loadQuestionnaire(t, "hipaa").all()) != 22+46 || kinds["standard"] != 15 || kinds["addressable"] != 22 || kinds["required"] != 7+24 {
		t.Errorf("hipaa: %v; want 22 standards (7 of them without specifications) and 46 specifications", kinds)
	}
}

func TestEveryQuestionIsMappedToControlsThatExist(t *testing.T) {
	byID := map[string]control{}
	for _, c := range loadControls(t) {
		if _, twice := byID[c.ID]; twice {
			t.Errorf("control %s is declared twice", c.ID)
		}
		byID[c.ID] = c
	}
	used := map[string]bool{}
	for _, name := range everyQuestionnaire() {
		seen := map[string]bool{}
		for _, q := range loadQuestionnaire(t, name).all() {
			if seen[q.ID] {
				t.Errorf("%s %s stands twice", name, q.ID)
			}
			seen[q.ID] = true
			if q.Topic == "" || q.SuggestedOwner == "" {
				t.Errorf("%s %s: want a topic and a suggested owner", name, q.ID)
			}
			if name == "sig-lite" && len(q.Decide) == 0 {
				t.Errorf("sig-lite %s: no control decides it", q.ID)
			}
			for _, id := range append(slices.Clone(q.Decide), q.Mention...) {
				if _, ok := byID[id]; !ok {
					t.Errorf("%s %s names control %s, which does not exist", name, q.ID, id)
				}
				used[id] = true
			}
			for _, id := range q.Mention {
				if slices.Contains(q.Decide, id) {
					t.Errorf("%s %s both decides by and mentions %s", name, q.ID, id)
				}
			}
		}
	}
	for id := range byID {
		if !used[id] {
			t.Errorf("control %s answers no question", id)
		}
	}
}

// A criterion is decided by exactly the controls that refer to it whole; parts are only mentioned.
func TestReportsFollowTheReferences(t *testing.T) {
	for _, name := range referred() {
		whole, part := map[string][]string{}, map[string][]string{}
		for _, c := range loadControls(t) {
			for _, r := range c.Refs {
				if r.Framework != name {
					continue
				}
				if r.Part {
					part[r.ID] = append(part[r.ID], c.ID)
				} else {
					whole[r.ID] = append(whole[r.ID], c.ID)
				}
			}
		}
		undecided := 0
		for _, q := range loadQuestionnaire(t, name).all() {
			if !sameSet(q.Decide, whole[q.ID]) {
				t.Errorf("%s %s: decide %v, the references say %v", name, q.ID, q.Decide, whole[q.ID])
			}
			if !sameSet(q.Mention, part[q.ID]) {
				t.Errorf("%s %s: mention %v, the references say %v", name, q.ID, q.Mention, part[q.ID])
			}
			if len(q.Decide) == 0 {
				undecided++
			}
		}
		if undecided == 0 {
			t.Errorf("%s: every criterion is decided, which no set of product checks can do", name)
		}
	}
}

// The questions that a laptop can settle are settled by live checks and by nothing weaker.
func TestLiveQuestionsRestOnTheirChecks(t *testing.T) {
	byID := map[string]control{}
	for _, c := range loadControls(t) {
		byID[c.ID] = c
	}
	questions := map[string]question{}
	for _, q := range loadQuestionnaire(t, "sig-lite").all() {
		questions[q.ID] = q
	}
	for id, prefixes := range map[string][]string{
		"E.1.4": {"tenancy."}, "G.1.4": {"bootkey."}, "K.1.4": {"ratelimit."}, "H.1.1": {"auditlog.row"},
		"H.1.2": {"auditlog.refusal", "auditlog.guard", "auditlog.role", "auditlog.chain"},
	} {
		var got []string
		for _, c := range questions[id].Decide {
			got = append(got, byID[c].Requires.Checks...)
			// The anchor outside the database is the one half that no laptop can show: H.1.2 is no Yes without it.
			if len(byID[c].Requires.Awaits)+len(byID[c].Requires.Attestations) > 0 && c != "audit-head-anchored" {
				t.Errorf("%s is decided by %s, which needs more than live checks", id, c)
			}
		}
		for _, check := range checkIDs() {
			for _, p := range prefixes {
				if strings.HasPrefix(check, p) && !slices.Contains(got, check) {
					t.Errorf("%s does not rest on %s", id, check)
				}
			}
		}
	}
	if !slices.Contains(questions["H.1.2"].Decide, "audit-head-anchored") {
		t.Error("H.1.2 reads Yes without a witness outside the database, whose owner can rebuild the whole chain")
	}
	if slices.Contains(questions["I.1.2"].Decide, "rate-limit-per-tenant") {
		t.Error("I.1.2 is decided by a rate limit, which is no protection against denial of service")
	}
}

func TestPlaceholdersAreDeclaredAndSampled(t *testing.T) {
	byID := map[string]control{}
	for _, c := range loadControls(t) {
		byID[c.ID] = c
	}
	values := map[string]string{}
	data, err := fs.ReadFile(testdata.Customers, "customers/sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var customer struct {
		Variables map[string]string `yaml:"variables"`
	}
	if err := yaml.Unmarshal(data, &customer); err != nil {
		t.Fatal(err)
	}
	for name, value := range customer.Variables {
		if !strings.Contains(value, "(sample)") && !strings.HasSuffix(value, "example.com") {
			t.Errorf("customers/sample.yaml: %s = %q does not look made up", name, value)
		}
		values[name] = value
	}
	for _, name := range everyQuestionnaire() {
		qn := loadQuestionnaire(t, name)
		declared := map[string]bool{}
		for _, v := range qn.Variables {
			declared[v.Name] = false
			if v.What == "" || v.Example == "" || values[v.Name] == "" {
				t.Errorf("%s: variable %s wants a meaning, an example and a sample value", name, v.Name)
			}
		}
		look := func(where, text string) {
			for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
				if _, ok := declared[m[1]]; !ok {
					t.Errorf("%s %s uses [%s], which is not among its variables", name, where, m[1])
				}
				declared[m[1]] = true
			}
		}
		for _, q := range qn.all() {
			look(q.ID, q.Topic)
			for _, id := range append(slices.Clone(q.Decide), q.Mention...) {
				look(q.ID, byID[id].Claim+byID[id].Reason+byID[id].DoesNotProve)
			}
		}
		for _, nv := range qn.NotVerifiable {
			look("not_verifiable", nv.What+nv.Instead)
		}
		for v, usedHere := range declared {
			if !usedHere {
				t.Errorf("%s declares [%s] and never uses it", name, v)
			}
		}
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
