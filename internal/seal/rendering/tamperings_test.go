package rendering_test

import (
	"regexp"
	"slices"
	"strings"
)

type tampering struct {
	what   string
	do     func(p *pack)
	code   int // as arxctl verify exits: 0, 3 or 5
	saying string
}

const (
	fine, look, broken = 0, 3, 5
)

func tamperings() []tampering {
	no := `<c r="C4" t="inlineStr"><is><t>No</t></is></c>`
	note := `<row r="1"><c r="A1" t="inlineStr"><is><t>Kim asks the landlord</t></is></c></row>`
	ignorable := func(p *pack) {
		p.swap(access, "<worksheet ", `<worksheet xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:y="urn:y" mc:Ignorable="y" `)
	}
	return slices.Concat([]tampering{
		{"nothing", func(*pack) {}, fine, ""},
		// What people do to a workbook, and what is nobody's harm.
		{"another answer typed in", func(p *pack) { p.say("C7", "No") }, fine, ""},
		{"a comment on another answer", func(p *pack) {
			p.say("C7", "Yes")
			p.say("D7", "Since 2019. Evidence: see the plan of the house.")
		}, fine, ""},
		{"an answer on another sheet", func(p *pack) {
			p.swap(backups, p.find(backups, `<c r="C4"[^>]*/>`), `<c r="C4" t="inlineStr"><is><t>No</t></is></c>`)
		}, fine, ""},
		{"a sheet of their own", func(p *pack) {
			p.addSheet("Notes", note)
		}, fine, ""},
		{"white space", func(p *pack) { p.say("B4", " Do the rows of  customers&#10;stay apart? ") }, fine, ""},
		{"cells and rows without words", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="9"><c r="A9" s="1"/><c r="B9" t="inlineStr"><is><t xml:space="preserve">  </t></is></c></row></sheetData>`)
		}, fine, ""},
		{"a text that a merge covers", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="9"><c r="B9" t="inlineStr"><is><t>Void</t></is></c></row></sheetData><mergeCells count="1"><mergeCell ref="A9:B9"/></mergeCells>`)
		}, fine, ""},
		{"a heading of a sheet without answers of ours", func(p *pack) { p.swap(backups, ">Part two<", ">Part three<") }, fine, ""},
		{"a row repeated on a sheet without answers of ours", func(p *pack) {
			p.swap(backups, "</sheetData>", `<row r="4"><c r="G4" t="inlineStr"><is><t>x</t></is></c></row></sheetData>`)
		}, fine, ""},
		{"an empty sheet before the others", func(p *pack) {
			p.addSheet("Notes", `<row r="1"><c r="A1" s="1"/></row>`)
			p.first()
		}, fine, ""},
		{"a hidden sheet before the others", func(p *pack) {
			p.addSheet("Notes", note)
			p.first()
			p.swap(book, `name="Notes"`, `name="Notes" state="hidden"`)
		}, fine, ""},
		{"a sheet of their own with a word of ours", func(p *pack) {
			p.addSheet("Notes", `<row r="1"><c r="A1" t="inlineStr"><is><t>Comments</t></is></c></row>`)
		}, fine, ""},
		// Our own cells.
		{"another value", func(p *pack) { p.say("C4", "No") }, broken, "were edited: Access!C4;"},
		{"no value", func(p *pack) { p.put("C4", `<c r="C4"/>`) }, broken, "were edited: Access!C4"},
		{"a No made a Yes", func(p *pack) { p.say("C5", "Yes") }, broken, "were edited: Access!C5"},
		{"words after our value", func(p *pack) { p.say("C4", "Yes, on paper") }, broken, "were edited: Access!C4;"},
		{"no comment", func(p *pack) { p.put("D4", "") }, broken, "were edited: Access!D4"},
		{"words after our comment", func(p *pack) { p.say("D4", p.text("D4")+"\nAudited by a third party.") }, broken, "Access!D4 (our words are in it, and others with them)"},
		{"words before our comment", func(p *pack) { p.say("D4", "Not so:\n"+p.text("D4")) }, broken, "Access!D4 (our words are in it, and others with them)"},
		{"words before our comment, in its line", func(p *pack) { p.say("D4", "Not so: "+p.text("D4")) }, broken, "Access!D4 (our words are in it, and others with them)"},
		{"words before a part of our comment", func(p *pack) { p.say("D4", "Not so, says Kim of the landlord:\n"+p.text("D4")[9:]) }, broken, "were edited: Access!D4;"},
		{"words within our comment", func(p *pack) { p.say("D4", strings.Replace(p.text("D4"), " ", " not ", 1)) }, broken, "were edited: Access!D4;"},
		{"a formula that shows the same", func(p *pack) { p.put("C4", `<c r="C4" t="str"><f>IF(1,"No")</f><v>Yes</v></c>`) }, broken, "Access!C4 (it is a formula now)"},
		{"an array formula over it", func(p *pack) {
			p.put("B7", `<c r="B7" t="str"><f t="array" ref="C4:C7">"No"</f><v>No</v></c>`)
		}, broken, "Access!C4 (it is a formula now)"},
		{"a merge over it", func(p *pack) {
			p.swap(access, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="B4:C4"/></mergeCells>`)
		}, broken, "Access!C4 (the merged cell B4 covers it)"},
		{"a picture in its place", func(p *pack) { p.put("C4", strings.Replace(p.cell("C4"), `r="C4"`, `r="C4" vm="1"`, 1)) }, broken, "Access!C4 (it shows a value of another kind"},
		{"twice, the second another", func(p *pack) { p.put("C4", p.cell("C4")+no) }, broken, "Access!C4 (it is in the file twice)"},
		{"twice, the first another", func(p *pack) { p.put("C4", no+p.cell("C4")) }, broken, "Access!C4 (it is in the file twice)"},
		{"twice, in two rows", func(p *pack) { p.swap(access, "</sheetData>", `<row r="4">`+no+`</row></sheetData>`) }, broken, "Access!C4 (it is in the file twice)"},
		{"a value beside the text", func(p *pack) {
			p.put("C4", `<c r="C4" t="inlineStr"><v>No</v><is><t>Yes</t></is></c>`)
		}, broken, "Access!C4 (it holds a value and a text beside it)"},
		{"a text beside the value", func(p *pack) {
			p.put("C4", `<c r="C4" t="str"><v>Yes</v><is><t>No</t></is></c>`)
		}, broken, "Access!C4 (it holds a value and a text beside it)"},
		{"two values", func(p *pack) { p.put("C4", `<c r="C4" t="str"><v>Ye</v><v>s</v></c>`) }, broken, "Access!C4 (it holds its value more than once)"},
		{"two texts", func(p *pack) {
			p.put("C4", `<c r="C4" t="inlineStr"><is><t>Yes</t></is><is><t></t></is></c>`)
		}, broken, "Access!C4 (it holds its value more than once)"},
		{"plain and formatted", func(p *pack) {
			p.put("C4", `<c r="C4" t="inlineStr"><is><t>Ye</t><r><t>s</t></r></is></c>`)
		}, broken, "Access!C4 (it holds a text that is plain and formatted at once)"},
		{"a text that is an error", func(p *pack) { p.put("C4", `<c r="C4" t="e"><v>Yes</v></c>`) }, broken, "Access!C4 (it holds a text where its type is another)"},
		{"a text that is a number", func(p *pack) { p.put("C4", `<c r="C4"><v>Yes</v></c>`) }, broken, "Access!C4 (it holds a text where its type is another)"},
		{"a type of nobody's", func(p *pack) { p.put("C4", `<c r="C4" t="yes"><v>1</v></c>`) }, broken, "Access!C4"},
		// What they answer.
		{"another question", func(p *pack) { p.say("B4", "Do the rows of customers lie together?") }, broken, "question Access!B4 beside C4"},
		{"no question", func(p *pack) { p.put("B4", "") }, broken, "question Access!B4 beside C4"},
		{"another ID", func(p *pack) { p.say("A4", "A.9") }, broken, "id Access!A4 beside C4"},
		{"another section", func(p *pack) { p.say("E4", "Staff laptops") }, broken, "section Access!E4 beside C4"},
		{"another header", func(p *pack) { p.say("C2", "Not answered, because") }, broken, "header Access!C2"},
		{"another header of the questions", func(p *pack) { p.say("B2", "Is none of this so") }, broken, "header Access!B2"},
		{"a question by a formula", func(p *pack) {
			p.put("B4", `<c r="B4" t="str"><f>"Do they lie together?"</f><v>Do the rows of customers stay apart?</v></c>`)
		}, broken, "question Access!B4 beside C4"},
		{"a question under a merge", func(p *pack) {
			p.swap(access, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="A4:B4"/></mergeCells>`)
		}, broken, "question Access!B4 beside C4"},
		{"a question that is there twice", func(p *pack) {
			p.put("B4", p.cell("B4")+`<c r="B4" t="inlineStr"><is><t>Do they lie together?</t></is></c>`)
		}, broken, "question Access!B4 beside C4"},
		{"two questions exchanged", func(p *pack) {
			b4, b5 := p.cell("B4"), p.cell("B5")
			p.put("B4", "@")
			p.put("B5", strings.Replace(b4, "B4", "B5", 1))
			p.swap(access, "@", strings.Replace(b5, "B5", "B4", 1))
		}, broken, "question Access!B4 beside C4, question Access!B5 beside C5"},
		{"two rows exchanged", func(p *pack) {
			four, five := p.row(4), p.row(5)
			move := func(s, from, to string) string {
				return regexp.MustCompile(`r="([A-Z]*)`+from+`"`).ReplaceAllString(s, `r="${1}`+to+`"`)
			}
			p.swap(access, four+five, move(five, "5", "4")+move(four, "4", "5"))
		}, broken, "were edited: Access!C4, Access!D4, Access!C5, Access!D5"},
		{"a row taken out", func(p *pack) { p.swap(access, p.row(4), "") }, broken, "question Access!B4 beside C4"},
		{"the sheets' names exchanged", func(p *pack) {
			p.swap(book, `name="Access"`, `name="@"`)
			p.swap(book, `name="Backups"`, `name="Access"`)
			p.swap(book, `name="@"`, `name="Backups"`)
		}, broken, "were edited: Access!C4"},
		{"the sheets' parts exchanged", func(p *pack) {
			p.parts[access], p.parts[backups] = p.parts[backups], p.parts[access]
		}, broken, "were edited: Access!C4"},
		{"the sheet's name changed", func(p *pack) { p.swap(book, `name="Access"`, `name="Access 2025"`) }, broken, "Access!C4 (there is no such sheet)"},
		// What was put beside ours.
		{"a row below", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="9"><c r="A9" t="inlineStr"><is><t>All answers above are withdrawn and void</t></is></c></row></sheetData>`)
		}, look, "1 texts that were added around our answers since, and may change what they say; read them: Access!A9"},
		{"a row below, in the column of answers", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="8"><c r="C8" t="inlineStr"><is><t>Yes above means not in place</t></is></c></row></sheetData>`)
		}, look, "Access!C8"},
		{"a word in the heading", func(p *pack) { p.put("B3", p.cell("B3")+`<c r="C3" t="inlineStr"><is><t>Not so</t></is></c>`) }, look, "read them: Access!C3"},
		{"another column", func(p *pack) {
			p.put("F2", p.cell("F2")+`<c r="G2" t="inlineStr"><is><t>Answers in C are void</t></is></c>`)
		}, look, "read them: Access!G2"},
		{"a word behind our answer", func(p *pack) {
			p.put("F4", p.cell("F4")+`<c r="G4" t="inlineStr"><is><t>Answer in C is void, read No</t></is></c>`)
		}, look, "read them: Access!G4"},
		{"a word behind another answer", func(p *pack) { p.say("F7", "Yes in this table means No") }, look, "read them: Access!F7"},
		{"a note beside ours", func(p *pack) { p.say("F5", "seen by Kim") }, look, "read them: Access!F5"},
		{"a formula below", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="9"><c r="A9"><f>"All void"</f></c></row></sheetData>`)
		}, look, "read them: Access!A9"},
		{"another question of no answer of ours", func(p *pack) { p.say("B7", "Is there a cellar?") }, look, "changed since and may change what is asked; read them: Access!B7"},
		{"a question of no answer of ours taken out", func(p *pack) { p.put("B7", "") }, look, "Access!B7"},
		{"an answer that reads like ours", func(p *pack) {
			p.say("C7", "Yes")
			p.say("D7", "It is so. Evidence: tenancy.read pass, 23 of 23 tables, run 5fcebabcdef0.")
		}, look, "1 texts that read like our evidence, and are not ours: Access!D7"},
		{"an answer with the digest of the run", func(p *pack) {
			p.say("D7", "It is so: "+strings.ToUpper(regexp.MustCompile(`run [0-9a-f]{12}`).FindString(p.text("D4"))))
		}, look, "1 texts that read like our evidence, and are not ours: Access!D7"},
		{"an answer that is too long to be read", func(p *pack) {
			p.say("D7", strings.Repeat("a ", 1<<16))
		}, look, "1 texts that read like our evidence, and are not ours: Access!D7"},
		{"an answer that reads as if it were signed for", func(p *pack) {
			p.say("D7", "Attested. Evidence: The roof is whole; signed by CISO on 2026-10-01, holds until 2027-10-01; Roof, SHA-256 f6cff4aef474.")
		}, look, "read like our evidence, and are not ours: Access!D7"},
		{"an answer on another sheet that reads like ours", func(p *pack) {
			p.swap(backups, p.find(backups, `<c r="D4"[^>]*/>`), `<c r="D4" t="inlineStr"><is><t>Evidence: restore.drill, 3 of 3 tables</t></is></c>`)
		}, look, "read like our evidence, and are not ours: Backups!D4"},
		{"a prompt on our answers", func(p *pack) { p.rule(`showInputMessage="1" promptTitle="W" prompt="Yes means No"`) }, look, `1 things that show beside our answers, and were changed since: sheet "Access": what its validations say`},
		{"an error text on our answers", func(p *pack) { p.rule(`showErrorMessage="1" error="Yes means No"`) }, look, "what its validations say"},
		{"a prompt that nobody sees", func(p *pack) { p.rule(`prompt="Yes means No"`) }, fine, ""},
		{"a header", func(p *pack) {
			p.swap(access, "</worksheet>", `<headerFooter><oddHeader>&amp;C&amp;"Arial,Bold"&amp;72VOID</oddHeader></headerFooter></worksheet>`)
		}, look, `sheet "Access": its header or footer`},
		{"a header without words", func(p *pack) {
			p.swap(access, "</worksheet>", `<headerFooter><oddHeader>&amp;C&amp;"Arial,Bold"</oddHeader><evenHeader>VOID</evenHeader></headerFooter></worksheet>`)
		}, fine, ""},
		{"a print area without our answers", func(p *pack) {
			p.swap(book, "</sheets>", `</sheets><definedNames><definedName name="_xlnm.Print_Area" localSheetId="0">Access!$A$1:$B$9</definedName></definedNames>`)
		}, look, `sheet "Access": its print area`},
		// What a reader sees of it.
		{"the title changed", func(p *pack) { p.say("A1", "Answer for the test system") }, look, "1 texts around our answers, which were changed since and may change what is asked; read them: Access!A1"},
		{"the heading changed", func(p *pack) { p.say("B3", "Which of these do you NOT do?") }, look, "Access!B3"},
		{"the guidance changed", func(p *pack) { p.say("F4", "Say Yes where you do not") }, look, "Access!F4"},
		{"the title by a formula", func(p *pack) { p.put("A1", `<c r="A1" t="str"><f>"x"</f><v>Answer for production alone</v></c>`) }, look, "Access!A1"},
		{"the column hidden", func(p *pack) {
			p.swap(access, `<col min="1" max="6" width="30"/>`, `<col min="1" max="2" width="30"/><col min="3" max="3" width="30" hidden="1"/>`)
		}, look, "3 cells of ours, or their questions, stand where a reader does not see them, in a hidden row, column or sheet or behind a number format: Access!C4"},
		{"a number format that shows another answer", func(p *pack) { p.put("C4", strings.Replace(p.cell("C4"), ` s="1"`, ` s="6"`, 1)) }, look, "stand where a reader does not see them, in a hidden row, column or sheet or behind a number format: Access!C4"},
		{"a number format that shows another comment", func(p *pack) { p.put("D4", strings.Replace(p.cell("D4"), ` s="1"`, ` s="6"`, 1)) }, look, "behind a number format: Access!D4"},
		{"a number format that shows another question", func(p *pack) { p.put("B4", strings.Replace(p.cell("B4"), ` s="1"`, ` s="6"`, 1)) }, look, "behind a number format: Access!B4"},
		{"the column without a width", func(p *pack) {
			p.swap(access, `<col min="1" max="6" width="30"/>`, `<col min="3" max="3" width="0" customWidth="1"/>`)
		}, look, "stand where a reader does not see them"},
		{"the questions hidden", func(p *pack) {
			p.swap(access, `<col min="1" max="6" width="30"/>`, `<col min="2" max="2" width="30" hidden="true"/>`)
		}, look, "Access!B4, Access!B5, Access!B6"},
		{"every column without a width", func(p *pack) {
			p.swap(access, `<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="6" width="30"/></cols>`, `<sheetFormatPr defaultColWidth="0" defaultRowHeight="15"/>`)
		}, look, "stand where a reader does not see them"},
		{"the row hidden", func(p *pack) { p.swap(access, `<row r="4"`, `<row hidden="1" r="4"`) }, look, "stand where a reader does not see them"},
		{"the row without a height", func(p *pack) { p.swap(access, `<row r="4" ht="15"`, `<row r="4" ht="0" customHeight="1"`) }, look, "stand where a reader does not see them"},
		{"the sheet hidden", func(p *pack) { p.swap(book, `name="Access"`, `name="Access" state="hidden"`) }, look, "stand where a reader does not see them"},
		{"the sheet very hidden", func(p *pack) { p.swap(book, `name="Access"`, `name="Access" state="veryHidden"`) }, look, "stand where a reader does not see them"},
		{"a sheet that looks the same in front of it", func(p *pack) {
			p.swap(book, `<sheet name="Access" sheetId="1"`, `<sheet name="Access " sheetId="9" r:id="rId90"/><sheet name="Access" sheetId="1" state="veryHidden"`)
			p.swap(bookRels, "</Relationships>", `<Relationship Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet90.xml"/></Relationships>`)
			p.swap("[Content_Types].xml", "</Types>", `<Override PartName="/xl/worksheets/sheet90.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`)
			p.names = append(p.names, "xl/worksheets/sheet90.xml")
			p.parts["xl/worksheets/sheet90.xml"] = strings.Replace(p.parts[access], ">Yes<", ">No<", 1)
		}, look, `the sheet "Access ", which was added since: nothing in it is ours`},
		{"a sheet of their own before the others", func(p *pack) { p.addSheet("Notes", note); p.first() }, look, `the sheet "Notes", which was added since: nothing in it is ours`},
		{"a sheet that calculates before the others", func(p *pack) {
			p.addSheet("Notes", `<row r="1"><c r="A1"><f>"All void"</f></c></row>`)
			p.first()
		}, look, `the sheet "Notes", which was added since: nothing in it is ours`},
		{"a sheet that calculates behind the others", func(p *pack) {
			p.addSheet("Notes", `<row r="1"><c r="A1"><f>"All void"</f></c></row>`)
		}, look, `the sheet "Notes", which was added since: nothing in it is ours`},
		{"a sheet behind the others that asks the same", func(p *pack) {
			p.addSheet("Notes", `<row r="1"><c r="A1" t="inlineStr"><is><t>Is the log kept  from change?</t></is></c></row>`)
		}, look, `the sheet "Notes", which was added since: nothing in it is ours`},
		{"a sheet of pictures", func(p *pack) {
			p.addSheet("Notes", "")
			p.swap(bookRels, `Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"`, `Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chartsheet"`)
			p.parts["xl/worksheets/sheet90.xml"] = `<chartsheet xmlns="` + mainNS + `"/>`
		}, look, `the sheet "Notes", which was added since: nothing in it is ours`},
		{"a row of ours repeated", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="4"><c r="G4" t="inlineStr"><is><t>x</t></is></c></row></sheetData>`)
		}, look, `the order of the rows of sheet "Access"`},
	}, readDifferently(ignorable))
}
