package workbooktest

import (
	"fmt"
)

// The two lists of a CAIQ.
const (
	CAIQAnswers = `"Yes,No,NA"`
	CAIQOwners  = `"CSP-owned,CSC-owned,3rd-party outsourced,Shared CSP and CSC,Shared CSP and 3rd-party"`
)

// Question is a row of a questionnaire: its ID, our words, and what a CAIQ shows
// beside it.
type Question struct{ ID, Text, Control, Title, Domain string }

// Questions makes n questions in our own words under IDs of the CAIQ's form.
func Questions(n int) []Question {
	domains := []struct{ code, name string }{{"A&A", "Audit"}, {"CEK", "Keys"}, {"DSP", "Data"}, {"IAM", "Access"}, {"LOG", "Logs"}, {"TVM", "Weaknesses"}}
	var out []Question
	for control := 0; len(out) < n; control++ { // two questions for every second control, one for the others
		d := domains[control/8%len(domains)]
		id := fmt.Sprintf("%s-%02d", d.code, control%8+1+control/48*8)
		for q := 1; q <= 2-control%2 && len(out) < n; q++ {
			out = append(out, Question{ID: fmt.Sprintf("%s.%d", id, q), Text: fmt.Sprintf("Sample question %d: is the thing called %s done, and is it looked at?", len(out)+1, id), Control: id, Title: "Sample " + id, Domain: d.name})
		}
	}
	return out
}

// CAIQ lays questions out as the workbook of the Cloud Security Alliance does:
// title in row 1, headers in row 2, data from row 3, then an end row and a
// copyright row; merges in I to L, many of one cell; only C to F unlocked; a
// declared dimension that ends before the data does; shared and inline strings
// mixed.
func CAIQ(version string, questions []Question) Book {
	last := len(questions) + 2
	rows := []Row{
		{R: 1, Attrs: `spans="1:12" ht="30" customHeight="1"`, Cells: []Cell{E("A1", Title), T("B1", Title, "CONSENSUS ASSESSMENTS INITIATIVE QUESTIONNAIRE v"+version), E("C1", Title), E("D1", Title)}},
		{R: 2, Attrs: `spans="1:12"`},
	}
	for i, h := range []string{"Question ID", "Question", "CSP CAIQ Answer", "SSRM Control Ownership", "CSP Implementation Description (Optional/Recommended)", "CSC Responsibilities  (Optional/Recommended)", "", "", "CCM Control ID", "CCM Control Specification", "CCM Control Title", "CCM Domain Title"} {
		ref := fmt.Sprintf("%c2", 'A'+i)
		if h == "" {
			continue // the two blank columns hold nothing at all
		}
		rows[1].Cells = append(rows[1].Cells, T(ref, Header, h))
	}
	merges := []string{"B1:D1"}
	for i, q := range questions {
		r := i + 3
		at := func(col string) string { return fmt.Sprintf("%s%d", col, r) }
		row := Row{R: r, Attrs: `spans="1:12" x14ac:dyDescent="0.25"`, Cells: []Cell{
			T(at("A"), Locked, q.ID), T(at("B"), Locked, q.Text), E(at("C"), Unlocked), E(at("D"), Unlocked), E(at("E"), Unlocked), E(at("F"), Unlocked),
		}}
		row.Attrs = `spans="1:12"`
		first := i == 0 || questions[i-1].Control != q.Control
		if first {
			row.Cells = append(row.Cells, T(at("I"), Locked, q.Control), T(at("J"), Locked, "Our own words on "+q.Control+"."), T(at("K"), Locked, q.Title), T(at("L"), Locked, q.Domain))
			end := r
			for end-2 < len(questions) && questions[end-2].Control == q.Control {
				end++
			}
			for _, c := range "IJKL" {
				merges = append(merges, fmt.Sprintf("%c%d:%c%d", c, r, c, end))
			}
		} else {
			row.Cells = append(row.Cells, E(at("I"), Locked), E(at("J"), Locked), E(at("K"), Locked), E(at("L"), Locked))
		}
		rows = append(rows, row)
	}
	rows = append(rows,
		Row{R: last + 1, Attrs: `spans="1:12"`, Cells: []Cell{T(fmt.Sprintf("A%d", last+1), Header, "End of Standard")}},
		Row{R: last + 2, Attrs: `spans="1:12"`, Cells: []Cell{T(fmt.Sprintf("A%d", last+2), Locked, "© a copyright line in our own words")}})
	return Book{Mixed: true, Sheets: []Sheet{{
		Name: "CAIQv" + version, Dimension: fmt.Sprintf("A1:D%d", last+2),
		Before: `<sheetViews><sheetView workbookViewId="0"><pane ySplit="2" topLeftCell="A3" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="1" width="12" customWidth="1"/><col min="2" max="2" width="60" customWidth="1"/><col min="3" max="6" width="30" style="1" customWidth="1"/></cols>`,
		Rows:   rows,
		// Attributes that are absent are true by default, such as insertColumns:
		// a writer that fills them in as false takes locks off.
		Protection: `<sheetProtection algorithmName="SHA-512" hashValue="c2FtcGxlIGhhc2ggb2YgYSBwYXNzd29yZCBub2JvZHkgaGFz" saltValue="c2FtcGxlIHNhbHQ=" spinCount="100000" sheet="1" objects="1" scenarios="1" formatCells="0" formatColumns="0" formatRows="0"/>`,
		Merges:     merges,
		After:      fmt.Sprintf(`<conditionalFormatting sqref="C3:C%d"><cfRule type="cellIs" dxfId="0" priority="1" operator="equal"><formula>"Yes"</formula></cfRule></conditionalFormatting>`, last),
		Lists:      []List{{Cells: fmt.Sprintf("C3:C%d", last), Formula: CAIQAnswers}, {Cells: fmt.Sprintf("D3:D%d", last), Formula: CAIQOwners}},
		Tail:       `<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>`,
	}}}
}
