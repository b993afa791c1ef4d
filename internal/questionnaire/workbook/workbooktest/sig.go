package workbooktest

import (
	"fmt"
	"strings"
)

// SIGLetters are the tabs of the older SIG: its 18 domains.
const SIGLetters = "ABCDEFGHIJKLMNPTUV"

// SIGOld lays questions out as the SIG did until 2023: a tab a domain, headers
// on row 4, and a tab of instructions before them. The responses are lists on a
// hidden sheet, by a defined name; a count at the foot of each tab is a formula.
func SIGOld(perTab int) Book {
	b := Book{Names: []Name{{"Responses", "Lists!$A$1:$A$3", -1}}, Protect: true}
	b.Sheets = append(b.Sheets, Sheet{Name: "Instructions", Rows: []Row{{R: 1, Cells: []Cell{T("A1", Title, "How to answer")}}, {R: 3, Cells: []Cell{{Ref: "A3", Rich: []string{"Respond ", "on every tab."}}}}}})
	for i, letter := range SIGLetters {
		s := Sheet{Name: fmt.Sprintf("%c. Domain %d", letter, i+1), Dimension: fmt.Sprintf("A1:F%d", perTab+6), Lists: []List{{Cells: fmt.Sprintf("C5:C%d", perTab+4), Formula: "Responses"}}}
		s.Rows = []Row{
			{R: 1, Cells: []Cell{T("A1", Title, fmt.Sprintf("%c. Domain %d", letter, i+1)), E("B1", Title)}},
			{R: 2, Cells: []Cell{T("A2", Locked, "Sample Vendor")}},
			{R: 4, Cells: []Cell{T("A4", Header, "Ques Num"), T("B4", Header, "Question/Request"), T("C4", Header, "Response"), T("D4", Header, "Additional Information"), T("E4", Header, "Category"), T("F4", Header, "Reference")}},
		}
		s.Merges = []string{"A1:B1"}
		for q := 1; q <= perTab; q++ {
			r := q + 4
			id := fmt.Sprintf("%c.%d", letter, q)
			s.Rows = append(s.Rows, Row{R: r, Cells: []Cell{T(ref('A', r), Locked, id), T(ref('B', r), Locked, "Sample request "+id+": is it in place?"), E(ref('C', r), Unlocked), E(ref('D', r), Unlocked), T(ref('E', r), Locked, "Sample"), T(ref('F', r), Locked, "own words")}})
		}
		s.Rows = append(s.Rows, Row{R: perTab + 6, Cells: []Cell{T(ref('B', perTab+6), Locked, "Answered"), {Ref: ref('C', perTab+6), Formula: fmt.Sprintf("COUNTA(C5:C%d)", perTab+4), Cached: "0"}}})
		b.Sheets = append(b.Sheets, s)
	}
	b.Sheets = append(b.Sheets, Sheet{Name: "Lists", State: "hidden", Rows: []Row{{R: 1, Cells: []Cell{T("A1", Locked, "Yes")}}, {R: 2, Cells: []Cell{T("A2", Locked, "No")}}, {R: 3, Cells: []Cell{T("A3", Locked, "N/A")}}}})
	return b
}

// SIGNew lays questions out as the SIG does since 2024: an .xlsm with one sheet,
// four rows above the data, domain, number, question, response, additional
// information, protected, with an image and a comment on a cell.
func SIGNew(n int) Book {
	s := Sheet{Name: "SIG", Dimension: fmt.Sprintf("A1:E%d", n+4), Protection: `<sheetProtection password="CC1A" sheet="1" objects="1" scenarios="1" autoFilter="0"/>`,
		Lists: []List{{Cells: fmt.Sprintf("D5:D%d", n+4), Formula: `"Yes,No,N/A"`}},
		Tail:  `<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><drawing r:id="rId1"/><legacyDrawing r:id="rId2"/>`,
		Rels:  `<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" Target="../drawings/drawing1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments" Target="../comments1.xml"/>`,
	}
	s.Rows = []Row{
		{R: 1, Cells: []Cell{T("A1", Title, "Sample information gathering")}},
		{R: 2, Cells: []Cell{T("A2", Locked, "Answer every row; N/A needs a reason")}},
		{R: 4, Cells: []Cell{T("A4", Header, "Domain"), T("B4", Header, "Question Number"), T("C4", Header, "Question"), T("D4", Header, "Response"), T("E4", Header, "Additional Information")}},
	}
	for i := range n {
		r := i + 5
		letter := string("ABCDEFGHIJKLMNOPQRSTU"[i*21/n])
		id := fmt.Sprintf("%s.%d", letter, i%9+1)
		s.Rows = append(s.Rows, Row{R: r, Cells: []Cell{T(ref('A', r), Locked, letter+". Domain"), T(ref('B', r), Locked, id), T(ref('C', r), Locked, fmt.Sprintf("Sample question %d of ours?", i+1)), E(ref('D', r), Open), E(ref('E', r), Open)}})
	}
	return Book{Macros: true, Sheets: []Sheet{s}, Comment: "a comment of the zip",
		Types: map[string]string{
			"xl/drawings/drawing1.xml": "application/vnd.openxmlformats-officedocument.drawing+xml",
			"xl/comments1.xml":         "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml",
		},
		Extra: map[string]string{
			"xl/drawings/drawing1.xml":            head + `<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:oneCellAnchor><xdr:from><xdr:col>3</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>0</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="200000" cy="200000"/><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="Logo"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="200000" cy="200000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor></xdr:wsDr>`,
			"xl/drawings/_rels/drawing1.xml.rels": relationships(`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="../media/image1.png"/>`),
			"xl/media/image1.png":                 pixel,
			"xl/drawings/vmlDrawing1.vml":         `<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"/><v:shape id="_x0000_s1025" type="#_x0000_t202" style="position:absolute;visibility:hidden"><v:textbox/><x:ClientData ObjectType="Note"><x:Anchor>4,15,3,2,6,15,6,16</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>3</x:Row><x:Column>3</x:Column></x:ClientData></v:shape></xml>`,
			"xl/comments1.xml":                    head + `<comments xmlns="` + mainNS + `"><authors><author>Buyer</author></authors><commentList><comment ref="D4" authorId="0"><text><r><t>One of the list.</t></r></text></comment></commentList></comments>`,
		},
	}
}

