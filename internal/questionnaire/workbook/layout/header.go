package layout

import (
	"slices"
	"strings"
	"unicode"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// normal is a header without case, punctuation and surplus white space.
func normal(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '#' && r != '&'
	}), " ")
}

// vocabulary is what headers of a role are called, the surest first. A header
// that is one of the texts ranks with its line; one that merely has a word of
// words ranks below all.
type vocabulary struct {
	role  Role
	names [][]string
	words []string
	never []string // a header with one of these words is something else
}

func vocabularies() []vocabulary {
	theirs := []string{"reviewer", "reviewers", "analyst", "assessor", "auditor", "internal", "buyer", "customer", "csc", "guidance", "expected", "sample",
		"score", "scoring", "weight", "type", "options", "date", "id", "number", "no", "ref", "previous", "last", "prior", "original", "old", "incident"}
	return []vocabulary{
		{Question, [][]string{
			{"question", "questions", "question request", "question text", "question requirement", "questions requests"},
			{"security question", "control question", "assessment question", "requirement", "requirements", "vendor question"},
			{"control", "control description", "description", "query", "item description"},
		}, []string{"question", "questions"}, slices.Concat(theirs, []string{"answer", "response", "comments", "title", "reason", "purpose", "rationale"})},
		{Answer, [][]string{
			{"csp caiq answer"},
			{"vendor answer", "vendor answers", "vendor response", "vendor responses", "vendor s response", "vendor s answer", "supplier response", "supplier answer", "supplier s response", "provider response",
				"provider answer", "service provider response", "bidder response", "tenderer response", "contractor response", "third party response", "your answer", "your response"},
			{"answer", "answers", "response", "responses"},
			{"yes no", "yes no na", "yes no n a", "y n", "y n na", "compliant", "compliance", "in place"},
		}, []string{"answer", "answers", "response", "responses"}, append(slices.DeleteFunc(otherWords(), func(w string) bool { return w == "by" }), "status")},
		{Comment, [][]string{
			{"csp implementation description optional recommended", "csp implementation description"},
			{"vendor comments", "vendor comment", "supplier comments", "supplier comment", "provider comments"},
			{"additional information", "comments", "comment", "additional comments", "additional info"},
			{"explanation", "remarks", "notes", "details", "justification", "supporting information", "description of answer",
				"response details", "answer details", "vendor details", "additional details", "further details", "vendor notes", "supplier notes", "additional notes"},
			{"evidence", "supporting evidence", "response evidence", "answer evidence", "vendor evidence"},
		}, []string{"comment", "comments", "explanation", "explain", "remarks", "justification"}, slices.Concat(slices.DeleteFunc(slices.Clone(theirs), func(w string) bool { return w == "no" }),
			[]string{"assessors", "auditors", "buyers", "purchaser", "client", "clients", "risk", "impact", "review"})},
		{Owner, [][]string{{"ssrm control ownership"}, {"control ownership"}}, []string{"ssrm"}, nil},
		{ID, [][]string{
			{"question id", "question number", "question no", "question num", "question ref", "ques num", "ques no", "q id", "q no", "q #", "question #"},
			{"id", "ref", "reference", "number", "no", "num", "#", "item", "item no", "nr", "s no", "sl no"},
			{"control id", "requirement id", "control number", "control ref"},
		}, nil, nil},
		{Section, [][]string{
			{"domain", "section", "control domain", "topic area"}, {"category", "area", "topic", "family"}, {"ccm domain title"},
		}, nil, nil},
	}
}

// longestHeader bounds what is looked at as a header, in bytes: longer text is a
// question.
const longestHeader = 120

// rank is how surely a header names a role, in lines of the vocabulary from
// below; 0 is not at all. The header is normal.
func (v vocabulary) rank(n string) int {
	for i, line := range v.names {
		if slices.Contains(line, n) {
			return len(v.names) - i + 1
		}
	}
	fields := strings.Fields(n)
	has := func(list []string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(list, f) })
	}
	if len(fields) <= 6 && has(v.words) && !has(v.never) {
		return 1
	}
	return 0
}

