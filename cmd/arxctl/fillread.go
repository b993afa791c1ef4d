package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/sig"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/seal"
)

// arrived is the workbook as it came, and what was recognised in it.
type arrived struct {
	path  string
	bytes []byte
	book  *workbook.Book
	lay   *layout.Layout
	is    fill.Identified
	known []*questionnaire.Questionnaire
	q     *questionnaire.Questionnaire // nil: none that we know
}

// read reads the workbook and recognises it.
func (o *fillOptions) read(path string) (*arrived, error) {
	in := &arrived{path: path}
	var err error
	most := workbook.DefaultLimits().FileBytes
	in.bytes, err = seal.ReadAtMost(path, most)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fail(exitUsage, "%s: no such file; expected a buyer's workbook (.xlsx or .xlsm)", path)
	case errors.Is(err, seal.ErrTooLarge):
		return nil, fail(exitUsage, "%s: larger than %d MiB, the most that is read of one workbook; nothing was read", path, most>>20)
	case err != nil:
		return nil, fail(exitUsage, "%w; expected a buyer's workbook (.xlsx or .xlsm)", err)
	}
	if in.book, err = workbook.Read(path, in.bytes); err != nil {
		return nil, fail(exitUsage, "%w", err)
	}
	if in.lay, err = o.recognise(in.book); err != nil {
		var nothing *layout.Nothing
		if errors.As(err, &nothing) {
			return nil, fail(exitNothing, "%s: %w", path, err)
		}
		var ended *exitError
		if errors.As(err, &ended) { // about another file than the workbook
			return nil, err
		}
		return nil, fail(exitUsage, "%s: %w", path, err)
	}
	if in.known, err = o.content.decodeQuestionnaires(); err != nil {
		return nil, err
	}
	if in.is, err = fill.Identify(in.lay, in.known, o.questionnaire); err != nil {
		return nil, fail(exitUsage, "%s: %w", path, err)
	}
	for _, q := range in.known {
		if q.ID == in.is.ID {
			in.q = q
		}
	}
	return in, nil
}

func (o *fillOptions) recognise(b *workbook.Book) (*layout.Layout, error) {
	if o.layout == "" {
		if o.sent {
			return layout.DetectSent(b)
		}
		return layout.Detect(b)
	}
	files, err := filesAt("--layout", o.layout)
	if err != nil {
		return nil, err
	}
	return layout.Given(files[0], b)
}

// tell says what was recognised, and how much could be answered.
func (o *fillOptions) tell(in *arrived) error {
	for line := range strings.Lines(in.lay.Explain()) {
		fmt.Fprintln(o.out, indented(strings.TrimRight(line, "\n"))) // text of the workbook is in it
	}
	if in.lay.Family == layout.SIG {
		generations, err := sigGenerations()
		if err != nil {
			return err
		}
		fmt.Fprintln(o.out, render.Plain(sig.Tell(generations, in.lay.IDs())))
	}
	if in.q == nil {
		fmt.Fprintf(o.out, "questionnaire: none that we know; each question is matched by its words (%s)\n", render.Plain(strings.Join(in.is.Why, "; ")))
	} else {
		fmt.Fprintf(o.out, "questionnaire: %s; %s\n", in.q.ID, render.Plain(strings.Join(in.is.Why, "; ")))
	}
	if in.q != nil && fill.ByID(in.q) {
		fmt.Fprint(o.out, fill.Cover(in.lay, in.q).Text())
		return because(o.streams, unread(in.lay))
	}
	drafts, err := o.drafts(in)
	if err != nil {
		return err
	}
	fmt.Fprint(o.out, drafts.Cover().Text())
	return because(o.streams, unread(in.lay))
}

// unlooked says what of a workbook was not read, and returns the cause for the
// exit code: what looks as if it asked something was not looked at.
func (o *fillOptions) unlooked(l *layout.Layout) []cause {
	for _, u := range l.Unread {
		note(o.streams, "not read: %s; say with --layout where its questions and answers stand (docs/fill.md), or that there are none by leaving the sheet out of that file", u)
	}
	var sheets []string
	for _, left := range l.Left {
		if !left.Hidden {
			sheets = append(sheets, strconv.Quote(left.Sheet))
		}
	}
	if n := len(sheets); n > 12 {
		sheets = append(sheets[:12], fmt.Sprintf("and %d more", n-12))
	}
	if len(sheets) > 0 {
		note(o.streams, "no header row for questions and answers, and nothing that reads as a question not asked elsewhere: sheet %s", strings.Join(sheets, ", "))
	}
	headings := slices.DeleteFunc(slices.Clone(l.LeftRows), func(r layout.LeftRow) bool { return r.Notice })
	if len(headings) > 0 {
		note(o.streams, "left out: %s; --explain lists each with the reason", layout.Places("row with text that asks nothing, as a heading", headings))
	}
	return []cause{unread(l)}
}

func unread(l *layout.Layout) cause {
	rows := 0
	var sheets []string
	for _, u := range l.Unread {
		rows += len(u.Rows)
		if name := strconv.Quote(u.Sheet); !slices.Contains(sheets, name) {
			sheets = append(sheets, name)
		}
	}
	c := about(exitBlind, sheets, "", "", "")
	if rows > 0 {
		c.why = counted(rows, "row looks as if it asked something and was not read", "rows look as if they asked something and were not read") + ", in sheet " + some(sheets, 8)
	}
	return c
}
