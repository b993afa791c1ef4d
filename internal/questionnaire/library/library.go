// Package library keeps answers that were sent before, as dated drafts in a
// directory of YAML files. A draft is what somebody once typed: it is proven by
// nothing, and Hold says what today's evidence makes of it.
package library

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// File is the answers of one workbook that was sent on one day.
type File struct {
	Source        string       `yaml:"source"` // the last part of the workbook's path
	SHA256        string       `yaml:"sha256"` // of the workbook, hexadecimal
	Date          yamldoc.Date `yaml:"date"`   // on which it was sent
	Questionnaire string       `yaml:"questionnaire"`
	Answers       []Draft      `yaml:"answers"`
	At            yamldoc.At   `yaml:"-"`
}

// Draft is one answer as it stood in the workbook.
type Draft struct {
	Sheet    string     `yaml:"sheet"`
	Cell     string     `yaml:"cell"` // of the answer
	Section  string     `yaml:"section"`
	ID       string     `yaml:"id"`
	Question string     `yaml:"question"`
	Answer   string     `yaml:"answer"`
	Comment  string     `yaml:"comment"`
	Owner    string     `yaml:"owner"`
	Stem     string     `yaml:"stem"`   // the question further up that it finishes
	Turned   string     `yaml:"turned"` // why Yes may have been the bad answer to it
	Doubt    string     `yaml:"doubt"`  // why its own words are not all that was asked
	At       yamldoc.At `yaml:"-"`
}

// FromWorkbook takes every answer, and every comment, that stands in a workbook;
// a prompt such as "Please select" is no answer.
// questionnaire is what the workbook was identified as, or empty.
func FromWorkbook(path, sha256 string, sent time.Time, questionnaire string, l *layout.Layout) File {
	f := File{Source: filepath.Base(path), SHA256: sha256, Date: yamldoc.Date{Time: sent}, Questionnaire: questionnaire}
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			d := Draft{Sheet: t.Sheet, Cell: r.Answer.Ref, Section: r.Section, ID: r.ID, Question: r.Question,
				Answer: clean(r.Answer.Text), Comment: clean(r.Comment.Text), Owner: clean(r.Owner.Text), Stem: clean(r.Stem)}
			turned, doubt := fill.Around(t, r)
			d.Turned, d.Doubt = clean(turned), clean(doubt)
			if typed.Prompt(d.Answer, r.Answer.List...) {
				d.Answer = ""
			}
			if typed.Prompt(d.Comment) {
				d.Comment = ""
			}
			for _, c := range slices.Backward(r.Beside) { // a Response beside Yes/No may say yes where the other is empty
				d.Comment = strings.TrimSpace(clean(c.Text) + "\n" + d.Comment)
			}
			if d.Answer != "" || d.Comment != "" {
				f.Answers = append(f.Answers, d)
			}
		}
	}
	return f
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// FileName is the name of the file in a library: the day, then the workbook.
func (f File) FileName() string {
	base := strings.TrimSuffix(f.Source, filepath.Ext(f.Source))
	slug := strings.Trim(notInName.ReplaceAllString(strings.ToLower(base), "-"), "-")
	if r := []rune(slug); len(r) > 60 {
		slug = strings.Trim(string(r[:60]), "-")
	}
	if slug == "" {
		slug = "workbook"
	}
	return f.Date.String() + " " + slug + ".yaml"
}

// written is the layout of a file; what is empty is left out.
type written struct {
	Source        string         `yaml:"source"`
	SHA256        string         `yaml:"sha256,omitempty"`
	Date          string         `yaml:"date"`
	Questionnaire string         `yaml:"questionnaire,omitempty"`
	Answers       []writtenDraft `yaml:"answers"`
}

type writtenDraft struct {
	Sheet    string `yaml:"sheet,omitempty"`
	Cell     string `yaml:"cell"`
	Section  string `yaml:"section,omitempty"`
	ID       string `yaml:"id,omitempty"`
	Question string `yaml:"question,omitempty"`
	Answer   string `yaml:"answer,omitempty"`
	Comment  string `yaml:"comment,omitempty"`
	Owner    string `yaml:"owner,omitempty"`
	Stem     string `yaml:"stem,omitempty"`
	Turned   string `yaml:"turned,omitempty"`
	Doubt    string `yaml:"doubt,omitempty"`
}

// Encode returns the file as it is kept. Text of the workbook is data in it.
func (f File) Encode() ([]byte, error) {
	w := written{f.Source, f.SHA256, f.Date.String(), f.Questionnaire, []writtenDraft{}}
	for _, d := range f.Answers {
		w.Answers = append(w.Answers, writtenDraft{clean(d.Sheet), d.Cell, clean(d.Section), clean(d.ID), clean(d.Question), clean(d.Answer), clean(d.Comment), clean(d.Owner), clean(d.Stem), clean(d.Turned), clean(d.Doubt)})
	}
	var b bytes.Buffer
	b.WriteString("# Drafts: answers as they were sent once. None of them is proven by standing here.\n")
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(w); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// clean drops what YAML does not hold, and the space around.
func clean(s string) string { return strings.TrimSpace(workbook.Clean(s)) }

// Layout is the drafts as the rows of a workbook, for whatever finds the answer
// of a row: one table a sheet.
func (f File) Layout() *layout.Layout {
	l := &layout.Layout{Family: layout.Plain, Questionnaire: f.Questionnaire, Given: true}
	at := map[string]int{}
	for _, d := range f.Answers {
		i, ok := at[d.Sheet]
		if !ok {
			i = len(l.Tables)
			at[d.Sheet] = i
			l.Tables = append(l.Tables, layout.Table{Sheet: d.Sheet})
		}
		_, row, _ := workbook.ParseRef(d.Cell)
		l.Tables[i].Rows = append(l.Tables[i].Rows, layout.Row{Number: row, Section: d.Section, ID: d.ID, Question: d.Question, Stem: d.Stem, Doubt: d.Doubt, Answer: workbook.Cell{Ref: d.Cell}})
	}
	return l
}
