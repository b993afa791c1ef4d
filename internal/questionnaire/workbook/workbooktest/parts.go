package workbooktest

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n"

const mainNS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

func relationships(inner string) string {
	return head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + inner + `</Relationships>`
}

func (w *builder) packageRels() string {
	return relationships(fmt.Sprintf(`<Relationship Id="rId1" Type="%[1]s/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId2" Type="%[1]s/extended-properties" Target="docProps/app.xml"/>`, w.rel))
}

func (w *builder) workbookRels() string {
	var out strings.Builder
	for i := range w.Sheets {
		fmt.Fprintf(&out, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, w.rel, i+1)
	}
	next := len(w.Sheets)
	add := func(kind, target string) {
		next++
		fmt.Fprintf(&out, `<Relationship Id="rId%d" Type="%s" Target="%s"/>`, next, kind, target)
	}
	if !w.NoStyles {
		add(w.rel+"/styles", "styles.xml")
	}
	if !w.Inline {
		add(w.rel+"/sharedStrings", "sharedStrings.xml")
	}
	if w.Macros {
		add("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "vbaProject.bin")
	}
	return relationships(out.String())
}

func (w *builder) types() string {
	main := "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
	if w.Macros {
		main = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
	}
	const sheetml = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	over := [][2]string{{"xl/workbook.xml", main}}
	over = append(over, [2]string{"docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml"})
	for i := range w.Sheets {
		over = append(over, [2]string{sheetPart(i), sheetml + "worksheet+xml"})
	}
	if !w.NoStyles {
		over = append(over, [2]string{"xl/styles.xml", sheetml + "styles+xml"})
	}
	if !w.Inline {
		over = append(over, [2]string{"xl/sharedStrings.xml", sheetml + "sharedStrings+xml"})
	}
	var names []string
	for name := range w.Types {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		over = append(over, [2]string{name, w.Types[name]})
	}
	var out strings.Builder
	out.WriteString(head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/><Default Extension="sigs" ContentType="application/vnd.openxmlformats-package.digital-signature-origin"/>`)
	for _, o := range over {
		fmt.Fprintf(&out, `<Override PartName="/%s" ContentType="%s"/>`, o[0], o[1])
	}
	return out.String() + `</Types>`
}

func (w *builder) workbook() string {
	var out strings.Builder
	fmt.Fprintf(&out, `<workbook xmlns="%s" xmlns:r="%s"><fileVersion appName="xl" lastEdited="7" lowestEdited="7" rupBuild="22228"/><workbookPr defaultThemeVersion="166925"/>`, w.ns, w.rel)
	if w.Protect {
		out.WriteString(`<workbookProtection lockStructure="1"/>`)
	}
	out.WriteString(`<bookViews><workbookView xWindow="0" yWindow="0" windowWidth="28800" windowHeight="12300"/></bookViews><sheets>`)
	for i, s := range w.Sheets {
		state := ""
		if s.State != "" {
			state = fmt.Sprintf(` state="%s"`, s.State)
		}
		fmt.Fprintf(&out, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, esc(s.Name), i+1, state, i+1)
	}
	out.WriteString(`</sheets>`)
	if len(w.Names) > 0 {
		out.WriteString(`<definedNames>`)
		for _, n := range w.Names {
			local := ""
			if n.Sheet >= 0 {
				local = fmt.Sprintf(` localSheetId="%d"`, n.Sheet)
			}
			fmt.Fprintf(&out, `<definedName name="%s"%s>%s</definedName>`, esc(n.Name), local, esc(n.Formula))
		}
		out.WriteString(`</definedNames>`)
	}
	if !w.NoCalc {
		out.WriteString(`<calcPr calcId="191029"/>`)
	}
	return head + w.elements(out.String()+`</workbook>`)
}

// elements gives every element the prefix that the workbook uses, if any.
func (w *builder) elements(xml string) string {
	if w.pre == "" {
		return xml
	}
	xml = strings.Replace(xml, ` xmlns="`, ` xmlns:`+w.Prefix+`="`, 1)
	return regexp.MustCompile(`<(/?)([A-Za-z0-9]+)([ />])`).ReplaceAllString(xml, `<${1}`+w.pre+`$2$3`)
}

func (w *builder) sheet(s Sheet) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<worksheet xmlns="%s" xmlns:r="%s" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">`, w.ns, w.rel)
	if s.Dimension != "" {
		fmt.Fprintf(&out, `<dimension ref="%s"/>`, s.Dimension)
	}
	out.WriteString(s.Before)
	if len(s.Rows) == 0 {
		out.WriteString(`<sheetData/>`)
	} else {
		out.WriteString(`<sheetData>`)
		for _, r := range s.Rows {
			w.row(&out, r)
		}
		out.WriteString(`</sheetData>`)
	}
	out.WriteString(s.Protection)
	if len(s.Merges) > 0 {
		fmt.Fprintf(&out, `<mergeCells count="%d">`, len(s.Merges))
		for _, m := range s.Merges {
			fmt.Fprintf(&out, `<mergeCell ref="%s"/>`, m)
		}
		out.WriteString(`</mergeCells>`)
	}
	out.WriteString(s.After)
	classic, x14 := lists(s.Lists)
	if n := strings.Count(classic+s.Rules, "<dataValidation "); n > 0 {
		fmt.Fprintf(&out, `<dataValidations count="%d">%s%s</dataValidations>`, n, classic, s.Rules)
	}
	out.WriteString(s.Tail)
	if n := strings.Count(x14, "<x14:dataValidation "); n > 0 {
		fmt.Fprintf(&out, `<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="%d">%s</x14:dataValidations></ext></extLst>`, n, x14)
	}
	out.WriteString(`</worksheet>`)
	return head + w.elements(out.String())
}

func lists(all []List) (classic, x14 string) {
	for _, l := range all {
		stop := ` showErrorMessage="1"`
		if l.Lax {
			stop = ""
		}
		if l.X14 {
			x14 += fmt.Sprintf(`<x14:dataValidation type="list" allowBlank="1" showInputMessage="1"%s><x14:formula1><xm:f>%s</xm:f></x14:formula1><xm:sqref>%s</xm:sqref></x14:dataValidation>`, stop, esc(l.Formula), l.Cells)
		} else {
			classic += fmt.Sprintf(`<dataValidation type="list" allowBlank="1" showInputMessage="1"%s sqref="%s"><formula1>%s</formula1></dataValidation>`, stop, l.Cells, esc(l.Formula))
		}
	}
	return classic, x14
}

func (w *builder) row(out *strings.Builder, r Row) {
	out.WriteString(`<row`)
	if r.R > 0 {
		fmt.Fprintf(out, ` r="%d"`, r.R)
	}
	if r.Attrs != "" {
		out.WriteString(" " + r.Attrs)
	}
	if len(r.Cells) == 0 {
		out.WriteString(`/>`)
		return
	}
	out.WriteString(`>`)
	for _, c := range r.Cells {
		w.cell(out, c)
	}
	out.WriteString(`</row>`)
}

func (w *builder) cell(out *strings.Builder, c Cell) {
	out.WriteString(`<c`)
	if c.Ref != "" {
		fmt.Fprintf(out, ` r="%s"`, c.Ref)
	}
	if c.Style != 0 {
		fmt.Fprintf(out, ` s="%d"`, c.Style)
	}
	switch {
	case c.NoValue:
		fmt.Fprintf(out, `><f>%s</f></c>`, esc(c.Formula))
	case c.Formula != "" || c.Array != "":
		kind := ""
		if c.Array != "" {
			kind = fmt.Sprintf(` t="array" ref="%s"`, c.Array)
		}
		fmt.Fprintf(out, ` t="str"><f%s>%s</f><v>%s</v></c>`, kind, esc(c.Formula), esc(c.Cached))
	case c.Number != "":
		fmt.Fprintf(out, `><v>%s</v></c>`, c.Number)
	case c.Bool != "":
		fmt.Fprintf(out, ` t="b"><v>%s</v></c>`, c.Bool)
	case c.Empty:
		out.WriteString(`/>`)
	default:
		w.text(out, c)
	}
}

func (w *builder) text(out *strings.Builder, c Cell) {
	item := `<t xml:space="preserve">` + esc(c.Text) + `</t>`
	if len(c.Rich) > 0 {
		item = ""
		for i, run := range c.Rich {
			bold := ""
			if i == 0 {
				bold = `<rPr><b/><sz val="11"/></rPr>`
			}
			item += `<r>` + bold + `<t xml:space="preserve">` + esc(run) + `</t></r>`
		}
	}
	w.texts++
	if w.Inline || c.Inline || w.Mixed && w.texts%2 == 0 {
		out.WriteString(` t="inlineStr"><is>` + item + `</is></c>`)
		return
	}
	n, ok := w.known[item]
	if !ok {
		n = len(w.strings)
		w.known[item] = n
		w.strings = append(w.strings, item)
	}
	fmt.Fprintf(out, ` t="s"><v>%d</v></c>`, n)
}

func (w *builder) sharedStrings() string {
	var out strings.Builder
	fmt.Fprintf(&out, `<sst xmlns="%s" count="%d" uniqueCount="%d">`, w.ns, w.texts, len(w.strings))
	for _, s := range w.strings {
		out.WriteString(`<si>` + s + `</si>`)
	}
	return head + w.elements(out.String()+`</sst>`)
}

// appXML names the program: LibreOffice trusts the stored values of formulas that
// Excel wrote, and calculates those of programs it does not know.
const appXML = head + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Microsoft Excel</Application><AppVersion>16.0300</AppVersion></Properties>`

const stylesXML = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="0.00"/><numFmt numFmtId="165" formatCode="&quot;No&quot;;&quot;No&quot;;&quot;No&quot;;&quot;No&quot;"/></numFmts><fonts count="3"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="16"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FF1F4E78"/><bgColor indexed="64"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFF2CC"/><bgColor indexed="64"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1" applyProtection="1"><alignment vertical="top" wrapText="1"/><protection locked="0"/></xf><xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="0" fontId="0" fillId="3" borderId="0" xfId="0" applyFill="1" applyProtection="1"><protection locked="0"/></xf><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyProtection="1"><protection locked="0"/></xf></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles><dxfs count="1"><dxf><fill><patternFill><bgColor rgb="FFC6EFCE"/></patternFill></fill></dxf></dxfs><tableStyles count="0" defaultTableStyle="TableStyleMedium2" defaultPivotStyle="PivotStyleLight16"/></styleSheet>`
