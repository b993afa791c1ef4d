package fill

import (
	"cmp"
	"fmt"
	"regexp"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// keep leaves a cell that has an answer. What it says is held against the
// evidence all the same: a Yes that is no longer so is a person's business.
func (d *Decision) keep(f Found, o Options) {
	if d.Now == "" || d.What == Filled && o.Overwrite {
		return
	}
	same := d.Value == d.Now
	why, untrue := d.against(f, o)
	bad := d.Inverted
	if why == "" && typed.Value(d.Now) == "Yes" {
		if why = d.admits(f); why != "" {
			bad = true
		}
	}
	if why == "" && d.Ours && !same {
		why = "arxctl wrote that before, and would not write it today: " + d.today()
	}
	d.Value, d.Unsaid, d.Untrue, d.Lacks = "", "", untrue, nil
	if why != "" {
		where := ""
		if bad {
			where = ", where a Yes would be bad"
		}
		d.hold(fmt.Sprintf("the cell says %q already%s, and %s", clip(d.Now, 40), where, why))
		return
	}
	d.What, d.Why = Kept, "the cell has an answer; --overwrite replaces it where we have one"
	switch {
	case d.Ours:
		d.Why = "the cell has our answer of before, which is the same today; what stands beside it is as it was then, and --overwrite writes both anew"
	case d.Blind:
		d.Why = "the cell has an answer, and what ours rests on was not looked at"
	case d.Expired:
		d.Why = "the cell has an answer, and what ours rests on is beyond its limit"
	}
}

// today is what our answer to a question comes to today.
func (d *Decision) today() string {
	if d.What == Filled {
		return "our answer is " + d.Value
	}
	return d.Why
}

// saidBy is what a comment of ours says, wherever in a comment it stands: people's
// words may come before it. A plan has no evidence, and is told by how we put it.
var saidBy = regexp.MustCompile(regexp.QuoteMeta(questionnaire.DemonstrationText+".") + `|\bDraft, matched by its wording with |\bPlanned(?: for [^:]{1,200}: not in place\b|, without a date: not in place\b|, not in place \()` +
	`|\bEvidence: .*\brun [0-9a-f]{6,}|\bEvidence: .*\bSHA-256 [0-9a-f]{6,}|\(Override by .*, not evidence\.\)`)

// ours reports whether arxctl wrote the answer of a row: what lies beside the
// workbook says so, or the comment beside the answer reads like one of ours.
func ours(sheet string, r layout.Row, o Options) bool {
	_, wrote := o.Wrote[sheet+"!"+r.Answer.Ref]
	return wrote || saidBy.MatchString(r.Comment.Text)
}

// admits says why a Yes that stands in the cell tells of a harm, where nothing of
// ours says that it is not so; empty for others. A role's own value stands.
func (d *Decision) admits(f Found) string {
	if f.Answer != nil && f.Answer.Override != nil && f.Answer.Override.Valued {
		return ""
	}
	const alone = "nothing of ours says that it is not so: "
	if words := match.Harm(d.Question); words != "" {
		return alone + words
	}
	if f.Inverted && (f.Answer == nil || f.Answer.Value == "") {
		return alone + cmp.Or(d.Why, f.Held)
	}
	if f.Directed != "" {
		return alone + f.Directed
	}
	return ""
}

// against is what speaks against the answer that stands in the cell, or nothing,
// and whether that answer is plainly untrue. Words that are no short value may
// claim what does not hold, and so does everything in a question of which nobody
// knows whether a Yes to it is good.
func (d *Decision) against(f Found, o Options) (why string, untrue bool) {
	says, good, bad := typed.Value(d.Now), "Yes", "No"
	switch {
	case f.Inverted:
		good, bad = bad, good
	case f.Held != "":
		bad = ""
	}
	switch d.Status {
	case control.Contradicted:
		why = "a check shows otherwise"
	case control.Planned:
		why = "what we claim is planned and not in place"
	case control.NotApplicable:
		if says == "Yes" {
			return "we say that it does not apply to us", false
		}
		return "", false
	case control.Proven, control.Attested:
		// A person may say No where we could say Yes; a Yes to a harm that is shown not to be tells a buyer of a leak.
		if f.Inverted && says == bad && f.Held == "" {
			return "what we claim shows that it is not so: " + clip(d.Says, 200), true
		}
		return "", false
	default:
		why = contradictedBeside(f, o)
	}
	if why == "" || says != "" && says == bad {
		return "", false
	}
	return why, (d.Status == control.Contradicted || d.Status == control.Planned) && (says == good || says == "NA")
}

// contradictedBeside names a claim near to the question that a check contradicts,
// where no claim decides it: the answer in the cell may be the same claim.
func contradictedBeside(f Found, o Options) string {
	near := questionnaire.MentionsOf(o.Assessed, f.Beside)
	if f.Answer != nil && f.Answer.Value == "" {
		near = append(near, f.Answer.Mentioned...)
	}
	for _, m := range near {
		if m.Status == control.Contradicted {
			return fmt.Sprintf("a check contradicts what we claim near to it (%s): %s", m.ID, clip(m.Why, 200))
		}
	}
	return ""
}
