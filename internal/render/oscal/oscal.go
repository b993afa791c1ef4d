// Package oscal writes a run as OSCAL 1.2.1 assessment results (NIST), for tools
// of governance and audit. Each check is a locally defined control objective;
// what it saw are observations; a finding says satisfied or not. What could not
// be looked at, and what did not run, is not satisfied: nothing passes by
// default. A waiver makes a risk whose deviation is approved, never a satisfied
// objective.
package oscal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/render"
)

// Version is the version of the model, in the field oscal-version.
const Version = "1.2.1"

// namespace qualifies our own property names.
const namespace = "https://github.com/arxsec/arxctl/ns/oscal"

// Format returns the format.
func Format() render.RunFormat {
	return render.RunFormat{Name: "oscal", Describe: "OSCAL " + Version + " assessment results: observations, findings, risks", Render: write}
}

// document builds the file; its ids are a function of the run.
type document struct {
	in   render.RunInput
	id   func(string) string
	out  result
	unit map[string]string // unit -> UUID of its inventory item
}

func write(w io.Writer, in render.RunInput) error {
	if in.Run == nil {
		return errors.New("oscal: there is no run to write")
	}
	d := &document{in: in, id: in.UUIDs(), unit: map[string]string{}}
	run := in.Run
	d.out = result{UUID: d.id("result"), Title: title("Checks of arxctl on " + run.Stack.Name), Description: prose(describe(in)),
		Start: stamp(run.Started), End: stamp(run.Ended), Props: d.runProps(), Remarks: prose(remarks(in))}
	d.out.Local = localDefinitions{Components: []component{{UUID: d.id("stack"), Type: "system", Title: title(run.Stack.Name),
		Description: prose("The system under examination, build " + run.Stack.Build), Props: d.stackProps(), Status: state{State: "operational"}}},
		Assets: assets{Components: []component{{UUID: d.id("tool"), Type: "software", Title: "arxctl", Description: prose(run.Tool), Status: state{State: "operational"}}},
			Platforms: []platform{{UUID: d.id("platform"), Title: "arxctl", Uses: []uses{{d.id("tool")}}}}}}
	local := objectives{}
	d.out.Reviewed = reviewed{Description: "The checks that came to an outcome. Each is an objective defined in this document."}
	var controls []controlID
	var selected []objectiveID
	for _, e := range slices.Concat(run.Records, in.Hidden(), in.Breaches()) {
		local.List = append(local.List, objective(e.Check))
		if e.Outcome != evidence.NotRun {
			controls, selected = append(controls, controlID{token(e.Check.ID)}), append(selected, objectiveID{objectiveOf(e.Check.ID)})
		}
		d.check(e)
	}
	if why := render.Nothing(run); why != "" {
		doc := evidence.Doc{ID: render.NothingAssessed, Title: "Something was assessed", Proves: "That the run says anything about the stack.",
			Fix: "Select at least one check whose door is configured; see: arxctl check --list"}
		local.List = append(local.List, objective(doc))
		controls, selected = append(controls, controlID{doc.ID}), append(selected, objectiveID{objectiveOf(doc.ID)})
		d.finding(evidence.Evidence{Check: doc, Outcome: evidence.Inconclusive, Reason: why}, nil, nil)
	}
	d.out.Reviewed.Controls, d.out.Reviewed.Objectives = []controlSelection{{controls}}, []objectiveSelection{{selected}}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(file{assessmentResults{UUID: d.id("assessment-results"),
		Metadata: metadata{Title: title("Assessment results of " + run.Stack.Name), LastModified: stamp(run.Ended), Version: line(d.id("version")), OSCAL: Version,
			Props: d.runProps(), Remarks: prose(in.Demonstration())},
		ImportAP: importAP{Href: "#" + d.id("plan"), Remarks: "There is no assessment plan apart from the checks: each check's own documentation says what it looks at and how."},
		Local:    &local, Results: []result{d.out}, BackMatter: backMatter{d.resources()}}})
}

