package xlsx

import (
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/render"
)

func (b *book) answers() error {
	b.collect()
	if err := b.SetSheetName("Sheet1", sheetAnswers); err != nil {
		return err
	}
	columns := []column{{"Section", 16}, {"Question", 13}, {"Topic", 28}, {"Status", 17}, {"Answer", 9}, {"Sentence", 52}, {"Evidence", 46}, {"Notes", 40}, {"Owner", 18}}
	if err := b.begin(sheetAnswers, b.says(), columns); err != nil {
		return err
	}
	row := headRow
	for _, s := range b.doc.Sections {
		for _, a := range s.Answers {
			row++
			evidence, notes := render.Lines(a)
			cells := []string{strings.TrimSpace(s.ID + " " + s.Title), a.Question, a.Topic, statusText(a.Status), a.Value, a.Sentence, strings.Join(evidence, "\n"), strings.Join(notes, "\n"), render.Owner(a)}
			for i, text := range cells {
				style := b.look.text
				switch i {
				case 1, 4:
					style = b.look.bold
				case 3:
					style = b.look.status[a.Status]
				}
				if err := b.put(sheetAnswers, i+1, row, text, style); err != nil {
					return err
				}
			}
			if err := b.tall(sheetAnswers, row, columns, cells); err != nil {
				return err
			}
			if at := b.first[row-headRow-1]; at > 0 {
				if err := b.link(sheetAnswers, 2, row, a.Question, fmt.Sprintf("%s!A%d", sheetEvidence, at)); err != nil {
					return err
				}
			}
		}
	}
	var statuses []string
	for _, s := range control.Statuses() {
		statuses = append(statuses, statusText(s))
	}
	if err := b.allow(sheetAnswers, "D", row, statuses, "Status", "One of the statuses that arxctl gives; see the sheet About."); err != nil {
		return err
	}
	if err := b.allow(sheetAnswers, "E", row, []string{"Yes", "No", "NA"}, "Answer", "Yes, No or NA; empty where nobody can stand behind one."); err != nil {
		return err
	}
	return b.end(sheetAnswers, columns, row, true)
}

func (b *book) evidence() error {
	columns := []column{{"Question", 13}, {"Source", 24}, {"Kind", 12}, {"Outcome", 14}, {"Good", 7}, {"Of", 7}, {"Units", 18}, {"When", 21},
		{"Evidence", 52}, {"Reason", 46}, {"Leaves open", 46}, {"See it yourself, after eval \"$(arxctl env)\"", 60}}
	if err := b.begin(sheetEvidence, b.says(), columns); err != nil {
		return err
	}
	for i, x := range b.items {
		row := headRow + 1 + i
		cells := []string{x.question, x.source, x.kind, x.outcome, x.good, x.of, x.unit, x.when, x.line, x.reason, x.limits, x.see}
		if err := b.tall(sheetEvidence, row, columns, cells); err != nil {
			return err
		}
		for col, text := range cells {
			if col == 0 {
				continue
			}
			if err := b.put(sheetEvidence, col+1, row, text, b.look.text); err != nil {
				return err
			}
		}
		if err := b.link(sheetEvidence, 1, row, x.question, fmt.Sprintf("%s!B%d", sheetAnswers, x.answer)); err != nil {
			return err
		}
	}
	return b.end(sheetEvidence, columns, headRow+len(b.items), true)
}

func (b *book) about() error {
	columns := []column{{"What", 30}, {"Says", 110}}
	if err := b.begin(sheetAbout, b.says(), columns); err != nil {
		return err
	}
	rows := [][2]string{{"Notice", b.doc.Notice}}
	rows = append(rows, render.Facts(b.doc)...)
	for _, c := range b.doc.Counts {
		rows = append(rows, [2]string{statusText(c.Status), fmt.Sprintf("%d: %s", c.N, meaning(c.Status))})
	}
	for _, n := range b.doc.NotVerifiable {
		rows = append(rows, [2]string{"What a POC cannot show", n.What + " Instead: " + n.Instead})
	}
	rows = append(rows, [2]string{"To verify this file", "arxctl verify FILE.xlsx --run RUN.json --key PUBLIC-KEY, with the seal that came beside it and the key from its owner"})
	for i, r := range rows {
		if err := b.tall(sheetAbout, headRow+1+i, columns, r[:]); err != nil {
			return err
		}
		for col, text := range r {
			style := b.look.text
			if col == 0 {
				style = b.look.bold
			}
			if err := b.put(sheetAbout, col+1, headRow+1+i, text, style); err != nil {
				return err
			}
		}
	}
	return b.end(sheetAbout, columns, headRow+len(rows), false)
}

func meaning(s control.Status) string {
	switch s {
	case control.Proven:
		return "every required check saw its whole population and found no harm"
	case control.Attested:
		return "a named role signed for it"
	case control.NotApplicable:
		return "does not apply, for the reason given"
	case control.Planned:
		return "not in place, so the answer is No"
	case control.Stale:
		return "was proven or attested, and is older than its limit; left blank"
	case control.Unproven:
		return "something that is required was not seen or was not brought; left blank"
	case control.Contradicted:
		return "a required check found otherwise"
	}
	return "no control decides it; left blank"
}
