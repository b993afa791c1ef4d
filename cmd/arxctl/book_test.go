package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"html"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/workbooktest"
)

// book builds a workbook: book KIND OUT.xlsx [LINES.txt]. A CAIQ has every ID of its
// version, with our own topics as questions, and below the rows of the file; own has the rows of the file, cells
// separated by a bar, a sheet beginning at
// "# NAME", or "# NAME (hidden)"; "hide column 4", and "=FORMULA stored TEXT" in a cell.
func book(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: book KIND OUT.xlsx [LINES.txt]")
	}
	kind, version, _ := strings.Cut(args[0], "-")
	var b workbooktest.Book
	switch kind {
	case "caiq":
		known, err := content{}.decodeQuestionnaires()
		if err != nil {
			ts.Fatalf("%v", err)
		}
		var list []workbooktest.Question
		for _, q := range known {
			for _, s := range q.Sections {
				for _, x := range s.Questions {
					if q.ID == args[0] {
						control, _, _ := strings.Cut(x.ID, ".")
						list = append(list, workbooktest.Question{ID: x.ID, Text: x.Topic, Control: control, Title: "Ours", Domain: s.Title})
					}
				}
			}
		}
		b = workbooktest.CAIQ(version, list)
		if len(args) == 3 { // what a buyer typed below
			s := &b.Sheets[0]
			for i, line := range strings.Split(strings.TrimSpace(ts.ReadFile(args[2])), "\n") {
				id, text, _ := strings.Cut(line, "|")
				r := s.Rows[len(list)+3].R + 1 + i
				s.Rows = append(s.Rows, workbooktest.Row{R: r, Cells: []workbooktest.Cell{
					workbooktest.T(workbook.Ref(1, r), workbooktest.Unlocked, strings.TrimSpace(id)), workbooktest.T(workbook.Ref(2, r), workbooktest.Unlocked, strings.TrimSpace(text))}})
			}
		}
	case "sig":
		b = map[string]workbooktest.Book{"old": workbooktest.SIGOld(4), "new": workbooktest.SIGNew(40)}[version]
	case "hecvat":
		b = workbooktest.HECVAT(3, 4)
	case "plain":
		b = workbooktest.Plain(12)
	case "own":
		for _, line := range strings.Split(strings.TrimRight(ts.ReadFile(args[2]), "\n"), "\n") {
			if name, ok := strings.CutPrefix(line, "# "); ok {
				name, hidden := strings.CutSuffix(name, " (hidden)")
				b.Sheets = append(b.Sheets, workbooktest.Sheet{Name: name})
				if hidden {
					b.Sheets[len(b.Sheets)-1].State = "hidden"
				}
				continue
			}
			if col, ok := strings.CutPrefix(line, "hide column "); ok {
				b.Sheets[len(b.Sheets)-1].Before = fmt.Sprintf(`<cols><col min="%[1]s" max="%[1]s" width="9" hidden="1"/></cols>`, col)
				continue
			}
			s := &b.Sheets[len(b.Sheets)-1]
			r := workbooktest.Row{R: len(s.Rows) + 1}
			for i, text := range strings.Split(line, "|") {
				if formula, stored, ok := strings.Cut(strings.TrimSpace(text), " stored "); ok && formula[0] == '=' {
					r.Cells = append(r.Cells, workbooktest.Cell{Ref: workbook.Ref(i+1, r.R), Formula: formula[1:], Cached: stored})
				} else if text = strings.TrimSpace(text); text != "" {
					r.Cells = append(r.Cells, workbooktest.T(workbook.Ref(i+1, r.R), workbooktest.Unlocked, text))
				}
			}
			s.Rows = append(s.Rows, r)
		}
	default:
		ts.Fatalf("book: unknown kind %s", kind)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600))
}

// cell prints, or wants, the text of the cell in the row of an ID:
// cell FILE COLUMN ID [WANT]; with ! it must not be WANT.
func cell(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: cell FILE COLUMN ID [WANT]")
	}
	b, err := workbook.Read(args[0], []byte(ts.ReadFile(args[0])))
	ts.Check(err)
	for _, s := range b.Sheets {
		for _, r := range s.Rows {
			if !slices.ContainsFunc(r.Cells, func(c workbook.Cell) bool { return c.Text == args[2] }) {
				continue
			}
			got := s.Cell(fmt.Sprintf("%s%d", args[1], r.Number)).Text
			if len(args) < 4 {
				fmt.Fprintln(ts.Stdout(), got)
				return
			}
			if ok := got == args[3] || strings.HasSuffix(args[3], "*") && strings.HasPrefix(got, strings.TrimSuffix(args[3], "*")); ok == neg {
				ts.Fatalf("%s %s of %s is %q, want %q", args[0], args[1], args[2], got, args[3])
			}
			return
		}
	}
	ts.Fatalf("%s: no row holds %q", args[0], args[2])
}

// differ wants two workbooks to differ in these parts of the package and in no
// other: differ IN OUT [PART...].
func differ(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: differ IN OUT [PART...]")
	}
	list, err := workbook.Compare([]byte(ts.ReadFile(args[0])), []byte(ts.ReadFile(args[1])))
	ts.Check(err)
	var got []string
	for _, d := range list {
		if !d.Only() {
			ts.Fatalf("%s: %s: more than cells: %v", d.Part, d.Kind, d.Rest)
		}
		got = append(got, d.Part)
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(args[2:]))
	if !slices.Equal(slices.Compact(got), want) {
		ts.Fatalf("differ in %v, want %v", got, want)
	}
}

// edit types a text into a cell, as a person would: edit FILE COLUMN ID TEXT.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: edit FILE COLUMN ID TEXT")
	}
	b, err := workbook.Read(args[0], []byte(ts.ReadFile(args[0])))
	ts.Check(err)
	for _, s := range b.Sheets {
		for _, r := range s.Rows {
			if slices.ContainsFunc(r.Cells, func(c workbook.Cell) bool { return c.Text == args[2] }) {
				out, err := b.Apply([]workbook.Edit{{Sheet: s.Name, Ref: fmt.Sprintf("%s%d", args[1], r.Number), Value: args[3]}})
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o600))
				return
			}
		}
	}
	ts.Fatalf("%s: no row holds %q", args[0], args[2])
}

// retype changes a text in the parts of a workbook, whatever locks its cell, as
// any program can: retype FILE COLUMN ID TEXT.
func retype(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: retype FILE COLUMN ID TEXT")
	}
	was := []byte(ts.ReadFile(args[0]))
	b, err := workbook.Read(args[0], was)
	ts.Check(err)
	old := ""
	for _, s := range b.Sheets {
		for _, r := range s.Rows {
			if slices.ContainsFunc(r.Cells, func(c workbook.Cell) bool { return c.Text == args[2] }) {
				old = s.Cell(fmt.Sprintf("%s%d", args[1], r.Number)).Text
			}
		}
	}
	z, err := zip.NewReader(bytes.NewReader(was), int64(len(was)))
	ts.Check(err)
	var parts [][2]string
	changed := 0
	for _, f := range z.File {
		r, err := f.Open()
		ts.Check(err)
		body, err := io.ReadAll(r)
		ts.Check(err)
		text := strings.ReplaceAll(string(body), ">"+html.EscapeString(old)+"<", ">"+html.EscapeString(args[3])+"<")
		if text != string(body) {
			changed++
		}
		parts = append(parts, [2]string{f.Name, text})
	}
	if old == "" || changed != 1 {
		ts.Fatalf("%s: the text %q stands in %d parts", args[0], old, changed)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), workbooktest.Zip("", parts...), 0o600))
}
