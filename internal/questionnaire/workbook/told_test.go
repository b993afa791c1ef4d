package workbook_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	wt "github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

func shown(before, after, rules, tail string) wt.Book {
	return wt.Book{
		Names: []wt.Name{{Name: "_xlnm.Print_Area", Formula: "'Our Sheet'!$A$1:$B$2", Sheet: 0}},
		Sheets: []wt.Sheet{{Name: "Our Sheet", Before: before, After: after, Rules: rules, Tail: tail, Rows: []wt.Row{{R: 1, Cells: []wt.Cell{
			wt.T("A1", 0, "Yes"), {Ref: "B1", Formula: "if( a1 =\"Yes\", 1, 0)", Cached: "1"},
		}}}}},
	}
}

// TestWordsBesideTheCells: a reader sees what validations say and what is printed.
func TestWordsBesideTheCells(t *testing.T) {
	b, err := workbook.Read("in.xlsx", shown("", "",
		`<dataValidation type="none" sqref="A1:A9" showInputMessage="1" promptTitle="Mind" prompt="Yes  means No"/>`+
			`<dataValidation type="list" sqref="C1" prompt="not shown"><formula1>"Yes,No"</formula1></dataValidation>`,
		`<headerFooter differentFirst="1"><oddHeader>&amp;C&amp;"Arial,Bold"&amp;72VOID</oddHeader><oddFooter>&amp;L&amp;8 </oddFooter><evenHeader>never</evenHeader><firstFooter>first</firstFooter></headerFooter>`).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	s := b.Sheets[0]
	if got := s.Prompt("A4"); got != "prompt: Mind: Yes means No" || s.Prompt("C1") != "" || len(s.Prompts()) != 1 {
		t.Errorf("prompts: %q %q", got, s.Prompts())
	}
	if got := s.Printed(); !slices.Equal(got, []string{"oddHeader: VOID", "firstFooter: first"}) {
		t.Errorf("printed: %q", got)
	}
	if got := s.PrintArea(); got != "OURSHEET!A1:B2" {
		t.Errorf("print area: %q", got)
	}
	if got := s.Cell("B1").Calculates; got != `IF(A1="YES",1,0)` {
		t.Errorf("formula: %q", got)
	}
	if got := s.Cell("C1").List; !slices.Equal(got, []string{"Yes", "No"}) {
		t.Errorf("list: %q", got)
	}
}

// TestWordsOfMore: of several validations and of each kind of page.
func TestWordsOfMore(t *testing.T) {
	for _, c := range []struct{ rules, tail, prompts, printed string }{
		{`<dataValidation sqref="A1" showInputMessage="1" prompt="second"/><dataValidation sqref="A2" showErrorMessage="1" errorTitle="Mind" error="first"/><dataValidation sqref="A3" showInputMessage="1" prompt=" "/><dataValidation sqref="A4" showInputMessage="1" prompt="second"/><dataValidation type="list" sqref="A5" showInputMessage="1" prompt="third"><formula1>"Yes,No"</formula1></dataValidation>`, "",
			"error: Mind: first|prompt: : second|prompt: : third", ""},
		{"", `<headerFooter differentOddEven="1"><oddHeader/><oddFooter>foot</oddFooter><evenHeader>even</evenHeader><evenFooter>&amp;RVOID</evenFooter><firstHeader>never</firstHeader></headerFooter>`, "", "oddFooter: foot|evenHeader: even|evenFooter: VOID"},
		{"", `<headerFooter differentFirst="1"><firstHeader>one</firstHeader><firstFooter>two</firstFooter></headerFooter>`, "", "firstHeader: one|firstFooter: two"},
		{"", `<headerFooter><oddHeader/><evenHeader>never</evenHeader><firstFooter>never</firstFooter></headerFooter>`, "", ""},
	} {
		b, err := workbook.Read("in.xlsx", shown("", "", c.rules, c.tail).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if s := b.Sheets[0]; strings.Join(s.Prompts(), "|") != c.prompts || strings.Join(s.Printed(), "|") != c.printed {
			t.Errorf("%q %q, want %q %q", s.Prompts(), s.Printed(), c.prompts, c.printed)
		}
		if got := b.Sheets[0].Cell("A5").List; c.rules != "" && len(got) != 2 {
			t.Errorf("a list beside which words stand: %q", got)
		}
	}
}

// TestCellsInTwoPlaces: such a workbook is neither filled in nor verified.
func TestCellsInTwoPlaces(t *testing.T) {
	choice := func(inner string) string {
		return `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="r">` + inner + `</mc:Choice></mc:AlternateContent>`
	}
	for what, x := range map[string]struct{ before, after, want string }{
		"another sheetData before":    {choice(`<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>`), "", "<sheetData> beside its own"},
		"another sheetData after":     {"", choice(`<sheetData/>`), "<sheetData> beside its own"},
		"another sheetData in a part": {"", `<extLst><ext uri="x"><sheetData/></ext></extLst>`, "<sheetData> beside its own"},
		"cells alone":                 {"", choice(`<row r="1"><c r="A1"><v>1</v></c></row>`), "<c> beside its own"},
		"columns in two ways":         {choice(`<cols><col min="1" max="1" hidden="1"/></cols>`), "", "<cols> beside its own"},
		"a choice of nothing":         {choice(""), choice(`<controls/>`), ""},
	} {
		_, err := workbook.Read("in.xlsx", shown(x.before, x.after, "", "").Bytes())
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%s: %v, want %q", what, err, x.want)
		}
	}
}
