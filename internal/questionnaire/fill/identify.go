package fill

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Identified is which questionnaire a workbook is, and what says so. ID is empty
// where it is none that we know: its questions are then read as words.
type Identified struct {
	ID  string
	Why []string
}

// MixUp is the error about a workbook that is another questionnaire, or another
// version of it, than was asked for, or that contradicts itself.
type MixUp struct {
	Asked    string // as caiq-4.0.3; empty: nobody asked
	Evidence []string
}

func (m *MixUp) Error() string {
	head := "the workbook says of itself that it is two versions"
	if m.Asked != "" {
		head = "this is not " + m.Asked
	}
	return head + "; an ID means another question in each version, so nothing was written:\n  " + strings.Join(m.Evidence, "\n  ")
}

// Identify finds which of the questionnaires a workbook is. asked is what a
// person said, or empty. Versions of CAIQ are told apart by the title, by the
// IDs that only one has, and by what the questions are about.
func Identify(l *layout.Layout, known []*questionnaire.Questionnaire, asked string) (Identified, error) {
	if asked == "" {
		asked = l.Questionnaire
	}
	if asked != "" && !slices.ContainsFunc(known, func(q *questionnaire.Questionnaire) bool { return q.ID == asked }) {
		var ids []string
		for _, q := range known {
			ids = append(ids, q.ID)
		}
		return Identified{}, fmt.Errorf("there is no questionnaire %q; expected one of %s", asked, strings.Join(ids, ", "))
	}
	prefix, _, versioned := cutVersion(asked)
	if asked == "" {
		prefix, versioned = map[layout.Family]string{layout.CAIQ: "caiq", layout.MVSP: "mvsp", layout.SIG: "sig"}[l.Family], true
		if prefix == "" {
			return Identified{Why: l.Why}, nil
		}
	}
	var versions []*questionnaire.Questionnaire
	for _, q := range known {
		if p, _, ok := cutVersion(q.ID); q.ID == asked || (ok == versioned || asked == "") && p == prefix {
			versions = append(versions, q)
		}
	}
	if len(versions) == 0 {
		return Identified{Why: append(l.Why, "none of our questionnaires is one of "+string(l.Family))}, nil
	}
	if asked != "" && l.Family != layout.Plain && l.Family != layout.HECVAT && !strings.EqualFold(string(l.Family), prefix) {
		return Identified{}, &MixUp{asked, append([]string{fmt.Sprintf("it is recognised as %s, by:", l.Family)}, l.Why...)}
	}
	return choose(l, versions, asked)
}

var versionSuffix = regexp.MustCompile(`^([a-z]+)-(\d+(?:\.\d+)*|lite)$`)

// cutVersion splits caiq-4.0.3 into caiq and 4.0.3.
func cutVersion(id string) (prefix, version string, ok bool) {
	m := versionSuffix.FindStringSubmatch(id)
	if m == nil {
		return id, "", false
	}
	return m[1], m[2], true
}

// choose weighs what speaks for each version of one questionnaire.
func choose(l *layout.Layout, versions []*questionnaire.Questionnaire, asked string) (Identified, error) {
	says := map[string][]string{} // questionnaire ID -> evidence
	for _, q := range versions {
		_, version, _ := cutVersion(q.ID)
		for _, t := range l.Titles {
			if names(t, version) {
				says[q.ID] = append(says[q.ID], fmt.Sprintf("%s: a title says %q", q.ID, clip(t, 80)))
				break
			}
		}
	}
	if title, other := otherVersion(l, versions); other && len(says) == 0 { // its IDs mean what they meant then
		if asked != "" {
			return Identified{}, &MixUp{asked, []string{fmt.Sprintf("a title says %q", clip(title, 80))}}
		}
		return Identified{Why: append(slices.Clone(l.Why), fmt.Sprintf("a title says %q, a version that is none of ours", clip(title, 80)))}, nil
	}
	byIDs(l, versions, says)
	byWords(l, versions, says)
	var evidence, for_ []string
	for _, q := range versions {
		if len(says[q.ID]) > 0 {
			for_ = append(for_, q.ID)
			evidence = append(evidence, says[q.ID]...)
		}
	}
	switch {
	case len(for_) > 1, len(for_) == 1 && asked != "" && for_[0] != asked:
		return Identified{}, &MixUp{asked, evidence}
	case len(for_) == 1:
		return Identified{for_[0], evidence}, nil
	case asked != "":
		return Identified{asked, append(slices.Clone(l.Why), "nothing in it says which version it is: "+asked+" was asked for")}, nil
	case len(versions) == 1:
		return Identified{versions[0].ID, l.Why}, nil
	}
	var ids []string
	for _, q := range versions {
		ids = append(ids, q.ID)
	}
	return Identified{}, fmt.Errorf("nothing in the workbook says which version of %s it is, by title, IDs or words; say which with --questionnaire %s", l.Family, strings.Join(ids, " or "))
}

