package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
)

// baseline holds the run against an earlier one.
func (j *judge) baseline() {
	if j.Baseline == nil {
		return
	}
	j.sound("the baseline", j.Baseline, false)
	j.signed("the baseline", j.BaselineSignature)
	d, rules := Diff(j.Baseline, j.Run), j.Policy.rules()
	j.v.Required++
	if d.OtherStack || d.Backwards || d.Before.Seen == 0 {
		got := "a run of " + side1(d.Before) + ", the baseline; and of " + side1(d.After)
		switch {
		case d.Backwards:
			got = fmt.Sprintf("the baseline ended %s, after the run", d.Before.Ended.UTC().Format("2006-01-02T15:04:05Z07:00"))
		case d.Before.Seen == 0:
			got = "a baseline in which nothing was looked at"
		}
		j.breach(Breach{Rule: "baseline", Object: "the baseline", Want: "an earlier run of the same stack that looked", Got: got, Fix: "give an earlier run of the same name, kind and environment with --baseline", Command: "arxctl diff BASELINE " + orElse(j.RunPath, "run.json"), Code: codeBlind})
	}
	if rules.NoNewFailures {
		j.v.Required++
		for _, t := range d.NewFailures {
			e, _ := j.Run.Find(t.Check)
			b := j.worse("no_new_failures", t, codeFailed)
			if e.Check.Reproduce != "" {
				b.Command = e.Check.Reproduce
			}
			waived := func(u string) bool { return j.waiver(t.Check, u, InForce) != nil }
			if o, _ := apart(e, waived); o == evidence.Pass || o == evidence.Warn {
				if !slices.ContainsFunc(j.v.Waived, func(x Breach) bool { return x.Check == t.Check }) {
					j.excused(b, e)
				}
				continue
			}
			j.once(b)
		}
	}
	if rules.NoLostSight {
		j.v.Required++
		for _, t := range d.NewlyBlind {
			e, _ := j.Run.Find(t.Check)
			if door := e.ClosedDoor(); door != "" && slices.Contains(j.Policy.ClosedDoors, door) {
				j.v.Exempted = append(j.v.Exempted, j.worse("no_lost_sight", t, codeBlind))
				continue
			}
			j.once(j.worse("no_lost_sight", t, codeBlind))
		}
	}
	if rules.NoShrunkCoverage {
		j.v.Required++
		for _, c := range d.Shrunk {
			units := slices.Concat(c.Gone, slices.Sorted(maps.Keys(c.Excluded)))
			var how []string
			if len(c.Gone) > 0 {
				how = append(how, "left the population: "+some(c.Gone))
			}
			if len(c.Excluded) > 0 {
				how = append(how, "newly left out: "+some(slices.Sorted(maps.Keys(c.Excluded))))
			}
			j.breach(Breach{Rule: "no_shrunk_coverage", Check: c.Check, Object: c.Check + "  coverage", Units: units, Want: fmt.Sprintf("the %d %s of the baseline", c.Before, c.Unit), Got: fmt.Sprintf("%d; %s", c.After, strings.Join(how, "; ")),
				Fix: "bring them back within reach of the check; where they are rightly gone, take this run as the new baseline", Command: j.look(c.Check), Code: codeBlind})
		}
	}
}

func side1(s Side) string {
	return fmt.Sprintf("%s (%s, %s)", orElse(s.Stack.Name, "an unnamed stack"), orElse(s.Stack.Kind, "no kind"), orElse(s.Stack.Environment, "no environment"))
}

func (j *judge) worse(rule string, t Turn, code int) Breach {
	e, _ := j.Run.Find(t.Check)
	reason, how, _ := strings.Cut(t.Reason, evidence.ToSee)
	b := Breach{Rule: rule, Check: t.Check, Object: t.Check + "  " + t.Title, Units: empty(t.Units), Want: "as in the baseline: " + string(t.Before), Got: string(t.After) + ": " + strings.TrimRight(reason, " ;,"),
		Fix: orElse(how, orElse(e.Check.Fix, "make a run of all that the baseline looked at")), Command: j.look(t.Check), Code: code}
	if t.OtherQuestion {
		b.Got += " (the check's version differs from the baseline's: not the same question)"
	}
	if t.After == Missing {
		b.Command = j.rerun()
	}
	return b
}

// once adds a breach, unless the same check is one already in the same way: then
// that one names this rule too.
func (j *judge) once(b Breach) {
	for i := range j.v.Breaches {
		if x := &j.v.Breaches[i]; x.Check == b.Check && x.Code == b.Code && x.Rule != "waivers" {
			x.Rule += ", " + b.Rule
			return
		}
	}
	j.breach(b)
}
