// Package xlsx writes a workbook of our own: an answer a row, the evidence on a
// sheet beside it with links both ways, and what the reader needs to know first.
// The same input gives the same bytes. A buyer's own workbook is filled
// elsewhere, in place.
package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// Names of the sheets. They need no quoting in a reference.
const (
	sheetAnswers  = "Answers"
	sheetEvidence = "Evidence"
	sheetAbout    = "About"
)

// headRow is the row of the column names; above it each sheet says what it is.
const headRow = 3

// Format returns the format of a workbook.
func Format() render.Format {
	return render.Format{Name: "xlsx", Extension: ".xlsx", Describe: "a workbook of our own: answers, and their evidence with links both ways",
		Layouts: []string{questionnaire.LayoutQuestionnaire, questionnaire.LayoutReport}, Render: write}
}

func write(w io.Writer, in render.Input) error {
	if in.Doc == nil {
		return errors.New("xlsx: there is no document to render")
	}
	b := &book{File: excelize.NewFile(), doc: in.Doc}
	defer b.Close()
	for _, step := range []func() error{b.styles, b.answers, b.evidence, b.about, b.properties} {
		if err := step(); err != nil {
			return fmt.Errorf("xlsx: %w", err)
		}
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// book is one workbook on its way.
type book struct {
	*excelize.File
	doc   *questionnaire.Document
	look  looks
	items []item // of the evidence sheet, in order
	first []int  // by answer: its first row of evidence, or 0
}

// item is one row of the evidence sheet.
type item struct {
	answer       int // row on the sheet of answers
	question     string
	source, kind string
	outcome      string
	good, of     string
	unit, when   string
	line, reason string
	limits, see  string
}

// collect lists the evidence of every answer, and where each one's begins.
func (b *book) collect() {
	row := headRow
	for _, s := range b.doc.Sections {
		for _, a := range s.Answers {
			row++
			first := 0
			add := func(x item) {
				x.answer, x.question = row, a.Question
				b.items = append(b.items, x)
				if first == 0 {
					first = headRow + len(b.items)
				}
			}
			see := map[string]string{}
			for _, c := range a.See {
				see[c.Check] = c.Command
			}
			for _, l := range a.Evidence {
				x := item{source: l.Check, kind: "check", outcome: l.Outcome, unit: l.Unit, line: l.Text, reason: l.Reason, limits: l.DoesNotProve, see: see[l.Check]}
				if l.Counted > 0 {
					x.good, x.of = fmt.Sprint(l.Good), fmt.Sprint(l.Counted)
				}
				if !l.When.IsZero() {
					x.when = l.When.UTC().Format("2006-01-02 15:04 UTC")
				}
				add(x)
			}
			for _, s := range a.Attested {
				x := item{source: s.ID, kind: "attestation", outcome: string(s.Status), line: s.Text, reason: s.Reason}
				if s.Found {
					x.when = s.Date.Format(time.DateOnly)
				}
				add(x)
			}
			b.first = append(b.first, first)
		}
	}
}

// properties are set from the document, so that no clock and no library decides
// them.
func (b *book) properties() error {
	when := b.doc.AsOf.UTC().Format("2006-01-02T15:04:05Z")
	subject := render.Basis(b.doc)
	err := b.SetDocProps(&excelize.DocProperties{Title: render.Plain(b.doc.Title), Subject: subject, Creator: "arxctl", LastModifiedBy: "arxctl", Created: when, Modified: when, Version: "1"})
	if err != nil {
		return err
	}
	if err := b.SetAppProps(&excelize.AppProperties{Application: "arxctl"}); err != nil {
		return err
	}
	b.SetActiveSheet(0)
	return nil
}
