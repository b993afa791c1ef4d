// Package workbooktest builds workbooks part by part, as the programs of
// different makers write them, so that tests need no binary file and no one
// else's text. The questions of the ready-made ones are our own.
package workbooktest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"sort"
	"strings"
	"time"
)

// The formats of the styles part; Style of a cell is one of them.
const (
	Locked   = 0
	Unlocked = 1 // wraps
	Header   = 2 // bold on a fill, locked
	TwoDigit = 3 // 0.00, locked
	Title    = 4 // larger, locked
	Open     = 5 // unlocked, on a light fill
	Masked   = 6 // unlocked, shows No whatever it holds
)

// Book is a workbook to build.
type Book struct {
	Sheets []Sheet
	Names  []Name
	Extra  map[string]string // further parts, by name
	Types  map[string]string // content types of further parts, by name

	Inline   bool   // every text inline, no shared strings part: as other libraries write
	Mixed    bool   // every second text inline
	Macros   bool   // .xlsm, with a VBA project that is none
	Prefix   string // "x": every element as <x:row>
	Strict   bool   // the namespaces of ISO/IEC 29500 Strict
	NoCalc   bool   // no calcPr
	Comment  string // of the zip
	Protect  bool   // workbookProtection
	Signed   bool   // a digital signature of the package
	NoStyles bool
}

// Name is a defined name; Sheet is the index of its tab, -1 for the workbook.
type Name struct {
	Name, Formula string
	Sheet         int
}

// Sheet is one tab. The strings hold ready XML of what stands before or after
// the cells.
type Sheet struct {
	Name       string
	State      string // hidden, veryHidden or ""
	Dimension  string
	Before     string // between dimension and sheetData: sheetViews, sheetFormatPr, cols
	Rows       []Row
	Protection string // a sheetProtection element, or ""
	Merges     []string
	After      string // conditionalFormatting and the like, before the validations
	Lists      []List
	Rules      string // ready dataValidation elements
	Tail       string // after the validations: hyperlinks, pageMargins, drawing
	Rels       string // Relationship elements of the sheet
}

// List is a list validation. X14 puts it into the extension of 2010, where
// Formula may name another sheet.
type List struct {
	Cells, Formula string
	Lax, X14       bool // Lax: no error is shown
}

// Row is a row; R 0 leaves its number out, as some writers do.
type Row struct {
	R     int
	Attrs string
	Cells []Cell
}

// Cell is a cell. Formula with Cached, Number, Bool or Rich take the place of
// Text.
type Cell struct {
	Ref     string
	Style   int
	Text    string
	Inline  bool
	Rich    []string // runs, the first bold
	Number  string
	Bool    string
	Formula string
	Cached  string
	Array   string // range of an array formula
	Empty   bool   // styled and empty
	NoValue bool   // a formula without a stored value
}

// T is a text cell of a format.
func T(ref string, style int, text string) Cell { return Cell{Ref: ref, Style: style, Text: text} }

// E is an empty cell of a format.
func E(ref string, style int) Cell { return Cell{Ref: ref, Style: style, Empty: true} }

type builder struct {
	Book
	strings []string
	known   map[string]int
	texts   int
	ns, rel string
	pre     string
}

// Bytes is the package.
func (b Book) Bytes() []byte {
	w := &builder{Book: b, known: map[string]int{}, ns: mainNS, rel: "http://schemas.openxmlformats.org/officeDocument/2006/relationships"}
	if b.Strict {
		w.ns, w.rel = "http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships"
	}
	if b.Prefix != "" {
		w.pre = b.Prefix + ":"
	}
	parts := [][2]string{{"[Content_Types].xml", ""}, {"_rels/.rels", w.packageRels()}, {"xl/workbook.xml", w.workbook()}, {"xl/_rels/workbook.xml.rels", w.workbookRels()}, {"docProps/app.xml", appXML}}
	for i, s := range b.Sheets {
		parts = append(parts, [2]string{sheetPart(i), w.sheet(s)})
		if s.Rels != "" {
			parts = append(parts, [2]string{fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", i+1), relationships(s.Rels)})
		}
	}
	if !b.NoStyles {
		parts = append(parts, [2]string{"xl/styles.xml", head + w.elements(strings.Replace(stylesXML, mainNS, w.ns, 1))})
	}
	if !b.Inline {
		parts = append(parts, [2]string{"xl/sharedStrings.xml", w.sharedStrings()})
	}
	extra := make([]string, 0, len(b.Extra))
	for name := range b.Extra {
		extra = append(extra, name)
	}
	sort.Strings(extra)
	for _, name := range extra {
		parts = append(parts, [2]string{name, b.Extra[name]})
	}
	if b.Macros {
		parts = append(parts, [2]string{"xl/vbaProject.bin", "\xD0\xCF\x11\xE0 a macro project in name only\x00\x01\x02"})
	}
	if b.Signed {
		parts = append(parts, [2]string{"_xmlsignatures/origin.sigs", ""}, [2]string{"_xmlsignatures/sig1.xml", "<Signature/>"})
	}
	parts[0][1] = w.types()
	return Zip(b.Comment, parts...)
}

// Zip is a zip of parts in the order given, dated as Excel dates them.
func Zip(comment string, parts ...[2]string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, p := range parts {
		h := &zip.FileHeader{Name: p[0], Method: zip.Deflate}
		//lint:ignore SA1019 Modified would add a field with the time in UTC, which Excel does not write
		h.ModifiedDate, h.ModifiedTime = 0x21, 0 // 1 January 1980: Excel writes no other date
		if strings.HasSuffix(p[0], ".bin") || strings.HasSuffix(p[0], ".png") {
			h.Method = zip.Store
			h.Modified = time.Date(2025, 11, 3, 9, i%60, 0, 0, time.UTC)
		}
		f, err := z.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(p[1]))
		}
		if err != nil {
			panic(err) // a buffer takes every write
		}
	}
	if err := z.SetComment(comment); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func sheetPart(i int) string { return fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1) }

// esc escapes for text and attributes alike.
func esc(s string) string { return html.EscapeString(s) }
