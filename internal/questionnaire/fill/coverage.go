package fill

import (
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Coverage says what could be answered in a workbook at best, before there is
// any evidence: how many of its questions our controls decide, or have a part in.
type Coverage struct {
	Questions, Decided, Mentioned, Gaps, Unknown int
	Domains                                      []Domain // with a gap, the largest first
}

// Domain is one section of a questionnaire, with its questions that nothing decides.
type Domain struct {
	ID, Title string
	Gaps, Of  int
}

// Cover audits a workbook against a questionnaire.
func Cover(l *layout.Layout, q *questionnaire.Questionnaire) Coverage {
	c := Coverage{Questions: l.Questions()}
	in := map[string]bool{}
	for _, t := range l.Tables {
		for _, r := range t.Rows {
			in[r.ID] = true
		}
	}
	for _, part := range q.Sections {
		d := Domain{ID: part.ID, Title: part.Title}
		for _, x := range part.Questions {
			if !in[x.ID] {
				continue
			}
			d.Of++
			switch {
			case len(x.Decide) > 0:
				c.Decided++
				continue
			case len(x.Mention) > 0:
				c.Mentioned++
			default:
				c.Gaps++
			}
			d.Gaps++
		}
		if d.Gaps > 0 {
			c.Domains = append(c.Domains, d)
		}
	}
	c.Unknown = c.Questions - c.Decided - c.Mentioned - c.Gaps
	slices.SortStableFunc(c.Domains, func(a, b Domain) int { return b.Gaps - a.Gaps })
	return c
}

// Cover audits a workbook whose questions were found by their words.
func (d *Drafts) Cover() Coverage {
	c := Coverage{}
	for _, s := range d.file.Sections {
		for _, x := range s.Questions {
			c.Questions++
			if len(x.Decide) > 0 {
				c.Decided++
				continue
			}
			c.Gaps++
		}
	}
	return c
}

// Text is the audit for a person.
func (c Coverage) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "coverage without evidence: of %d questions, %d are decided by our controls, %d are touched in part, %d are gaps", c.Questions, c.Decided, c.Mentioned, c.Gaps)
	if c.Unknown > 0 {
		fmt.Fprintf(&b, ", %d are not in the questionnaire", c.Unknown)
	}
	b.WriteString("\n")
	for _, d := range c.Domains {
		fmt.Fprintf(&b, "  %-4s %3d of %3d not decided  %s\n", d.ID, d.Gaps, d.Of, d.Title)
	}
	return b.String()
}
