package rendering

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
	"github.com/arxsec/arxctl/internal/seal"
)

// KindXLSX is a buyer's workbook that arxctl filled in.
const KindXLSX = "xlsx"

// CellsSuffix names the file beside a filled workbook that says which cells are
// ours, where no key was there to seal that.
const CellsSuffix = ".cells.json"

// FilledSchema names the layout of that file.
const FilledSchema = "arxctl.filled/v1"

// Workbook says which cells of a workbook were written, and where answers stand.
type Workbook struct {
	Source  string  `json:"source"` // SHA-256 of the workbook as it arrived
	People  string  `json:"people"` // SHA-256 of the list for people that was written with it
	Cells   []Cell  `json:"cells"`
	Answers []Range `json:"answers"`
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
}

// Range is a part of a column in which answers stand.
type Range struct {
	Sheet string `json:"sheet"`
	Col   int    `json:"col"`
	First int    `json:"first"`
	Last  int    `json:"last"`
}

// Cells is what is known of the cells of a filled workbook.
type Cells struct {
	Unchanged int      `json:"unchanged"` // ours, as they were written
	Edited    []string `json:"edited"`    // ours, and changed since
	Others    int      `json:"others"`    // answers that were never ours
	Again     int      `json:"again"`     // answers that follow again from the run and the inputs
}

type filled struct {
	Schema   string   `json:"schema"`
	SHA256   string   `json:"sha256"`
	Inputs   Inputs   `json:"inputs"`
	Workbook Workbook `json:"workbook"`
}

// NewWorkbook records the cells that were written into a workbook. The digests
// are of what is read back from it, not of what was meant to be written.
func NewWorkbook(source, people []byte, out *workbook.Book, cells []Cell, answers []Range) (Workbook, error) {
	w := Workbook{Source: sum(source), People: sum(people), Cells: []Cell{}, Answers: answers}
	at := index(out)
	for _, c := range cells {
		text, ok := at[place{c.Sheet, c.Ref}]
		if !ok {
			return w, fmt.Errorf("sheet %q, cell %s: was written and is not there", c.Sheet, c.Ref)
		}
		c.SHA256 = sum([]byte(text))
		w.Cells = append(w.Cells, c)
	}
	return w, nil
}

type place struct{ sheet, ref string }

func index(b *workbook.Book) map[place]string {
	out := map[place]string{}
	for _, s := range b.Sheets {
		for _, r := range s.Rows {
			for _, c := range r.Cells {
				out[place{s.Name, c.Ref}] = c.Text
			}
		}
	}
	return out
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
		return nil, broken("%v", err)
	}
	r.Cells = f.Workbook.hold(book)
	if n := len(r.Cells.Edited); n > 0 {
		return nil, broken("%d of %d cells that arxctl wrote were edited: %s; %d are ours and unchanged, %d answers were never ours",
			n, n+r.Cells.Unchanged, strings.Join(first(r.Cells.Edited, 8), ", "), r.Cells.Unchanged, r.Cells.Others)
	}
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
	if r.Cells.Again, err = f.again(from.run, book); err != nil {
		return nil, broken("%v", err)
	}
	return r, nil
}

// again builds the answers from the run and the inputs, and holds each cell that
// is ours against them: the short value, and the sentence in the comment.
func (f filled) again(run *seal.Run, book *workbook.Book) (int, error) {
	doc, err := f.Inputs.Document(run)
	if err != nil {
		return 0, err
	}
	answers := map[string]questionnaire.Answer{}
	for _, a := range doc.Answers() {
		answers[a.Question] = a
	}
	at, n := index(book), 0
	for _, c := range f.Workbook.Cells {
		a, ok := answers[c.Question]
		text := at[place{c.Sheet, c.Ref}]
		want := a.Value
		if c.Inverted && want == "Yes" {
			want = "No"
		}
		switch {
		case !ok:
			return n, fmt.Errorf("%s!%s: the inputs have no question %s", c.Sheet, c.Ref, c.Question)
		case c.Role == string(layout.Answer) && typed.Only(text) != want:
			return n, fmt.Errorf("%s!%s says %q, and its run and its inputs give %q", c.Sheet, c.Ref, text, want)
		case c.Role == string(layout.Comment) && !strings.Contains(text, a.Sentence):
			return n, fmt.Errorf("%s!%s does not say what its run and its inputs give: %s", c.Sheet, c.Ref, a.Sentence)
		case c.Role == string(layout.Owner) && !strings.EqualFold(strings.TrimSpace(text), a.Ownership):
			return n, fmt.Errorf("%s!%s says %q, and its inputs give %q", c.Sheet, c.Ref, text, a.Ownership)
		case c.Role == string(layout.Answer):
			n++
		}
	}
	return n, nil
}

func (w Workbook) hold(book *workbook.Book) *Cells {
	out := &Cells{Edited: []string{}}
	at, ours := index(book), map[place]bool{}
	for _, c := range w.Cells {
		p := place{c.Sheet, c.Ref}
		ours[p] = true
		if sum([]byte(at[p])) == c.SHA256 {
			out.Unchanged++
			continue
		}
		out.Edited = append(out.Edited, c.Sheet+"!"+c.Ref)
	}
	for _, s := range book.Sheets {
		for _, r := range s.Rows {
			for _, c := range r.Cells {
				if strings.TrimSpace(c.Text) != "" && !ours[place{s.Name, c.Ref}] && w.answers(s.Name, c) {
					out.Others++
				}
			}
		}
	}
	return out
}

func (w Workbook) answers(sheet string, c workbook.Cell) bool {
	for _, r := range w.Answers {
		if r.Sheet == sheet && r.Col == c.Col && c.Row >= r.First && c.Row <= r.Last {
			return true
		}
	}
	return false
}

func first(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], fmt.Sprintf("and %d more", len(list)-n))
}
