package fill

import (
	"cmp"
	"fmt"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/typed"
)

// keep leaves a cell that has an answer. What it says is held against the
// evidence all the same: a Yes that is no longer so is a person's business.
func (d *Decision) keep(f Found, o Options) {
	if d.Now == "" || d.What == Filled && o.Overwrite {
		return
	}
	why, untrue := d.against(f, o)
	bad := d.Inverted
	if why == "" && typed.Value(d.Now) == "Yes" {
		if why = d.admits(f); why != "" {
			bad = true
		}
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
	case d.Blind:
		d.Why = "the cell has an answer, and what ours rests on was not looked at"
	case d.Expired:
		d.Why = "the cell has an answer, and what ours rests on is beyond its limit"
	}
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
