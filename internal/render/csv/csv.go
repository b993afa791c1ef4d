// Package csv writes one row an answer, for whatever reads tables.
package csv

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// Format returns the CSV format.
func Format() render.Format {
	return render.Format{Name: "csv", Extension: ".csv", Describe: "one row an answer (RFC 4180), safe to open in a spreadsheet",
		Layouts: []string{questionnaire.LayoutQuestionnaire, questionnaire.LayoutReport}, Render: write}
}

// Columns are the names in the first row.
func Columns() []string {
	return []string{"section", "question", "topic", "status", "value", "sentence", "evidence", "notes", "see it yourself", "owner", "basis"}
}

// write follows RFC 4180: a header, rows of one length, CRLF, UTF-8. Every field
// is text: none is a formula, whichever program opens it.
func write(w io.Writer, in render.Input) error {
	if in.Doc == nil {
		return errors.New("csv: there is no document to render")
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{Columns()}
	basis := render.Basis(in.Doc)
	for _, s := range in.Doc.Sections {
		for _, a := range s.Answers {
			evidence, notes := render.Lines(a)
			var see []string
			for _, c := range a.See {
				see = append(see, c.Command)
			}
			section := s.ID
			if s.Title != "" && s.Title != s.ID {
				section += " " + s.Title
			}
			rows = append(rows, []string{section, a.Question, a.Topic, string(a.Status), a.Value, a.Sentence,
				strings.Join(evidence, "\n"), strings.Join(notes, "\n"), strings.Join(see, "\n"), render.Owner(a), basis})
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = render.Cell(row[i])
		}
	}
	return out.WriteAll(rows)
}
