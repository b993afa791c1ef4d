package rendering_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

// ask puts another questionnaire among the inputs.
func (s *sent) ask(id, questions string) {
	for i, f := range s.inputs.Files {
		if f.Role == rendering.Questionnaire {
			f.Content = "id: " + id + "\ntitle: Own\nframework: own\nlayout: questionnaire\nnotice: Ours.\nsections:\n  - id: A\n    title: All\n    questions:\n" + questions
			f.SHA256 = sum([]byte(f.Content))
			s.inputs.Files[i] = f
		}
	}
}

// owned is the workbook with a column for who owns the control.
func owned() wt.Book {
	b := questions(true)
	rows := b.Sheets[0].Rows
	rows[1].Cells = append(rows[1].Cells, wt.T("G2", wt.Unlocked, "SSRM Control Ownership"))
	for i, ref := range []string{"G4", "G5", "G6", "G7"} {
		rows[i+3].Cells = append(rows[i+3].Cells, wt.E(ref, wt.Unlocked))
	}
	return b
}

// TestRecordsOfCellsThatSayAnotherThanTheirRun has the holder of the key seal
// records in which a cell answers another question, or answers it in another way.
func TestRecordsOfCellsThatSayAnotherThanTheirRun(t *testing.T) {
	cell := func(ref string, change func(*rendering.Cell)) func(*rendering.Workbook) {
		return func(w *rendering.Workbook) {
			change(&w.Cells[slices.IndexFunc(w.Cells, func(c rendering.Cell) bool { return c.Ref == ref })])
		}
	}
	answers := func(ref, question string) func(*rendering.Workbook) {
		return cell(ref, func(c *rendering.Cell) { c.Question = question })
	}
	without := func(refs ...string) func(*rendering.Workbook) {
		return func(w *rendering.Workbook) {
			w.Cells = slices.DeleteFunc(w.Cells, func(c rendering.Cell) bool { return slices.Contains(refs, c.Ref) })
		}
	}
	inverted := cell("C4", func(c *rendering.Cell) { c.Inverted = true })
	put := func(at, words string) func(string, string) string {
		return func(ref, text string) string {
			if ref == at {
				return words
			}
			return text
		}
	}
	byID := "      - {id: A.1, topic: Rows, decide: [rows], ssrm: CSP-owned}\n      - {id: A.2, topic: Log, decide: [log]}\n      - {id: A.3, topic: Vault, decide: [vault]}\n"
	byCell := "      - {id: Access!C4, topic: Rows, decide: [rows]}\n      - {id: Access!C5, topic: Log, decide: [log], as: sig-lite A.2}\n      - {id: Access!C6, topic: Vault, decide: [vault]}\n      - {id: Access!C7, topic: Roof, decide: [roof]}\n"
	first := "" // comment of the first row
	for _, x := range []struct {
		what   string
		id     string
		writes func(ref, text string) string
		record func(*rendering.Workbook)
		code   int
		saying string
	}{
		{"nothing, by ID", "caiq-9", nil, nil, fine, ""},
		{"another question, by ID", "caiq-9", nil, answers("C4", "A.3"), broken, `Access!C4 answers A.3 by what lies beside the workbook, and stands beside "A.1"`},
		{"another question, beside IDs that are not recorded as such", "caiq-9", nil, func(w *rendering.Workbook) {
			answers("C4", "A.3")(w)
			for i := range w.Beside[0].Texts {
				if w.Beside[0].Texts[i].Role == "id" {
					w.Beside[0].Texts[i].Role = "text"
				}
			}
		}, broken, "Access!C4 answers A.3 by what lies beside the workbook, and stands beside no ID that was recorded"},
		{"another question, where nothing beside it was recorded", "caiq-9", nil, func(w *rendering.Workbook) { answers("C4", "A.3")(w); w.Beside = nil }, look, "which questions these 3 answers stand beside"},
		{"no cell", "caiq-9", nil, func(w *rendering.Workbook) { w.Cells = nil }, look, "any answer: none in this workbook is ours"},
		{"no question beside an answer", "caiq-9", nil, func(w *rendering.Workbook) {
			i := slices.IndexFunc(w.Beside[0].Texts, func(x rendering.Text) bool { return x.Role == "question" })
			w.Beside[0].Texts[i].Role = "text"
		}, look, "which questions these 1 answers stand beside"},
		{"a sheet that is not there", "caiq-9", nil, func(w *rendering.Workbook) {
			w.Beside = append(w.Beside, rendering.Beside{Sheet: "None", Texts: []rendering.Text{{Ref: "B4", Role: "question"}}})
		}, look, `to 1 sheets with answers of ours: what was recorded when they were filled in does not cover that; fill the workbook in again with this arxctl: "None"`},
		{"another owner", "caiq-9", put("G4", "CSC-owned"), nil, broken, `Access!G4 says "CSC-owned", and its inputs give "CSP-owned"`},
		{"an owner in other letters", "caiq-9", put("G4", "csp-OWNED"), nil, fine, ""},
		{"a role of nobody's", "caiq-9", nil, cell("G4", func(c *rendering.Cell) { c.Role = "note" }), broken, `unknown role "note"`},
		{"a Yes turned round, by ID", "caiq-9", put("C4", "No"), inverted, broken, "is marked as a question to which a Yes would be bad, and only one that was found by its words can be"},
		{"nothing, by words", questionnaire.OwnWords, nil, nil, fine, ""},
		{"another question, by words", questionnaire.OwnWords, nil, answers("C4", "Access!C6"), broken, "Access!C4 answers Access!C6 by what lies beside the workbook, and stands in another row"},
		{"a Yes turned round", questionnaire.OwnWords, put("C4", "No"), inverted, fine, ""},
		{"a No turned round", questionnaire.OwnWords, put("C5", "Yes"), cell("C5", func(c *rendering.Cell) { c.Inverted = true }), broken, "Access!C5"},
		{"nothing turned round", questionnaire.OwnWords, put("C7", "No"), cell("C7", func(c *rendering.Cell) { c.Inverted = true }), broken, `Access!C7 says "No", and its run and its inputs give ""`},
		{"a Yes that should be turned round", questionnaire.OwnWords, nil, inverted, broken, `Access!C4 says "Yes", and its run and its inputs give "No"`},
		{"no mark of a draft", questionnaire.OwnWords, put("D4", "As agreed."), without("D4"), broken, "Access!C4 stands without a comment of ours, which has to say that this is a draft"},
		{"words of ours that stood there before", questionnaire.OwnWords, nil, without("D4"), look, "added around our answers since, and may change what they say; read them: Access!D4"},
		{"words of ours in another row", questionnaire.OwnWords, func(ref, text string) string {
			switch ref {
			case "D4":
				first = text
				return "As agreed."
			case "D5":
				return first
			}
			return text
		}, without("D4", "D5"), broken, "Access!C4 stands without a comment of ours"},
		{"no draft, and no comment", questionnaire.OwnWords, put("D5", ""), without("D5"), fine, ""},
	} {
		s := sendTo(t, "json", questionnaire.Private, allPrivate)
		if s.ask(x.id, byID); x.id == questionnaire.OwnWords {
			s.ask(x.id, byCell)
			s.notes = map[string]string{"Access!C4": fill.Draft([]string{"rows"}), "Access!C6": fill.Draft([]string{"vault"}), "Access!C7": fill.Draft([]string{"roof"})}
		}
		s.writes = x.writes
		record := x.record
		if record == nil {
			record = func(*rendering.Workbook) {}
		}
		s.fillAll(t, owned(), true, record)
		s.tells(t, x.what, x.code, x.saying)
	}
}

// tells wants verify of the document to end with the code, and its lines to hold what is said.
func (s *sent) tells(t *testing.T, what string, code int, saying string) {
	t.Helper()
	r, err := rendering.Verify(s.path, s.doc, s.options(s.key.Public))
	said := ""
	if r != nil {
		said = strings.Join(r.Unseen, "\n")
	}
	if err != nil {
		said = err.Error()
	}
	if got := codeOf(r, err); got != code || !strings.Contains(said, saying) {
		t.Errorf("%s: exit %d, want %d with %q:\n%s", what, got, code, saying, said)
	}
}
