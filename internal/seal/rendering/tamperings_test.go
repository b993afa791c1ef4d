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
	ignorable := func(p *pack) {
		p.swap(access, "<worksheet ", `<worksheet xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:y="urn:y" mc:Ignorable="y" `)
	}
	return slices.Concat([]tampering{
		{"nothing", func(*pack) {}, fine, ""},
		// What people do to a workbook, and what is nobody's harm.
		{"another answer typed in", func(p *pack) { p.say("C7", "No") }, fine, ""},
		{"a note beside ours", func(p *pack) { p.swap(access, p.cell("F5"), `<c r="F5" t="inlineStr"><is><t>seen by Kim</t></is></c>`) }, fine, ""},
		{"white space", func(p *pack) { p.say("B4", " Do the rows of  customers&#10;stay apart? ") }, fine, ""},
		{"another question of no answer of ours", func(p *pack) { p.say("B7", "Is there a cellar?") }, fine, ""},
		// Our own cells.
		{"another value", func(p *pack) { p.say("C4", "No") }, broken, "were edited: Access!C4;"},
		{"no value", func(p *pack) { p.put("C4", `<c r="C4"/>`) }, broken, "were edited: Access!C4"},
		{"a No made a Yes", func(p *pack) { p.say("C5", "Yes") }, broken, "were edited: Access!C5"},
		{"no comment", func(p *pack) { p.put("D4", "") }, broken, "were edited: Access!D4"},
		{"words after our comment", func(p *pack) { p.say("D4", p.text("D4")+"\nAudited by a third party.") }, broken, "Access!D4 (our words are in it, and others with them)"},
		{"words before our comment", func(p *pack) { p.say("D4", "Not so:\n"+p.text("D4")) }, broken, "Access!D4 (our words are in it, and others with them)"},
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
		// What a reader sees of it.
		{"the title changed", func(p *pack) { p.say("A1", "Answer for the test system") }, look, "1 texts around our answers, which were changed since and may change what is asked; read them: Access!A1"},
		{"the heading changed", func(p *pack) { p.say("B3", "Which of these do you NOT do?") }, look, "Access!B3"},
		{"the guidance changed", func(p *pack) { p.say("F4", "Say Yes where you do not") }, look, "Access!F4"},
		{"the title by a formula", func(p *pack) { p.put("A1", `<c r="A1" t="str"><f>"x"</f><v>Answer for production alone</v></c>`) }, look, "Access!A1"},
		{"the column hidden", func(p *pack) {
			p.swap(access, `<col min="1" max="6" width="30"/>`, `<col min="1" max="2" width="30"/><col min="3" max="3" width="30" hidden="1"/>`)
		}, look, "3 cells of ours, or their questions, stand where a reader does not see them, in a hidden row, column or sheet: Access!C4"},
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
		{"a row of ours repeated", func(p *pack) {
			p.swap(access, "</sheetData>", `<row r="4"><c r="G4" t="inlineStr"><is><t>x</t></is></c></row></sheetData>`)
		}, look, `the order of the rows of sheet "Access"`},
	}, readDifferently(ignorable))
}

// readDifferently is what programs would read each in its own way.
func readDifferently(ignorable func(*pack)) []tampering {
	return []tampering{
		{"a row that only some skip", func(p *pack) {
			ignorable(p)
			p.swap(access, p.row(4), strings.NewReplacer("<row", "<y:row", "</row", "</y:row").Replace(p.row(4)))
		}, broken, "of another namespace among its cells"},
		{"a row that some choose another for", func(p *pack) {
			ignorable(p)
			p.swap(access, p.row(4), `<mc:AlternateContent><mc:Choice Requires="y"/><mc:Fallback>`+p.row(4)+`</mc:Fallback></mc:AlternateContent>`)
		}, broken, "of another namespace among its cells"},
		{"a cell of another namespace", func(p *pack) {
			p.put("C4", strings.Replace(p.cell("C4"), "<c ", `<c xmlns="urn:y" `, 1))
		}, broken, "of another namespace among its cells"},
		{"the cells of another namespace", func(p *pack) { p.swap(access, "<sheetData>", `<sheetData xmlns="urn:y">`) }, broken, "of another namespace among its cells"},
		{"a sheet of another namespace", func(p *pack) { p.swap(access, mainNS, "urn:y") }, broken, `of the namespace "urn:y"`},
		{"rows outside of the cells", func(p *pack) {
			row := p.row(4)
			ignorable(p)
			p.swap(access, row, "")
			p.swap(access, "<sheetData>", "<y:data>"+row+"</y:data><sheetData>")
		}, broken, "were edited: Access!C4"},
		{"the cells twice", func(p *pack) { p.swap(access, "</sheetData>", `</sheetData><sheetData><row r="4"></row></sheetData>`) }, broken, "holds its cells twice"},
		{"an attribute twice", func(p *pack) { p.put("C4", strings.Replace(p.cell("C4"), `<c r="C4"`, `<c r="C4" r="C7"`, 1)) }, broken, "an attribute that is there twice"},
		{"a document type", func(p *pack) { p.swap(access, "<worksheet", `<!DOCTYPE x [<!ENTITY y "No">]><worksheet`) }, broken, "declares a document type"},
		{"the sheets listed twice", func(p *pack) { p.swap(book, "</sheets>", `</sheets><sheets></sheets>`) }, broken, "lists its sheets twice"},
		{"two sheets of one name", func(p *pack) { p.swap(book, `name="Backups"`, `name="ACCESS"`) }, broken, `two sheets named "ACCESS"`},
		{"a relationship twice", func(p *pack) {
			p.swap(bookRels, "</Relationships>", `<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>`)
		}, broken, `names the relationship "rId1" twice`},
		{"two relationships of one sheet", func(p *pack) {
			p.swap(book, `<sheet name="Access" sheetId="1" r:id="rId1"`, `<sheet xmlns:y="urn:y" name="Access" sheetId="1" y:id="rId2" r:id="rId1"`)
		}, broken, "the relationship"},
		{"two parts with texts", func(p *pack) {
			p.swap(bookRels, "</Relationships>", `<Relationship Id="rId91" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="other.xml"/></Relationships>`)
			p.names, p.parts["xl/other.xml"] = append(p.names, "xl/other.xml"), p.parts["xl/styles.xml"]
		}, broken, "name 2 parts as its styles"},
		{"two workbooks", func(p *pack) {
			p.swap("_rels/.rels", "</Relationships>", `<Relationship Id="rId91" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/other.xml"/></Relationships>`)
			p.names, p.parts["xl/other.xml"] = append(p.names, "xl/other.xml"), p.parts[book]
		}, broken, "name 2 parts as its officeDocument"},
		{"a part twice but for case", func(p *pack) {
			p.names, p.parts["xl/worksheets/Sheet1.xml"] = append(p.names, "xl/worksheets/Sheet1.xml"), strings.Replace(p.parts[access], ">Yes<", ">No<", 1)
		}, broken, "twice, so programs may read different ones"},
		{"a part twice", func(p *pack) { p.names = append(p.names, access) }, broken, "twice, so programs may read different ones"},
	}
}
