// Package layout finds where the questions of a workbook stand, and where their
// answers go: by the headers, in whichever row these are, or as a person says.
package layout

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
)

// Role is what a column holds.
type Role string

// Roles of columns.
const (
	Section  Role = "section"
	ID       Role = "id"
	Question Role = "question"
	Answer   Role = "answer"
	Comment  Role = "comment"
	Owner    Role = "owner" // of the control, in the shared responsibility model of CAIQ
)

// Roles lists every role, in the order in which they are shown.
func Roles() []Role { return []Role{Section, ID, Question, Answer, Comment, Owner} }

// Family is a kind of workbook that goes round between buyers and vendors.
type Family string

// Families.
const (
	CAIQ   Family = "CAIQ"
	SIG    Family = "SIG"
	HECVAT Family = "HECVAT"
	MVSP   Family = "MVSP"
	Plain  Family = "plain"
)

// Layout is where a workbook's questions and answers are.
type Layout struct {
	Family Family
	Why    []string // what says so
	Tables []Table
	Titles []string // names of the sheets with tables, and the text above their headers
	Left   []Left
	Given  bool // by a person, not recognised
	// Questionnaire is the one that a person's layout names, or empty.
	Questionnaire string
}

// Table is questions below one header row.
type Table struct {
	Sheet   string
	Header  int // row number; 0 where a person named a first row only
	Columns map[Role]Column
	Rows    []Row
}

// Column is one column of a table.
type Column struct {
	Col    int
	Letter string
	Header string // as written; empty where the column was told by what stands in it
}

// Row is one question.
type Row struct {
	Number                 int
	Section, ID, Question  string
	Answer, Comment, Owner workbook.Cell // Ref is empty where the table has no such column
}

// Left is a sheet in which no questions were recognised, with the reason.
type Left struct{ Sheet, Why string }

// Questions counts the rows of all tables.
func (l *Layout) Questions() int {
	n := 0
	for _, t := range l.Tables {
		n += len(t.Rows)
	}
	return n
}

// IDs returns the numbers of the questions, as the workbook has them.
func (l *Layout) IDs() []string {
	var out []string
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			if r.ID != "" {
				out = append(out, r.ID)
			}
		}
	}
	return out
}

// Nothing is the error about a workbook in which no questions were recognised.
type Nothing struct{ Left []Left }

func (n *Nothing) Error() string {
	var b strings.Builder
	b.WriteString("no questions were recognised: expected a row of headers with a column for the question and one for the answer in the first " +
		fmt.Sprint(headerRows) + " rows of a visible sheet; say where they are with --layout FILE")
	for _, l := range n.Left {
		fmt.Fprintf(&b, "\n  sheet %q: %s", l.Sheet, l.Why)
	}
	return b.String()
}

// Ambiguous is the error about a header row that can be read in several ways.
type Ambiguous struct {
	Sheet      string
	Row        int
	Role       Role
	Candidates []Column
}

func (a *Ambiguous) Error() string {
	var names []string
	for _, c := range a.Candidates {
		names = append(names, fmt.Sprintf("%s %q", c.Letter, c.Header))
	}
	return fmt.Sprintf("sheet %q, row %d: %d columns could hold the %s: %s; say which with --layout FILE",
		a.Sheet, a.Row, len(a.Candidates), a.Role, strings.Join(names, ", "))
}

// Detect recognises the layout. Hidden sheets are never looked at: what is
// written there nobody sees. An error is *Ambiguous or *Nothing.
func Detect(b *workbook.Book) (*Layout, error) {
	l := &Layout{}
	for _, s := range b.Sheets {
		if s.Hidden {
			l.Left = append(l.Left, Left{s.Name, "is hidden"})
			continue
		}
		tables, err := tablesOf(s)
		if err != nil {
			return nil, err
		}
		if len(tables) == 0 {
			l.Left = append(l.Left, Left{s.Name, "has no header row for questions and answers"})
			continue
		}
		l.Tables = append(l.Tables, tables...)
		l.Titles = append(l.Titles, titles(s, tables[0].Header)...)
	}
	if len(l.Tables) == 0 {
		return nil, &Nothing{l.Left}
	}
	l.recogniseFamily()
	l.onlyQuestions()
	if l.Questions() == 0 {
		return nil, &Nothing{append(l.Left, Left{l.Tables[0].Sheet, "has headers and no question below them"})}
	}
	return l, nil
}

func titles(s *workbook.Sheet, header int) []string {
	out := []string{s.Name}
	for _, r := range s.Rows {
		if r.Number >= header {
			break
		}
		for _, c := range r.Cells {
			if t := strings.TrimSpace(c.Text); t != "" {
				out = append(out, t)
			}
		}
	}
	return out
}

