package fill

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// People lays out what people have to look at as CSV (RFC 4180, with the mark
// by which spreadsheets know UTF-8), ordered by owner. No field is a formula.
func (p *Plan) People(demonstration string) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	head := []string{"owner", "what", "why", "sheet", "cell", "id", "question", "status", "our answer says", "what is needed", "cell says now", "written", "replaced", "comment says now"}
	if demonstration != "" {
		head = append(head, "notice")
	}
	w.Write(head) // into memory: cannot fail
	for _, d := range p.ForPeople() {
		what := string(d.What)
		switch {
		case d.What == Filled && d.Override:
			what = "filled by an override: what a role says, and no evidence"
		case d.What == Filled && d.Review:
			what = "filled as a draft: read it before it is sent"
		}
		why := d.Why
		if d.Unsaid != "" {
			why = "what our answer says stands nowhere in the workbook: " + d.Unsaid
		}
		row := []string{d.For, what, why, d.Sheet, d.Ref, d.ID, d.Question, string(d.Status), d.Says, d.Need, d.Now, d.Value, d.Replaced, d.Comment}
		if demonstration != "" {
			row = append(row, demonstration)
		}
		for i := range row {
			row[i] = Inert(row[i])
		}
		w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// Inert makes text safe for a cell of CSV: what a spreadsheet would take for a
// formula gets an apostrophe before it, and control characters become spaces
// (owasp.org, "CSV Injection").
func Inert(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unicode.IsSpace))
	if strings.ContainsRune("=+-@|＝＋－＠", first) && s != "" {
		return "'" + s
	}
	return s
}