// pixel is a PNG of one pixel.
const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff\xff\x7f\x00\t\xfb\x03\xfd*\x86\xe3\x8a\x00\x00\x00\x00IEND\xaeB`\x82"

// HECVAT lays questions out as the higher-education assessment does: questions
// are VLOOKUP formulas into a hidden sheet, answers in C with validations of the
// extension of 2010, headers repeated before each section, a score that depends
// on the answers, and three hidden sheets.
func HECVAT(sections, perSection int) Book {
	s := Sheet{Name: "HECVAT - Full", Before: `<cols><col min="1" max="1" width="12" customWidth="1"/><col min="2" max="2" width="60" customWidth="1"/><col min="3" max="4" width="30" style="1" customWidth="1"/></cols>`}
	questions := Sheet{Name: "Questions", State: "hidden"}
	s.Rows = append(s.Rows, Row{R: 1, Cells: []Cell{T("A1", Title, "Sample community assessment")}},
		Row{R: 2, Cells: []Cell{T("A2", Locked, "Score"), {Ref: "B2", Formula: "COUNTIF(C:C,\"Yes\")", Cached: "0"}}})
	r, n := 4, 0
	var answers []string
	for sec := range sections {
		code := strings.Repeat(string(rune('A'+sec%26)), 4)
		s.Rows = append(s.Rows, Row{R: r, Cells: []Cell{T(ref('A', r), Header, "Section "+code), T(ref('B', r), Header, ""), T(ref('C', r), Header, "Vendor Answers"), T(ref('D', r), Header, "Additional Information"), T(ref('E', r), Header, "Guidance")}})
		first := r + 1
		for q := range perSection {
			r, n = r+1, n+1
			id := fmt.Sprintf("%s-%02d", code, q+1)
			words := fmt.Sprintf("Sample question %s of ours, is it so?", id)
			questions.Rows = append(questions.Rows, Row{R: n, Cells: []Cell{T(ref('A', n), Locked, id), T(ref('B', n), Locked, words)}})
			s.Rows = append(s.Rows, Row{R: r, Cells: []Cell{T(ref('A', r), Locked, id),
				{Ref: ref('B', r), Formula: fmt.Sprintf("VLOOKUP(A%d,Questions!$A$1:$B$%d,2,FALSE)", r, sections*perSection), Cached: words},
				E(ref('C', r), Unlocked), E(ref('D', r), Unlocked), {Ref: ref('E', r), Formula: fmt.Sprintf(`IF(C%d="No","State your plans","")`, r), Cached: ""}}})
		}
		answers = append(answers, fmt.Sprintf("C%d:C%d", first, r))
		r += 2
	}
	s.Lists = []List{{Cells: strings.Join(answers, " "), Formula: "Values!$A$1:$A$3", X14: true}}
	return Book{Names: []Name{{"_xlnm.Print_Titles", "'HECVAT - Full'!$1:$2", 0}}, Sheets: []Sheet{
		{Name: "Instructions", Rows: []Row{{R: 1, Cells: []Cell{T("A1", Title, "How to answer"), {Ref: "B1", Formula: "'HECVAT - Full'!B2", NoValue: true}}}}}, s,
		questions,
		{Name: "Values", State: "veryHidden", Rows: []Row{{R: 1, Cells: []Cell{T("A1", Locked, "Yes")}}, {R: 2, Cells: []Cell{T("A2", Locked, "No")}}, {R: 3, Cells: []Cell{T("A3", Locked, "N/A")}}}},
		{Name: "Analyst", State: "hidden", Rows: []Row{{R: 1, Cells: []Cell{{Ref: "A1", Formula: "'HECVAT - Full'!B2*10", Cached: "0"}}}}},
	}}
}

// Plain is a list of questions as a buyer types one: ID, question, answer,
// comments, no protection, no validation, answers not even mentioned as cells.
func Plain(n int) Book {
	s := Sheet{Name: "Sheet1", Dimension: fmt.Sprintf("A1:D%d", n+1), Rows: []Row{{R: 1, Cells: []Cell{T("A1", Header, "#"), T("B1", Header, "Question"), T("C1", Header, "Answer"), T("D1", Header, "Comments")}}}}
	for i := range n {
		r := i + 2
		s.Rows = append(s.Rows, Row{R: r, Attrs: `spans="1:4"`, Cells: []Cell{{Ref: ref('A', r), Number: fmt.Sprint(i + 1)}, T(ref('B', r), Locked, fmt.Sprintf("Sample question %d: do you do this in your product?", i+1))}})
	}
	return Book{Sheets: []Sheet{s}}
}

func ref(col rune, row int) string { return fmt.Sprintf("%c%d", col, row) }
