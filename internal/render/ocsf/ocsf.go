// Package ocsf writes a run as events of the Open Cybersecurity Schema Framework,
// version 1.5.0, class Compliance Finding (2003): one event a check, one JSON
// object a line, as pipelines and data lakes read events. 1.5.0 is the first
// version whose class carries evidences.
package ocsf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
)

// Version is the version of the schema, in metadata.version.
const Version = "1.5.0"

const (
	category = 2    // Findings
	class    = 2003 // Compliance Finding
)

// Format returns the format.
func Format() render.RunFormat {
	return render.RunFormat{Name: "ocsf", Describe: "OCSF " + Version + " Compliance Finding events, one JSON object a line", Render: write}
}

// caption is an enumerated value with the name that the schema gives it.
type caption struct {
	id   int
	name string
}

func write(w io.Writer, in render.RunInput) error {
	if in.Run == nil {
		return errors.New("ocsf: there is no run to write")
	}
	id := in.UUIDs()
	enc := json.NewEncoder(w)
	for _, e := range slices.Concat(in.Run.Records, in.Hidden(), in.Breaches()) {
		if err := enc.Encode(eventOf(in, e, id)); err != nil {
			return err
		}
	}
	if in.Before != nil {
		for _, e := range in.Before.Records {
			if _, still := in.Run.Find(e.Check.ID); !still {
				if err := enc.Encode(gone(in, e, id)); err != nil {
					return err
				}
			}
		}
	}
	if why := render.Nothing(in.Run); why != "" {
		return enc.Encode(eventOf(in, evidence.Evidence{Outcome: evidence.Inconclusive, Reason: why, Check: evidence.Doc{ID: render.NothingAssessed, Version: 1,
			Title: "Something was assessed", Proves: "That the run says anything about the stack.", Fix: "Select at least one check whose door is configured; see: arxctl check --list"}}, id))
	}
	return nil
}

func eventOf(in render.RunInput, e evidence.Evidence, id func(string) string) event {
	activity, status := lifecycle(in, e)
	severity, result := judged(e.Outcome)
	if e.Check.ID == render.NothingAssessed {
		severity, result = caption{4, "High"}, caption{3, "Fail"}
	}
	at := in.When(e).UnixMilli()
	started := at
	if !e.Started.IsZero() {
		started = e.Started.UnixMilli()
	}
	standards := []string{"arxctl checks"}
	v := event{ActivityID: activity.id, ActivityName: activity.name, CategoryUID: category, CategoryName: "Findings", ClassUID: class, ClassName: "Compliance Finding",
		TypeUID: class*100 + activity.id, TypeName: "Compliance Finding: " + activity.name, SeverityID: severity.id, Severity: severity.name,
		StatusID: status.id, Status: status.name, StatusCode: string(e.Outcome), StatusDetail: e.Reason, Time: at, StartTime: started, EndTime: at,
		Message: fmt.Sprintf("%s: %s: %s", e.Check.ID, e.Outcome, e.Reason),
		Metadata: metadata{Version: Version, UID: id("event\x00" + e.Check.ID), Correlation: id("run"), LogName: "arxctl check", LogProvider: "arxctl", Labels: labels(in),
			Product: product{"arxctl", "ArxSec", strings.TrimPrefix(in.Run.Tool, "arxctl ")}, Original: in.When(e).Format("2006-01-02T15:04:05.000Z")},
		FindingInfo: findingInfo{UID: stable(in, e.Check.ID), Title: e.Check.Title, Desc: e.Check.Proves, Created: at, LastSeen: at, Types: []string{e.Family()},
			Analytic: analytic{Name: e.Check.Title, UID: e.Check.ID, TypeID: 1, Type: "Rule", Version: fmt.Sprint(e.Check.Version)}},
		Compliance: compliance{Standards: standards, Control: e.Check.ID, Desc: e.Check.Proves, StatusID: result.id, Status: result.name, Code: string(e.Outcome), Details: []string{e.Reason},
			Checks: []check{{e.Check.ID, e.Check.Title, e.Check.Proves, fmt.Sprint(e.Check.Version), standards, result.id, result.name}}},
		Remediation: remediation{render.Remedy(e)}, Unmapped: rest(in, e)}
	units := map[string]bool{}
	for i, t := range in.Troubles(e) {
		d := datum{string(t.Kind), t.Unit, t.What, t.Want, t.Got, t.Via, t.Fix, t.Layer, t.SQLState, ""}
		if t.Waiver != nil {
			d.Waiver = render.WaiverText(*t.Waiver)
		}
		v.Evidences = append(v.Evidences, evidences{id(fmt.Sprintf("evidence\x00%s\x00%d", e.Check.ID, i)), t.Unit + ": " + t.What, d})
		v.Compliance.Details = append(v.Compliance.Details, fmt.Sprintf("%s: %s: wanted %s, got %s", t.Unit, t.What, t.Want, t.Got))
		if !units[t.Unit] {
			units[t.Unit] = true
			v.Resources = append(v.Resources, resource{t.Unit, stable(in, "unit\x00"+t.Unit), e.Population.Unit})
		}
	}
	if len(v.Resources) == 0 {
		v.Resources = []resource{{in.Run.Stack.Name, stable(in, "stack"), "stack"}}
	}
	if waived := in.Waiver(e); waived != nil {
		v.Comment = render.WaiverText(*waived)
	}
	return v
}

