package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/fill"
	"github.com/arxsec/arxctl/internal/questionnaire/library"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/seal"
)

type importOptions struct {
	*fillOptions // reads and recognises a workbook, and finds today's answer of a row
	library      string
	date         string
	all          bool
}

func newImport(s *streams) *cobra.Command {
	o := &importOptions{fillOptions: &fillOptions{streams: s, sent: true, audience: string(questionnaire.Private)}}
	c := &cobra.Command{
		Use:   "import [OLD.xlsx]",
		Short: "Keep last year's answers as drafts, and hear which are false today",
		Long: "Keep the answers of a workbook that was sent before as drafts: one YAML file in an answer library, dated. A draft is proven\n" +
			"by nothing. Each is held against today's evidence; a Yes that it contradicts is named first, and the exit code is then 1.\n" +
			"An answer in words, or near to a claim, is listed to be read where that claim is contradicted (3); a Yes that rests on something\n" +
			"beyond its limit ends with 6, one that rests on what no check could see with 3. See docs/import.md.\n" +
			"Without a workbook, every file of the library is held against today's evidence.",
		Example: "  arxctl import CAIQ-2025.xlsx --library answers --date 2025-11-03 --run run.json\n  arxctl import --library answers --run run.json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fail(exitUsage, "expected one workbook, got %d; see: %s --help", len(args), c.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return o.importAnswers(args) },
	}
	f := c.Flags()
	f.StringVar(&o.library, "library", "", "the answer library: a `DIR`, made where it is not there (required)")
	f.StringVar(&o.date, "date", "", "the `DATE` on which the workbook was sent (YYYY-MM-DD; required with a workbook)")
	f.StringVar(&o.run, "run", "", "the run `FILE` that says what is so today (by default the newest run*.json here)")
	f.StringVar(&o.questionnaire, "questionnaire", "", "the `ID` of the questionnaire that the workbook is, as caiq-4.0.3; refused where the workbook says another")
	f.StringVar(&o.layout, "layout", "", "a `FILE` that says where questions and answers stand, for a workbook that is not recognised")
	f.StringVar(&o.customer, "customer", "", "`FILE` with the customer's variables, overrides and visibility")
	f.StringSliceVar(&o.content.attestations, "attestations", nil, "`FILE` or directory of attestations; arxctl ships none")
	f.StringVar(&o.content.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	f.StringVar(&o.content.questionnaires, "questionnaires", "", "a `DIR` of questionnaires in place of the shipped ones")
	f.StringVar(&o.asOf, "as-of", "", "judge ages as of this `DATE` (YYYY-MM-DD; today, UTC, by default)")
	f.BoolVar(&o.all, "all", false, "list every answer, and not the first of each list")
	f.BoolVar(&o.demo, "demo", false, "take evidence from the reference stack")
	return c
}

func (o *importOptions) importAnswers(args []string) error {
	if o.library == "" {
		return fail(exitUsage, "--library: expected the directory that answers are kept in")
	}
	asOf, err := asOfDate(o.asOf)
	if err != nil {
		return err
	}
	var files []library.File
	var left []cause
	if len(args) == 1 {
		var f library.File
		if f, left, err = o.keep(args[0], asOf); err != nil {
			return err
		}
		files = append(files, f)
	} else if files, err = o.kept(); err != nil {
		return err
	}
	run, err := o.findRun()
	if errors.Is(err, errNoRun) {
		return because(o.streams, append(left, cause{exitBlind, "held against no evidence: there is no run*.json here; give one with --run, or make one with: arxctl check --run run.json"})...)
	}
	if err != nil {
		return err
	}
	var held []library.Held
	var sent []library.Sent
	for _, f := range files {
		x, err := o.hold(f, run, asOf)
		if err != nil {
			return err
		}
		sent, held = append(sent, library.Sent{File: f, Held: x}), append(held, x...)
	}
	lines := library.Short()
	if o.all {
		lines = library.Everything()
	}
	if run.Stack.Kind != "vendor" {
		fmt.Fprintln(o.out, questionnaire.DemonstrationText)
	}
	for _, line := range library.Report(sent, lines) {
		fmt.Fprintln(o.out, indented(line))
	}
	return because(o.streams, append(left, importCauses(held)...)...)
}

// keep writes the answers of a workbook into the library. What is there already
// stays: a person may have worked on it.
func (o *importOptions) keep(path string, asOf time.Time) (library.File, []cause, error) {
	var f library.File
	sent, err := time.Parse(time.DateOnly, o.date)
	if err != nil {
		return f, nil, fail(exitUsage, "--date %s: expected the day on which it was sent, as 2025-11-03; none is taken from the file, which programs date anew", o.date)
	}
	if sent.After(asOf) {
		return f, nil, fail(exitUsage, "--date %s: lies after %s; expected the day on which it was sent", o.date, asOf.Format(time.DateOnly))
	}
	in, err := o.read(path)
	if err != nil {
		return f, nil, err
	}
	o.revealed(in)
	sum := sha256.Sum256(in.bytes)
	f = library.FromWorkbook(path, hex.EncodeToString(sum[:]), sent, in.is.ID, in.lay)
	left := o.unanswered(in.lay)
	if unread := codeAmong(left); len(f.Answers) == 0 && unread != exitOK {
		return f, nil, fail(unread, "%s: no answer stands in the rows that were read, and others were not read; nothing was written", path)
	}
	if len(f.Answers) == 0 {
		return f, nil, fail(exitNothing, "%s: no answer stands in it; expected a workbook that was filled in", path)
	}
	b, err := f.Encode()
	if err != nil {
		return f, nil, fail(exitInternal, "%w", err)
	}
	if n := len(f.Answers); n > library.MaxAnswers {
		return f, nil, fail(exitUsage, "%s: %d answers stand in it; expected at most %d", path, n, library.MaxAnswers)
	}
	if f, err = library.Decode(yamldoc.File{Name: f.FileName(), Body: b}); err != nil {
		return f, nil, fail(exitUsage, "%s: its answers cannot be kept: %w", path, err)
	}
	if err := os.MkdirAll(o.library, 0o755); err != nil {
		return f, nil, fail(exitUsage, "--library: %w", err)
	}
	target := filepath.Join(o.library, f.FileName())
	switch err := seal.WriteNew(target, b, 0o600); {
	case errors.Is(err, fs.ErrExist):
		if have, readErr := os.ReadFile(target); readErr != nil || !bytes.Equal(have, b) {
			return f, nil, fail(exitUsage, "%s: is there already, with other answers; move it away, or give another --date", target)
		}
		note(o.streams, "%s: is there already, with the same answers", target)
	case err != nil:
		return f, nil, fail(exitInternal, "%w", err)
	default:
		note(o.streams, "written: %s, %s, %s", target, library.Drafts(len(f.Answers)), keyedBy(in))
	}
	return f, left, nil
}

// revealed reads the hidden sheets too: what stands there was sent.
func (o *importOptions) revealed(in *arrived) {
	in.lay.Reveal()
	said := map[string]bool{}
	for _, t := range in.lay.Tables {
		if s := in.book.Sheet(t.Sheet); s != nil && s.Hidden && !said[t.Sheet] {
			said[t.Sheet] = true
			note(o.streams, "read too: the sheet %q, which is hidden: what stands there was sent", t.Sheet)
		}
	}
}

// unanswered says which rows were not read, and which were left out although an
// answer stands in them.
func (o *importOptions) unanswered(l *layout.Layout) []cause {
	left := o.unlooked(l)
	var answered []layout.LeftRow
	for _, r := range l.LeftRows {
		if r.Answered {
			answered = append(answered, r)
		}
	}
	for _, u := range l.Typed {
		note(o.streams, "not kept: a yes or a no stands beside texts of sheet %q, where no questions were recognised: %s; say with --layout where its questions and answers stand (docs/fill.md)", u.Sheet, u.Numbers())
		left = append(left, cause{exitBlind, fmt.Sprintf("an answer in sheet %q was not kept", u.Sheet)})
	}
	if len(answered) == 0 {
		return left
	}
	note(o.streams, "not kept: %s; say with --layout where its questions and answers stand (docs/fill.md)", layout.Places("row with an answer in it, and no question beside it", answered))
	return append(left, cause{exitBlind, counted(len(answered), "answer was not kept, since no question stands beside it", "answers were not kept, since no question stands beside them")})
}

// keyedBy says how the questions of a workbook are found.
func keyedBy(in *arrived) string {
	switch why := render.Plain(strings.Join(in.is.Why, "; ")); {
	case in.q == nil:
		return fmt.Sprintf("each found by its words (%s)", why)
	case fill.ByID(in.q):
		return fmt.Sprintf("found by the IDs of %s (%s)", in.q.ID, why)
	default:
		return fmt.Sprintf("found by the IDs of %s where the words agree (%s)", in.q.ID, why)
	}
}

// kept reads every file of the library.
func (o *importOptions) kept() ([]library.File, error) {
	if o.date != "" {
		return nil, fail(exitUsage, "--date: expected a workbook beside it; without one the whole library is held against the evidence")
	}
	if _, err := os.Stat(o.library); err != nil {
		return nil, fail(exitUsage, "--library %s: no such file or directory", o.library)
	}
	files, err := library.ReadAll(o.library)
	if err != nil {
		return nil, fail(exitUsage, "%w", err)
	}
	return files, nil
}

// hold finds today's answer of every draft.
func (o *importOptions) hold(f library.File, run *seal.Run, asOf time.Time) ([]library.Held, error) {
	in := &arrived{lay: f.Layout()}
	var err error
	if in.known, err = o.content.decodeQuestionnaires(); err != nil {
		return nil, err
	}
	for _, q := range in.known {
		if q.ID == f.Questionnaire {
			in.q = q
		}
	}
	if in.q == nil && f.Questionnaire != "" {
		return nil, fail(exitUsage, "%s:%d: questionnaire: there is no questionnaire %q; give its file with --questionnaires, or take the line out to have its questions found by their words", f.At.File, f.At.Of("questionnaire"), f.Questionnaire)
	}
	_, find, err := o.answers(in, run, asOf)
	if err != nil {
		return nil, err
	}
	claims, _, err := o.content.library()
	if err != nil {
		return nil, err
	}
	assessed := control.Assess(claims, &run.Run, asOf)
	return f.Hold(func(t layout.Table, r layout.Row) library.Today {
		found := find(t, r)
		today := library.Today{Answer: found.Answer, Matched: found.Review, Inverted: found.Inverted, Beside: questionnaire.MentionsOf(assessed, found.Beside), Doubt: match.Doubt(r.Question) != ""}
		if found.Near {
			today.Near = cmp.Or(found.Held, found.Why)
		}
		return today
	}), nil
}

// importCauses are the reasons for another exit code than 0: what is false, what
// rests on something beyond its limit, nothing that could be held against
// anything, what could not be told. The report on stdout says which answers.
func importCauses(held []library.Held) []cause {
	of := func(is func(library.Held) bool) int {
		return len(slices.DeleteFunc(slices.Clone(held), func(h library.Held) bool { return !is(h) }))
	}
	var causes []cause
	add := func(code, n int, one, several string) {
		if n > 0 {
			causes = append(causes, cause{code, counted(n, one, several)})
		}
	}
	sent := func(h library.Held) bool { return h.Verdict != library.False }
	add(exitFailed, of(func(h library.Held) bool { return h.Verdict == library.False }), "answer that was sent is false today", "answers that were sent are false today")
	add(exitExpired, of(func(h library.Held) bool { return sent(h) && h.Expired }), "answer rests on something beyond its limit", "answers rest on something beyond its limit")
	add(exitBlind, of(func(h library.Held) bool { return h.Verdict == library.Read }), "answer is for a person to read", "answers are for a person to read")
	add(exitBlind, of(func(h library.Held) bool { return sent(h) && h.Verdict != library.Read && h.Blind }), "answer rests on a check that did not look or could not see", "answers rest on a check that did not look or could not see")
	if of(func(h library.Held) bool { return h.Verdict != library.Unsupported }) == 0 {
		causes = append(causes, cause{exitNothing, "nothing of ours answers any of the questions"})
	}
	return causes
}

// indented makes a line fit for a terminal, and keeps the space before it.
func indented(line string) string {
	text := render.Inert(render.Plain(line))
	if line != "" && line[0] == ' ' {
		return "  " + text
	}
	return text
}
