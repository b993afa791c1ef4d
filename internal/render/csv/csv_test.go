package csv_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/questionnairetest"
	"github.com/arxsec/arxctl/internal/render"
	answers "github.com/arxsec/arxctl/internal/render/csv"
	"github.com/arxsec/arxctl/internal/render/golden"
	"github.com/arxsec/arxctl/internal/render/runtest"
)

func rendered(t testing.TB, d *questionnaire.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := answers.Format().Render(&b, render.Input{Doc: d, Run: questionnairetest.Run(), RunDigest: questionnairetest.Digest()}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	got := rendered(t, questionnairetest.Document())
	golden.Equal(t, "every-status.csv", got)
}

func TestEveryRowSaysWhatItRestsOn(t *testing.T) {
	d := questionnairetest.Document()
	rows, err := csv.NewReader(bytes.NewReader(rendered(t, d))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], answers.Columns()) || len(rows) != 1+len(d.Answers()) {
		t.Fatalf("%d rows for %d answers, head %q", len(rows), len(d.Answers()), rows[0])
	}
	for i, a := range d.Answers() {
		row := rows[i+1]
		if row[1] != a.Question || row[3] != string(a.Status) || row[4] != a.Value || row[5] != a.Sentence {
			t.Errorf("row %d is not %s: %q", i+1, a.Question, row)
		}
		if basis := row[len(row)-1]; !strings.HasPrefix(basis, questionnaire.DemonstrationText) || !strings.Contains(basis, "run 5eed5eed5eed") {
			t.Errorf("%s: basis %q", a.Question, basis)
		}
	}
}

// TestNoCellIsAFormula puts text that breaks out of something everywhere.
func TestNoCellIsAFormula(t *testing.T) {
	for _, s := range append(runtest.Nasty(), "=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r\n=1", "  =1", "＝1", "|x", "\",=1", "\xff=1", strings.Repeat("=", 40000), "\u200b=1") {
		b := rendered(t, hostile(s))
		if !utf8.Valid(b) {
			t.Errorf("%.40q: not UTF-8", s)
		}
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatalf("%.40q: %v", s, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@|%\t\r") || strings.HasPrefix(cell, "＝") || len(cell) > 32767+60 {
					t.Errorf("%.40q became a cell %.60q", s, cell)
				}
			}
		}
	}
}

// hostile is the fixture with one text everywhere.
func hostile(s string) *questionnaire.Document {
	d := questionnairetest.Document()
	d.Title, d.Stack.Name, d.Stack.Build = s, s, s
	for i := range d.Sections {
		d.Sections[i].ID, d.Sections[i].Title = s, s
		for j := range d.Sections[i].Answers {
			a := &d.Sections[i].Answers[j]
			a.Question, a.Topic, a.Sentence, a.Details = s, s, s, []string{s}
			for k := range a.See {
				a.See[k].Command = s
			}
			for k := range a.Evidence {
				a.Evidence[k].Text, a.Evidence[k].Reason = s, s
			}
		}
	}
	return d
}

func FuzzCells(f *testing.F) {
	for _, s := range runtest.Nasty() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := csv.NewReader(bytes.NewReader(rendered(t, hostile(s)))).ReadAll()
		if err != nil || len(rows) != 11 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
	})
}
