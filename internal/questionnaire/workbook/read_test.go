package workbook_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

func read(t testing.TB, b []byte) *workbook.Book {
	t.Helper()
	book, err := workbook.Read("in.xlsx", b)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// TestReadOfACAIQ reads what a person sees and may type, whichever way a maker
// of workbooks writes them down.
func TestReadOfACAIQ(t *testing.T) {
	writers := map[string]func(*workbooktest.Book){
		"shared and inline strings mixed": func(*workbooktest.Book) {},
		"inline strings only":             func(b *workbooktest.Book) { b.Inline = true },
		"every element with a prefix":     func(b *workbooktest.Book) { b.Prefix = "x" },
		"strict namespaces":               func(b *workbooktest.Book) { b.Strict = true },
		"rows and cells without numbers":  withoutNumbers,
	}
	for name, change := range writers {
		t.Run(name, func(t *testing.T) {
			in := workbooktest.CAIQ("4.0.3", workbooktest.Questions(24))
			change(&in)
			s := read(t, in.Bytes()).Sheet("CAIQv4.0.3")
			if s == nil {
				t.Fatal("the sheet is not there by its name")
			}
			if !s.Protected || s.Hidden || !s.Cells {
				t.Errorf("protected %v, hidden %v, cells %v", s.Protected, s.Hidden, s.Cells)
			}
			for ref, want := range map[string]string{"B1": "CONSENSUS ASSESSMENTS INITIATIVE QUESTIONNAIRE v4.0.3", "F2": "CSC Responsibilities  (Optional/Recommended)", "A3": "A&A-01.1", "A4": "A&A-01.2", "L3": "Audit", "C3": "", "A27": "End of Standard"} {
				if got := s.Cell(ref).Text; got != want {
					t.Errorf("%s is %q, want %q", ref, got, want)
				}
			}
			answer, owner, question := s.Cell("C3"), s.Cell("D26"), s.Cell("B3")
			if diff := cmp.Diff([]string{"Yes", "No", "NA"}, answer.List); diff != "" || !answer.ListStops {
				t.Errorf("the list of C3: stops %v, %s", answer.ListStops, diff)
			}
			if len(owner.List) != 5 || owner.List[2] != "3rd-party outsourced" {
				t.Errorf("the list of D26 is %q", owner.List)
			}
			if answer.Locked || owner.Locked || !question.Locked || question.List != nil {
				t.Errorf("locked: C3 %v, D26 %v, B3 %v; B3 lists %q", answer.Locked, owner.Locked, question.Locked, question.List)
			}
			if got := s.Cell("I4").MergedInto; got != "I3" {
				t.Errorf("I4 is merged into %q, want I3", got)
			}
			if got := s.Cell("I3").MergedInto; got != "" {
				t.Errorf("I3, first of its merge, is merged into %q", got)
			}
			if c := s.Cell("E500"); c.Ref != "E500" || c.Locked || c.Text != "" {
				t.Errorf("a cell that is not in the file, in an unlocked column: %+v", c)
			}
			if c := s.Cell("H500"); !c.Locked {
				t.Error("a cell that is not in the file, in a column without format, is not locked")
			}
		})
	}
}

// withoutNumbers takes the references off cells that follow one another.
func withoutNumbers(b *workbooktest.Book) {
	for i := range b.Sheets[0].Rows {
		row := &b.Sheets[0].Rows[i]
		if row.R == i+1 {
			row.R = 0
		}
		for j := range row.Cells {
			if strings.HasPrefix(row.Cells[j].Ref, string(rune('A'+j))) {
				row.Cells[j].Ref = ""
			}
		}
	}
}

func TestReadOfTheOtherLayouts(t *testing.T) {
	t.Run("SIG of old", func(t *testing.T) {
		b := read(t, workbooktest.SIGOld(6).Bytes())
		if len(b.Sheets) != 20 || !b.Sheets[19].Hidden || b.Formulas != 18 {
			t.Errorf("%d sheets, the last hidden %v, %d formulas", len(b.Sheets), b.Sheets[19].Hidden, b.Formulas)
		}
		c := b.Sheets[18].Cell("C5")
		if diff := cmp.Diff([]string{"Yes", "No", "N/A"}, c.List); diff != "" {
			t.Errorf("a list by a name, on a hidden sheet: %s", diff)
		}
		if c := b.Sheets[3].Cell("C12"); !c.Formula || c.Text != "0" {
			t.Errorf("the count is %+v", c)
		}
		if got := b.Sheets[0].Cell("A3").Text; got != "Respond on every tab." {
			t.Errorf("a text of two runs is %q", got)
		}
	})
	t.Run("SIG since 2024", func(t *testing.T) {
		b := read(t, workbooktest.SIGNew(42).Bytes())
		s := b.Sheets[0]
		if !b.Macros || !s.Protected || s.Cell("D5").Locked || !s.Cell("C5").Locked {
			t.Errorf("macros %v, protected %v, D5 locked %v, C5 locked %v", b.Macros, s.Protected, s.Cell("D5").Locked, s.Cell("C5").Locked)
		}
	})
	t.Run("HECVAT", func(t *testing.T) {
		b := read(t, workbooktest.HECVAT(3, 5).Bytes())
		s := b.Sheets[1]
		c, q := s.Cell("C6"), s.Cell("B6")
		if diff := cmp.Diff([]string{"Yes", "No", "N/A"}, c.List); diff != "" || !c.ListStops {
			t.Errorf("a list of the extension, from another sheet: stops %v %s", c.ListStops, diff)
		}
		if !q.Formula || q.Text != "Sample question AAAA-02 of ours, is it so?" {
			t.Errorf("a question by formula is %+v", q)
		}
		hidden := 0
		for _, s := range b.Sheets {
			if s.Hidden {
				hidden++
			}
		}
		if hidden != 3 {
			t.Errorf("%d hidden sheets, want 3", hidden)
		}
	})
	t.Run("plain", func(t *testing.T) {
		s := read(t, workbooktest.Plain(5).Bytes()).Sheets[0]
		if s.Protected || s.Cell("C3").Text != "" || s.Cell("A3").Text != "2" || len(s.Rows) != 6 {
			t.Errorf("%+v", s.Cell("A3"))
		}
	})
}

// TestReadOfValues reads texts as the cell shows them.
func TestReadOfValues(t *testing.T) {
	for _, c := range []struct {
		cell workbooktest.Cell
		want string
	}{
		{workbooktest.Cell{Number: "1.1000000000000001"}, "1.1"},
		{workbooktest.Cell{Number: "8.1999999999999993"}, "8.2"},
		{workbooktest.Cell{Number: "42"}, "42"},
		{workbooktest.Cell{Number: "1.5E+3"}, "1500"},
		{workbooktest.Cell{Number: "1.1", Style: workbooktest.TwoDigit}, "1.10"},
		{workbooktest.Cell{Bool: "1"}, "TRUE"},
		{workbooktest.Cell{Bool: "0"}, "FALSE"},
		{workbooktest.Cell{Text: "a_x000D_b_x0041_"}, "a\nbA"},
		{workbooktest.Cell{Text: "kept_x005F_x0041_"}, "kept_x0041_"},
		{workbooktest.Cell{Text: " <tag> & \"quotes\" ‑ 漢字 🔒 "}, " <tag> & \"quotes\" ‑ 漢字 🔒 "},
		{workbooktest.Cell{Rich: []string{"two ", "runs"}, Inline: true}, "two runs"},
		{workbooktest.Cell{Formula: "A1", Cached: "cached"}, "cached"},
	} {
		c.cell.Ref = "B2"
		b := workbooktest.Book{Sheets: []workbooktest.Sheet{{Name: "S", Rows: []workbooktest.Row{{R: 2, Cells: []workbooktest.Cell{c.cell}}}}}}
		if got := read(t, b.Bytes()).Sheets[0].Cell("B2").Text; got != c.want {
			t.Errorf("%+v reads %q, want %q", c.cell, got, c.want)
		}
	}
}

// TestReadOfLists resolves what can be, and says what would have to be
// calculated.
func TestReadOfLists(t *testing.T) {
	values := workbooktest.Sheet{Name: "It's here", Rows: []workbooktest.Row{{R: 1, Cells: []workbooktest.Cell{workbooktest.T("A1", 0, "One"), workbooktest.T("B1", 0, "Two")}}}}
	names := []workbooktest.Name{{Name: "Both", Formula: "'It''s here'!$A$1:$B$1", Sheet: -1}, {Name: "Both", Formula: "'It''s here'!$A$1", Sheet: 0}, {Name: "Alias", Formula: "Both", Sheet: -1}, {Name: "Round", Formula: "Round", Sheet: -1}}
	for _, c := range []struct {
		list workbooktest.List
		want string
	}{
		{workbooktest.List{Formula: `"Yes, No ,N/A"`}, "[Yes No N/A] true"},
		{workbooktest.List{Formula: `"Say ""yes"",No"`, Lax: true}, `[Say "yes" No] false`},
		{workbooktest.List{Formula: "'It''s here'!$A$1:$B$1"}, "[One Two] true"},
		{workbooktest.List{Formula: "'IT''S HERE'!A:B", X14: true}, "[One Two] true"},
		{workbooktest.List{Formula: "Both"}, "[One] true"},
		{workbooktest.List{Formula: "Alias"}, "[One] true"},
		{workbooktest.List{Formula: "Round"}, "calculated Round"},
		{workbooktest.List{Formula: "INDIRECT(A1)"}, "calculated INDIRECT(A1)"},
		{workbooktest.List{Formula: "Gone!$A$1"}, "calculated Gone!$A$1"},
	} {
		c.list.Cells = "C3 C5:C9"
		b := workbooktest.Book{Names: names, Sheets: []workbooktest.Sheet{{Name: "S", Lists: []workbooktest.List{c.list}}, values}}
		cell := read(t, b.Bytes()).Sheets[0].Cell("C7")
		got := fmt.Sprint(cell.List, " ", cell.ListStops)
		if cell.List == nil {
			got = "calculated " + cell.ListFrom
		}
		if strings.ReplaceAll(got, "]  ", "] ") != c.want {
			t.Errorf("%s: %s, want %s", c.list.Formula, got, c.want)
		}
	}
}