var (
	caiqID   = regexp.MustCompile(`^[A-Z]{3}-\d{2}\.\d{1,2}$|^[A-Z]&[A-Z]-\d{2}\.\d{1,2}$`)
	sigID    = regexp.MustCompile(`^[A-Z](\.\d{1,3}){1,6}$`)
	hecvatID = regexp.MustCompile(`^[A-Z]{4}-\d{2}$`)
	anyID    = regexp.MustCompile(`^[A-Z&]{1,8}[-. ]?\d+([.-]\d+)*[a-z]?$|^\d+(\.\d+)*\.?[a-z]?$`)

	saysCAIQ   = regexp.MustCompile(`(?i)\bCAIQ|consensus assessments? initiative`)
	saysSIG    = regexp.MustCompile(`\bSIG\b|(?i:standardi[sz]ed information gathering)`)
	saysHECVAT = regexp.MustCompile(`(?i)\bHECVAT|higher education community vendor`)
	saysMVSP   = regexp.MustCompile(`(?i)\bMVSP|minimum viable secure product`)
)

// recogniseFamily goes by what the workbook says it is, by headers that only one
// family has, and by the shape of the IDs.
func (l *Layout) recogniseFamily() {
	l.Family = Plain
	for _, f := range []struct {
		family Family
		says   *regexp.Regexp
		id     *regexp.Regexp
	}{{CAIQ, saysCAIQ, caiqID}, {HECVAT, saysHECVAT, hecvatID}, {SIG, saysSIG, sigID}, {MVSP, saysMVSP, nil}} {
		var why []string
		for _, t := range l.Titles {
			if f.says.MatchString(t) && len(why) < 2 {
				why = append(why, fmt.Sprintf("%q", clip(t, 80)))
			}
		}
		for _, t := range l.Tables {
			for _, r := range []Role{Answer, Owner} {
				h := t.Columns[r].Header
				if f.family == CAIQ && (saysCAIQ.MatchString(h) || strings.Contains(normal(h), "ssrm")) && len(why) < 3 {
					why = append(why, fmt.Sprintf("the header %q", h))
				}
			}
		}
		// An ID with a letter and dots says SIG only where the workbook does too: many a buyer numbers so.
		if f.id != nil && (f.family == CAIQ || f.family == HECVAT) {
			if k, n := l.shaped(f.id); n > 0 && k*10 >= n*8 {
				why = append(why, fmt.Sprintf("%d of %d IDs have the shape of its own", k, n))
			}
		}
		if n := l.letteredTabs(); f.family == SIG && n > 4 {
			why = append(why, fmt.Sprintf("%d tabs, each with a letter and IDs that begin with it", n))
		}
		if len(why) > 0 {
			l.Family, l.Why = f.family, why
			return
		}
	}
	l.Why = []string{"nothing in it names a framework"}
}

// letteredTabs counts the tabs that are named by a letter which all their IDs
// begin with, as the SIG had them.
func (l *Layout) letteredTabs() int {
	n := 0
	for _, t := range l.Tables {
		letter := t.Sheet[:min(1, len(t.Sheet))]
		if !slices.ContainsFunc(t.Rows, func(r Row) bool {
			return r.ID != "" && (!sigID.MatchString(r.ID) || r.ID[:1] != letter)
		}) {
			n++
		}
	}
	return n
}

func (l *Layout) shaped(id *regexp.Regexp) (k, n int) {
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			if r.ID == "" {
				continue
			}
			n++
			if id.MatchString(r.ID) {
				k++
			}
		}
	}
	return k, n
}

// onlyQuestions drops headings, end rows and notices, and tables without a question.
func (l *Layout) onlyQuestions() {
	for i := range l.Tables {
		t := &l.Tables[i]
		with := 0
		for _, r := range t.Rows {
			if r.ID != "" {
				with++
			}
		}
		numbered := with*10 >= len(t.Rows)*6
		t.Rows = slices.DeleteFunc(t.Rows, func(r Row) bool {
			switch {
			case r.Answer.MergedInto != "": // a heading across the table
				return true
			case l.Family == CAIQ && numbered:
				return !caiqID.MatchString(r.ID)
			case numbered && r.ID == "":
				return !strings.HasSuffix(r.Question, "?") && len(r.Answer.List) == 0
			}
			return false
		})
	}
	l.Tables = slices.DeleteFunc(l.Tables, func(t Table) bool { return len(t.Rows) == 0 })
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