var saysVersion = regexp.MustCompile(`(?i)(?:\bCAIQ|consensus assessments? initiative questionnaire)[\s_:,(-]*(?:v|ver|version)?[\s.]*(\d+(?:\.\d+)+)`)

// otherVersion returns a title that names a version of CAIQ which is none of these.
// A shorter one may be any that begins so: 4.0 is said of 4.0.3.
func otherVersion(l *layout.Layout, versions []*questionnaire.Questionnaire) (string, bool) {
	for _, t := range l.Titles {
		for _, m := range saysVersion.FindAllStringSubmatch(t, -1) {
			ours := func(q *questionnaire.Questionnaire) bool {
				_, version, _ := cutVersion(q.ID)
				return names(m[1], version) || strings.HasPrefix(version, m[1]+".")
			}
			if l.Family == layout.CAIQ && !slices.ContainsFunc(versions, ours) {
				return t, true
			}
		}
	}
	return "", false
}

// names reports whether a title says a version: 4.1.0, and 4.1 of it, but never
// 4.1 within 4.1.1.
func names(title, version string) bool {
	if version == "" || version == "lite" {
		return false
	}
	for {
		if regexp.MustCompile(`(^|[^\d.])` + regexp.QuoteMeta(version) + `($|[^\d.]|\.($|\D))`).MatchString(title) {
			return true
		}
		short, ok := strings.CutSuffix(version, ".0")
		if !ok || !strings.Contains(short, ".") {
			return false
		}
		version = short
	}
}

func topics(q *questionnaire.Questionnaire) map[string]string {
	out := map[string]string{}
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			out[x.ID] = x.Topic
		}
	}
	return out
}

// byIDs counts, for each version, the IDs of the workbook that only it has.
func byIDs(l *layout.Layout, versions []*questionnaire.Questionnaire, says map[string][]string) {
	if len(versions) < 2 {
		return
	}
	only, of := map[string][]string{}, map[string]map[string]string{}
	for _, q := range versions {
		of[q.ID] = topics(q)
	}
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			var in []string
			for _, q := range versions {
				if _, ok := of[q.ID][r.ID]; ok {
					in = append(in, q.ID)
				}
			}
			if len(in) == 1 {
				only[in[0]] = append(only[in[0]], r.ID)
			}
		}
	}
	for id, list := range only { // each key once, so the order is nobody's
		says[id] = append(says[id], fmt.Sprintf("%s: %d IDs are only in it: %s", id, len(list), clip(strings.Join(list, ", "), 60)))
	}
}

// byWords asks, for each ID that has another topic in another version, which of
// the topics the question's own words are nearer to. A few could be chance.
func byWords(l *layout.Layout, versions []*questionnaire.Questionnaire, says map[string][]string) {
	if len(versions) != 2 {
		return
	}
	a, b := topics(versions[0]), topics(versions[1])
	var nearer [2][]string
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			if a[r.ID] == "" || b[r.ID] == "" || a[r.ID] == b[r.ID] {
				continue
			}
			x, y := alike(r.Question, a[r.ID]), alike(r.Question, b[r.ID])
			switch {
			case x > y+0.2:
				nearer[0] = append(nearer[0], r.ID)
			case y > x+0.2:
				nearer[1] = append(nearer[1], r.ID)
			}
		}
	}
	for i, q := range versions {
		if k := len(nearer[i]); k >= 3 && k > 4*len(nearer[1-i]) {
			says[q.ID] = append(says[q.ID], fmt.Sprintf("%s: %d questions are about what it asks under their ID, and not the other version: %s", q.ID, k, clip(strings.Join(nearer[i], ", "), 60)))
		}
	}
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
