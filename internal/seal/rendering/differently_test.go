package rendering_test

import "strings"

// readDifferently is what programs would read each in its own way.
func readDifferently(ignorable func(*pack)) []tampering {
	const no = `<c r="C4" t="inlineStr"><is><t>No</t></is></c>`
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
		}, broken, "beside its own, so programs may read different cells"},
		{"cells beside the sheet's own", func(p *pack) {
			ignorable(p)
			p.swap(access, "<sheetData>", `<mc:AlternateContent><mc:Choice Requires="r"><sheetData><row r="4">`+no+`</row></sheetData></mc:Choice></mc:AlternateContent><sheetData>`)
		}, broken, "<sheetData> beside its own"},
		{"the cells as one of two", func(p *pack) {
			ignorable(p)
			p.swap(access, "<sheetData>", `<mc:AlternateContent><mc:Choice Requires="y"/><mc:Fallback><sheetData>`)
			p.swap(access, "</sheetData>", `</sheetData></mc:Fallback></mc:AlternateContent>`)
		}, broken, "<sheetData> beside its own"},
		{"the columns as one of two", func(p *pack) {
			ignorable(p)
			p.swap(access, "<sheetData>", `<mc:AlternateContent><mc:Choice Requires="r"><cols><col min="3" max="3" hidden="1"/></cols></mc:Choice></mc:AlternateContent><sheetData>`)
		}, broken, "<cols> beside its own"},
		{"a form control", func(p *pack) {
			ignorable(p)
			p.swap(access, "</worksheet>", `<mc:AlternateContent><mc:Choice Requires="r"><controls><mc:AlternateContent><mc:Choice Requires="y"/></mc:AlternateContent></controls></mc:Choice></mc:AlternateContent></worksheet>`)
		}, fine, ""},
		{"the sheets in another place", func(p *pack) { p.swap(book, "</sheets>", `</sheets><extLst><sheets/></extLst>`) }, broken, "lists its sheets in another place too"},
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