// header is what one row offers as header of a table: for each role the
// columns that could hold it, those of the best rank; for the answer those of any.
type header struct {
	row     int
	best    map[Role][]Column
	rank    map[Role]int
	answers []named
}

// named is a column that its header calls one for answers.
type named struct {
	Column
	rank    int
	offered bool // the header names the values: Yes/No
}

// titlesKnown is what a text ranks as, for each role, by the text.
type titlesKnown struct {
	vocab []vocabulary
	known map[string][]ranked
}

type ranked struct {
	role    Role
	rank    int
	offered bool
}

func (k titlesKnown) of(text string) []ranked {
	list, known := k.known[text]
	if known {
		return list
	}
	n := plainTitle(text)
	name, offered := choices(n)
	for _, v := range k.vocab {
		r := 0
		if v.role == Answer {
			r = v.answerRank(text, n, name, offered)
		} else {
			if r = v.rank(n); offered {
				r = max(r, v.rank(name))
			}
		}
		if r > 0 {
			list = append(list, ranked{v.role, r, offered})
		}
	}
	k.known[text] = list
	return list
}

// answerRank ranks a header for the column of the answers. One that offers a yes
// and a no is one of these where its other words say that a yes is good.
func (v vocabulary) answerRank(text, n, name string, offered bool) int {
	byChoice := 2 // as a header that is nothing but Yes/No
	switch {
	case turned.MatchString(text), strings.HasSuffix(n, " by"):
		return 0
	case !offered:
		if r := v.rank(n); r > 0 {
			return r
		}
		if before, in := bracket(text); v.rank(normal(before)) > 1 && !hasOne(in, buyersWords()) { // Response (to be completed by the vendor)
			return v.rank(normal(before))
		}
		if m := combined.FindStringSubmatch(text); m != nil && v.rank(normal(m[1])) > 1 && saysMore(normal(m[2])) {
			return 1
		}
		return 0
	case name == "":
		return byChoice
	case v.rank(name) > 0:
		return max(v.rank(name), byChoice)
	case len(strings.Fields(name)) > 8, !affirms(name):
		return 0
	}
	return byChoice
}

// saysMore reports whether words name what goes beside an answer.
func saysMore(n string) bool {
	for _, w := range strings.Fields(n) {
		if !oneOf(w, "comment", "comments", "details", "detail", "evidence", "justification", "explanation", "notes", "remarks", "supporting", "additional", "information", "any", "links", "documentation") {
			return false
		}
	}
	return true
}

func headerOf(r workbook.Row, known titlesKnown) header {
	h := header{row: r.Number}
	for _, c := range r.Cells {
		if c.MergedInto != "" || len(c.Text) > longestHeader {
			continue
		}
		for _, x := range known.of(c.Text) {
			if x.role == Answer {
				h.answers = append(h.answers, named{Column{c.Col, letters(c.Ref), strings.TrimSpace(c.Text)}, x.rank, x.offered})
			}
			if x.rank < h.rank[x.role] {
				continue
			}
			if h.best == nil {
				h.best, h.rank = map[Role][]Column{}, map[Role]int{}
			}
			if x.rank > h.rank[x.role] {
				h.best[x.role], h.rank[x.role] = nil, x.rank
			}
			h.best[x.role] = append(h.best[x.role], Column{c.Col, letters(c.Ref), strings.TrimSpace(c.Text)})
		}
	}
	return h
}

// answered reports whether the text that reads like the header of the answers is
// an answer itself: one that the cell's own list offers.
func (h header) answered(r workbook.Row) bool {
	for _, a := range h.answers {
		for _, c := range r.Cells {
			if c.Col == a.Col && slices.Contains(c.List, a.Header) {
				return true
			}
		}
	}
	return false
}

// plausible wants an answer, and beside it a question, an ID or, where the
// headers are sure, a comment: one word in a row of text is no header.
func (h header) plausible() bool {
	answer := h.rank[Answer]
	return answer > 0 && (h.rank[Question] > 0 || answer > 1 && (h.rank[Comment] > 1 || h.rank[ID] > 1))
}

func letters(ref string) string { return strings.TrimRight(ref, "0123456789") }
