package fill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Drafts are the questions of a workbook that is none of our questionnaires, or
// shares some of its questions with one. Each question gets the controls of ours
// that decide it: those of the questionnaire, where ID and words agree and the
// words alone lead to them too, else those that its own words propose. What is
// proposed is a draft for a person.
type Drafts struct {
	id      string // of the questionnaire that the workbook was recognised as, or empty
	byID    map[string]questionnaire.Question
	file    draftFile
	rows    map[string]draft // by the ID that the question gets
	answers map[string]questionnaire.Answer
}

// draft is how a row came by its controls.
type draft struct {
	id, topic string // of our question, where its ID and its words agree
	stray     string // an ID of ours, where the words do not
	held      string // why a person decides it whatever is proposed
	proposal  match.Proposal
	refused   string // by a near-miss rule
	doubt     string // about the way it is put
}

type draftFile struct {
	ID        string         `yaml:"id"`
	Title     string         `yaml:"title"`
	Framework string         `yaml:"framework"`
	Layout    string         `yaml:"layout"`
	Notice    string         `yaml:"notice"`
	Sections  []draftSection `yaml:"sections"`
	Kin       []draftKin     `yaml:"kin,omitempty"`
}

type draftKin struct {
	As       string   `yaml:"as"`
	Controls []string `yaml:"controls"`
}

type draftSection struct {
	ID        string          `yaml:"id"`
	Title     string          `yaml:"title"`
	Questions []draftQuestion `yaml:"questions"`
}

type draftQuestion struct {
	ID      string   `yaml:"id"`
	Topic   string   `yaml:"topic"`
	Decide  []string `yaml:"decide,omitempty"`
	Mention []string `yaml:"mention,omitempty"`
	As      string   `yaml:"as,omitempty"`
}

// key is the ID of a row among the drafts: IDs of the workbook may repeat.
func key(t layout.Table, r layout.Row) string { return t.Sheet + "!" + r.Answer.Ref }

// CellOf is the answer's cell of a question among the drafts, by its ID.
func CellOf(question string) (sheet, ref string, ok bool) {
	i := strings.LastIndexByte(question, '!')
	if i < 0 {
		return "", "", false
	}
	return question[:i], question[i+1:], true
}

// Draft is what the comment of an answer begins with whose controls were found by
// the words of the question; empty without controls.
func Draft(controls []string) string {
	if len(controls) == 0 {
		return ""
	}
	return "Draft, matched by its wording with " + strings.Join(controls, ", ") + "; to be read by a person before it is sent"
}

// NewDrafts finds the controls for each row. q is the questionnaire that the
// workbook was identified as, or nil. propose is asked where no ID answers.
func NewDrafts(l *layout.Layout, q *questionnaire.Questionnaire, propose Propose) *Drafts {
	d := &Drafts{rows: map[string]draft{}, byID: map[string]questionnaire.Question{}, file: draftFile{ID: questionnaire.OwnWords, Title: "A buyer's questions", Framework: questionnaire.OwnWords, Layout: questionnaire.LayoutQuestionnaire,
		Notice: "Questions of a buyer's workbook, by the cell of the answer. Each is decided by the controls that its words were matched with."}}
	if q != nil {
		d.id, d.file.Framework = q.ID, q.Framework
		for _, s := range q.Sections {
			for _, x := range s.Questions {
				d.byID[x.ID] = x
			}
		}
	}
	for i, t := range l.Tables {
		s := draftSection{ID: fmt.Sprint(i + 1), Title: "Table " + fmt.Sprint(i+1)}
		for _, r := range t.Rows {
			k := key(t, r)
			out, row := draftQuestion{ID: k, Topic: "The question beside cell " + r.Answer.Ref}, draft{}
			x, known := d.byID[r.ID]
			switch {
			case known && agrees(r.Question, x.Topic):
				row.id, row.topic = x.ID, x.Topic
				out.Decide, out.Mention, out.As = x.Decide, x.Mention, d.id+" "+x.ID
				row.refused, row.doubt = refusedOf(x.Decide, r.Question), cmp.Or(match.Doubt(r.Question), d.other(x, heading(t, r), r.Question, propose))
			default:
				if known {
					row.stray = x.ID
				}
				row.proposal = propose(heading(t, r), r.Question)
				out.Decide = row.proposal.Controls
			}
			d.rows[k] = row
			s.Questions = append(s.Questions, out)
		}
		d.file.Sections = append(d.file.Sections, s)
	}
	return d
}

