package rendering

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/seal"
)

// KindXLSX is a buyer's workbook that arxctl filled in.
const KindXLSX = "xlsx"

// CellsSuffix names the file beside a filled workbook that says which cells are
// ours, where no key was there to seal that.
const CellsSuffix = ".cells.json"

// FilledSchema names the layout of that file. The first version had no texts
// beside the answers, and is read still.
const (
	FilledSchema      = "arxctl.filled/v2"
	filledSchemaFirst = "arxctl.filled/v1"
)

// Workbook says which cells of a workbook were written, what stood beside them,
// and where answers stand.
type Workbook struct {
	Source  string   `json:"source"` // SHA-256 of the workbook as it arrived
	People  string   `json:"people"` // SHA-256 of the list for people that was written with it
	Cells   []Cell   `json:"cells"`
	Beside  []Beside `json:"beside,omitempty"`     // one a sheet with cells of ours; absent: nobody recorded it
	Sheets  []string `json:"sheets,omitempty"`     // names of all, in the order of the tabs
	Left    int      `json:"left_texts,omitempty"` // texts around the questions that were too many to record
	Answers []Range  `json:"answers"`
}

// Cell is one cell that was written, with the SHA-256 of its text as a reader
// sees it.
type Cell struct {
	Sheet    string `json:"sheet"`
	Ref      string `json:"ref"`
	Role     string `json:"role"`               // answer, comment or owner
	Question string `json:"question"`           // under which the document has it
	Inverted bool   `json:"inverted,omitempty"` // a Yes to it would be bad: what holds makes it No
	SHA256   string `json:"sha256"`
	// Of a comment: how long our words are, in bytes, and, where others' stand
	// before them, the SHA-256 of ours.
	Length int    `json:"length,omitempty"`
	Ours   string `json:"ours,omitempty"`

	Wrote string `json:"-"` // what was written, for NewWorkbook
}

// Range is a part of a column in which answers stand.
type Range struct {
	Sheet string `json:"sheet"`
	Col   int    `json:"col"`
	First int    `json:"first"`
	Last  int    `json:"last"`
}

type filled struct {
	Schema   string   `json:"schema"`
	SHA256   string   `json:"sha256"`
	Inputs   Inputs   `json:"inputs"`
	Workbook Workbook `json:"workbook"`
}

// SignWorkbook returns the seal of a filled workbook.
func SignWorkbook(name string, out []byte, in Inputs, w Workbook, key *seal.PrivateKey) ([]byte, error) {
	return sign(name, predicate{KindXLSX, in, &w}, out, key)
}

// verifyWorkbook says which cells are ours and unchanged, which were edited, and
// how many answers were never ours. A cell of ours that was edited does not
// verify; that people filled in others is what the workbook is for.
func verifyWorkbook(path string, b []byte, o Options) (*Report, error) {
	broken := func(format string, a ...any) error { return &seal.Broken{Path: path, What: fmt.Sprintf(format, a...)} }
	r := &Report{File: path, Kind: KindXLSX, Withheld: []string{}, Unseen: []string{}}
	own, err := beside(path)
	if err != nil {
		return nil, err
	}
	var f filled
	if own != nil {
		opened, p, err := openPredicate(path+seal.Suffix, own, o.Keys, func(s string) error { f.SHA256 = s; return nil })
		if err != nil {
			return nil, err
		}
		if p.Workbook == nil { // a workbook of our own, every byte of which can be rendered again
			return verifyDocument(path, KindXLSX, b, o)
		}
		f.Inputs, f.Workbook, r.RenderedBy = p.Inputs, *p.Workbook, opened.KeyID
		if r.RenderedBy == "" {
			r.Unseen = append(r.Unseen, fmt.Sprintf("the signature of the workbook was not looked at; it says that it was made with key %s: give that key with --key", opened.Hint))
		}
	} else if f, err = unsignedBeside(path, o); err != nil || f.Schema == "" {
		if err == nil {
			r.Unseen = append(r.Unseen, "nothing says which cells are ours: there is neither "+filepath.Base(path)+seal.Suffix+" nor "+filepath.Base(path)+CellsSuffix+" beside it")
		}
		return r, err
	} else {
		r.Unseen = append(r.Unseen, "the workbook is unsigned: who filled it in is vouched for by nobody")
	}
	book, err := workbook.Read(path, b)
	if err != nil {
		return nil, broken("%s", strings.TrimPrefix(err.Error(), path+": "))
	}
	r.Cells = f.Workbook.hold(book, f.Inputs.Run)
	if changed := r.Cells.changed(); changed != "" {
		return r, broken("%s", changed)
	}
	r.Unseen = append(r.Unseen, f.Workbook.unseen(book, r.Cells)...)
	from, err := runBehind(path, f.Inputs, carried{}, o)
	if err != nil {
		return nil, err
	}
	if from.run == nil {
		r.Unseen = append(r.Unseen, fmt.Sprintf("filled in from the run %s, which is not here: give it with --run", f.Inputs.Run))
		return r, nil
	}
	unseen := r.Unseen
	if err := r.run(from, o); err != nil {
		return nil, err
	}
	r.Unseen = append(unseen, r.Unseen...)
	if err := r.sealedAs(f.Inputs); err != nil {
		return r, broken("%v", err)
	}
	if r.Cells.Again, err = f.again(from.run, book); err != nil {
		return r, broken("%v", err)
	}
	return r, nil
}