// gone is a check that the baseline holds and this run does not: what is no
// longer looked at is not resolved.
func gone(in render.RunInput, was evidence.Evidence, id func(string) string) event {
	e := evidence.Evidence{Check: was.Check, Outcome: evidence.NotRun, Reason: fmt.Sprintf("in the baseline (%s), and not in this run", was.Outcome)}
	return eventOf(in, e, id)
}

// lifecycle is what became of a finding since the baseline, and its state: a
// waiver in force suppresses, only a pass after a failure resolves.
func lifecycle(in render.RunInput, e evidence.Evidence) (activity, status caption) {
	activity, status = caption{1, "Create"}, caption{1, "New"}
	good := e.Outcome == evidence.Pass || e.Outcome == evidence.Warn
	if was, ok := in.Was(e.Check.ID); ok {
		bad := was.Outcome == evidence.Fail || was.Outcome == evidence.Inconclusive
		switch {
		case good && bad:
			activity, status = caption{3, "Close"}, caption{4, "Resolved"}
		default:
			activity = caption{2, "Update"}
		}
	}
	if in.Waiver(e) != nil {
		status = caption{3, "Suppressed"}
	}
	return activity, status
}

// judged maps an outcome to severity_id and compliance.status_id. The schema
// keeps Warning for what gave no result for want of information.
func judged(o evidence.Outcome) (severity, status caption) {
	switch o {
	case evidence.Pass:
		return caption{1, "Informational"}, caption{1, "Pass"}
	case evidence.Warn:
		return caption{2, "Low"}, caption{99, "Passed with warnings"}
	case evidence.Fail:
		return caption{4, "High"}, caption{3, "Fail"}
	case evidence.NotApplicable:
		return caption{1, "Informational"}, caption{99, "Not applicable"}
	case evidence.NotRun:
		return caption{2, "Low"}, caption{2, "Warning"}
	}
	return caption{3, "Medium"}, caption{2, "Warning"}
}

// stable is the same for the same thing in the same stack, run after run.
func stable(in render.RunInput, name string) string {
	s := in.Run.Stack
	return render.StableUUID(strings.Join([]string{"stack", s.Name, s.Kind, s.Environment, name}, "\x00"))
}

func labels(in render.RunInput) []string {
	list := []string{"unsigned"}
	if in.KeyID != "" {
		list[0] = "signed"
	}
	if in.Demonstration() != "" {
		list = append(list, "demonstration")
	}
	if !in.Run.Complete {
		list = append(list, "incomplete")
	}
	return list
}

func rest(in render.RunInput, e evidence.Evidence) unmapped {
	s := in.Run.Stack
	u := unmapped{RunDigest: in.Digest, Signature: in.Signature(), KeyID: in.KeyID, Complete: in.Run.Complete, Stack: s.Name, StackKind: s.Kind, Environment: s.Environment, Build: s.Build,
		Identity: s.Identity, Demonstration: in.Demonstration(), Command: in.Command(e), DoesNotProve: e.Check.DoesNotProve, UnitsGood: e.Good(), Units: len(e.Population.Expected)}
	if in.Verdict != nil {
		u.Gate = in.Verdict.Summary
	}
	for _, w := range in.Lapsed(e.Check.ID) {
		u.Waivers = append(u.Waivers, render.WaiverText(w))
	}
	if was, ok := in.Was(e.Check.ID); ok {
		u.Before = fmt.Sprintf("%s: %s", was.Outcome, was.Reason)
	} else if in.Before != nil {
		u.Before = "not in the baseline"
	}
	return u
}