// heading is under what a row stands, a line each.
func heading(t layout.Table, r layout.Row) string {
	return strings.TrimSpace(t.Sheet + "\n" + r.Section)
}

// other says why the question beside an ID of ours may be another one than we
// read under it, though it shares words with our topic; empty where it is the same.
func (d *Drafts) other(x questionnaire.Question, heading, question string, propose Propose) string {
	if len(x.Decide) == 0 || same(question, x.Topic) {
		return ""
	}
	why := unlike(propose(heading, question), x.Decide)
	if why == "" {
		return ""
	}
	return fmt.Sprintf("it has the number of %s %s (%s) and words of its own, which decide nothing by themselves: %s", d.id, x.ID, x.Topic, why)
}

// agrees reports whether the words of a question are those of our topic, at least
// two of them. One without words cannot disagree: it is held, and said to be.
func agrees(question, topic string) bool {
	return question == "" || alike(question, topic) >= near && alike(question, topic)*float64(len(stems(topic))) > 1.5
}

// refusedOf is the reason of the first near-miss rule that keeps one of the
// controls from answering the question.
func refusedOf(controls []string, question string) string {
	for _, c := range controls {
		if reason, refused := match.Refuse(c, question); refused {
			return reason
		}
	}
	return ""
}

// File is the questionnaire that the document is built from: with it, whoever
// verifies the workbook builds the same answers.
func (d *Drafts) File() (yamldoc.File, error) {
	b, err := yaml.Marshal(d.file)
	return yamldoc.File{Name: "own-words.yaml", Body: b}, err
}

// Answer takes the answers of the document that was built from File.
func (d *Drafts) Answer(doc *questionnaire.Document) {
	d.answers = map[string]questionnaire.Answer{}
	for _, a := range doc.Answers() {
		d.answers[a.Question] = a
	}
}

// Find is the answer of a row, or why a person gives it.
func (d *Drafts) Find(t layout.Table, r layout.Row) Found {
	f := d.find(t, r)
	if held := d.rows[key(t, r)].held; held != "" {
		f.Held, f.Spoken = held, true
	}
	return f
}

func (d *Drafts) find(t layout.Table, r layout.Row) Found {
	row := d.rows[key(t, r)]
	a := d.answers[key(t, r)]
	p := row.proposal
	switch {
	case row.topic != "":
		f := Found{Answer: &a, Held: row.refused}
		f.overridden()
		f.Held = cmp.Or(f.Held, row.doubt)
		f.Near = f.Held != ""
		return f
	case p.State == match.Conflict:
		return Found{Near: true, Beside: besides(p), Held: "claims of ours that are as near would answer it differently: " + sideBySide(p.Conflict)}
	case p.State != match.Draft:
		return Found{Why: p.Reason, Near: len(besides(p)) > 0, Beside: besides(p)}
	}
	f := Found{Answer: &a, Review: true, Inverted: p.Inverted, Note: Draft(p.Controls)}
	refused := refusedOf(p.Controls, r.Question)
	switch yes := a.Status == control.Proven || a.Status == control.Attested; {
	case refused != "":
		f.Held, f.Near = refused, true
	case p.Value == "":
		f.Held, f.Near = "it asks for words and not for a value", true
	case p.Inverted && yes: // what we claim holds, and so the answer to this is No
		a.Value = "No"
	case p.Inverted:
		f.Held = "a Yes to it would be bad, and what we claim does not plainly hold"
	}
	return f
}

// besides are the controls that are near to a question where none was chosen and
// no rule says that they are about something else: the nearest, unless it is far,
// and those that come as near as one that answers it.
func besides(p match.Proposal) []string {
	var out []string
	for _, c := range slices.Concat(p.Conflict, p.Candidates) {
		refused := slices.ContainsFunc(p.Refused, func(r match.Refused) bool { return r.Control == c.Control })
		near := c.Score >= match.Threshold || c.Score >= match.Far && len(out) == 0
		if near && !refused && !slices.Contains(out, c.Control) {
			out = append(out, c.Control)
		}
	}
	return out
}

func sideBySide(list []match.Candidate) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%s (%s)", c.Control, orNothing(c.Value)))
	}
	return strings.Join(out, ", ")
}

func orNothing(s string) string {
	if s == "" {
		return "blank"
	}
	return s
}