// check adds a check's observations, risk and finding.
func (d *document) check(e evidence.Evidence) {
	var related []relatedObs
	var failing []relatedObs
	if e.Outcome != evidence.NotRun {
		o := d.observed(e, "check\x00"+e.Check.ID)
		o.Title, o.Description, o.Types = title(e.Check.Title), prose(e.Reason), []string{"control-objective"}
		o.Subjects = []subject{{d.id("stack"), "component", title(d.in.Run.Stack.Name)}}
		o.Evidence = []relevant{{Href: "#" + d.id("run"), Description: prose(fmt.Sprintf("The record of %s in the run: %d of %d %s good, %d observations.", e.Check.ID, e.Good(), len(e.Population.Expected), e.Population.Unit, len(e.Observations)))}}
		o.Remarks = prose("Does not prove: " + e.Check.DoesNotProve)
		d.out.Observations = append(d.out.Observations, o)
		related = append(related, relatedObs{o.UUID})
	}
	for i, t := range d.in.Troubles(e) {
		o := d.observed(e, fmt.Sprintf("trouble\x00%s\x00%d", e.Check.ID, i))
		o.Title, o.Types = title(t.Unit+": "+t.What), []string{"finding"}
		o.Description = prose(fmt.Sprintf("%s: %s: wanted %s, got %s.", t.Unit, t.What, t.Want, t.Got))
		o.Props = append(o.Props, d.prop("object", t.Unit), d.prop("kind", string(t.Kind)), d.prop("want", t.Want), d.prop("got", t.Got))
		o.Subjects = []subject{{d.inventory(t.Unit, e.Population.Unit), "inventory-item", title(t.Unit)}}
		o.Evidence = []relevant{{Href: "#" + d.id("run"), Description: seen(t)}}
		o.Remarks = prose("Fix: " + t.Fix)
		if t.Waiver != nil {
			o.Remarks += "\n\n" + prose(render.WaiverText(*t.Waiver))
		}
		d.out.Observations = append(d.out.Observations, o)
		related, failing = append(related, relatedObs{o.UUID}), append(failing, relatedObs{o.UUID})
	}
	var risks []relatedRisk
	if e.Outcome == evidence.Fail || e.Outcome == evidence.Inconclusive {
		if len(failing) == 0 {
			failing = related
		}
		risks = []relatedRisk{{d.risk(e, failing)}}
	}
	if e.Outcome != evidence.NotApplicable { // it says neither: the observation shows that there is nothing to satisfy
		d.finding(e, related, risks)
	}
}

// observed is what every observation of a check has in common. A check without
// an effect on the stack examines it; one that acts and looks what happens tests
// it (NIST SP 800-53A, appendix C).
func (d *document) observed(e evidence.Evidence, name string) observation {
	method := "TEST"
	if len(e.Check.Effects) == 0 {
		method = "EXAMINE"
	}
	at := d.in.When(e)
	return observation{UUID: d.id(name), Methods: []string{method}, Origins: d.origins(), Collected: stamp(at), Expires: stamp(at.AddDate(0, 0, int(control.DefaultFresh))),
		Props: []property{d.prop("check", e.Check.ID), d.prop("check-version", fmt.Sprint(e.Check.Version)), d.prop("outcome", string(e.Outcome))}}
}

func (d *document) risk(e evidence.Evidence, related []relatedObs) string {
	r := risk{UUID: d.id("risk\x00" + e.Check.ID), Title: title(e.Check.ID + ": " + e.Check.Title), Description: prose(e.Reason), Status: "open", Observations: related,
		Statement:    prose("It is not shown that this holds: " + e.Check.Proves),
		Remediations: []response{{d.id("fix\x00" + e.Check.ID), "recommendation", "Fix", prose(render.Remedy(e))}}}
	if w := d.in.Waiver(e); w != nil {
		r.Status, r.Deadline = "deviation-approved", stamp(w.Expires)
		r.Props = []property{d.prop("waiver-owner", w.Owner), d.prop("waiver-ticket", w.Ticket), d.prop("waiver-approved-by", w.ApprovedBy)}
		r.Description += "\n\n" + prose(render.WaiverText(*w))
	}
	for _, w := range d.in.Lapsed(e.Check.ID) {
		r.Description += "\n\n" + prose(render.WaiverText(w))
	}
	d.out.Risks = append(d.out.Risks, r)
	return r.UUID
}

func (d *document) finding(e evidence.Evidence, related []relatedObs, risks []relatedRisk) {
	f := finding{UUID: d.id("finding\x00" + e.Check.ID), Title: title(e.Check.ID + ": " + e.Check.Title), Description: prose(e.Reason), Origins: d.origins(),
		Props: []property{d.prop("outcome", string(e.Outcome))}, Observations: related, Risks: risks,
		Target: target{Type: "objective-id", ID: objectiveOf(e.Check.ID), Title: title(e.Check.Title), Status: state{State: "not-satisfied", Reason: "other", Remarks: prose(e.Reason)}}}
	switch e.Outcome {
	case evidence.Pass, evidence.Warn:
		f.Target.Status.State, f.Target.Status.Reason = "satisfied", "pass"
	case evidence.Fail:
		f.Target.Status.Reason = "fail"
	}
	if e.Outcome != evidence.Pass {
		f.Remarks = prose("Fix: "+render.Remedy(e)) + "\n\n" + command(d.in.Command(e))
	}
	if d.in.Before != nil {
		text := "Not in the baseline."
		if was, ok := d.in.Was(e.Check.ID); ok {
			text = fmt.Sprintf("In the baseline: %s: %s", was.Outcome, was.Reason)
		}
		f.Remarks += "\n\n" + prose(text)
	}
	d.out.Findings = append(d.out.Findings, f)
}

// inventory returns the inventory item of a unit, adding it when it is new.
func (d *document) inventory(unit, kind string) string {
	if id := d.unit[unit]; id != "" {
		return id
	}
	id := d.id("unit\x00" + unit)
	d.unit[unit] = id
	d.out.Local.Inventory = append(d.out.Local.Inventory, inventoryItem{UUID: id, Description: prose(unit), Props: []property{d.prop("unit-of", kind)}, Implements: []uses{{d.id("stack")}}})
	return id
}

func (d *document) origins() []origin { return []origin{{[]actor{{"tool", d.id("tool")}}}} }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
