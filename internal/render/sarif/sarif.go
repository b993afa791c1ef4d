// Package sarif writes a run as SARIF 2.1.0 (OASIS Standard, errata 01), the
// format in which code hosts and result managers take findings: a rule a check,
// a result a unit that failed, could not be seen or is weak, and one a check
// that passed. The structures are our own: the libraries that write SARIF bring
// a validator that can open network connections into the program; the tests
// read what is written here with one of them.
package sarif

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/markdown"
)

const (
	schemaURI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	home      = "https://github.com/arxsec/arxctl"
	// fingerprint names how partialFingerprints are made (3.27.17): the SHA-256 of
	// check, unit, what was looked at, and which of equal ones it is.
	fingerprint = "checkUnitWhat/v1"
)

// Format returns the format.
func Format() render.RunFormat {
	return render.RunFormat{Name: "sarif", Describe: "SARIF 2.1.0 for code hosts: rules, results, suppressions for waivers, baseline state", Render: write}
}

func write(w io.Writer, in render.RunInput) error {
	if in.Run == nil {
		return errors.New("sarif: there is no run to write")
	}
	results := resultsOf(in)
	if in.Before != nil {
		results = compared(results, resultsOf(beforeInput(in)))
	}
	rules, index := rulesOf(in, results)
	for i := range results {
		results[i].RuleIndex = index[results[i].RuleID]
	}
	version := strings.TrimSpace(strings.TrimPrefix(in.Run.Tool, "arxctl "))
	if version == "" {
		version = "unknown"
	}
	id := in.UUIDs()("run")
	doc := sarifLog{Schema: schemaURI, Version: "2.1.0", Runs: []run{{
		Tool:        tool{driver{Name: "arxctl", Version: version, InformationURI: home, Rules: rules}},
		Automation:  automation{ID: "arxctl/" + id, GUID: id},
		Invocations: []invocation{invocationOf(in, index)},
		Results:     results,
		Properties:  runProperties(in),
	}}}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// resultsOf makes the results of a run, without their state against a baseline.
func resultsOf(in render.RunInput) []result {
	results := []result{}
	id := in.UUIDs()
	seen := map[string]int{}
	add := func(e evidence.Evidence, kind, level string, t render.Trouble, text string) {
		key := strings.Join([]string{e.Check.ID, t.Unit, t.What}, "\x00")
		seen[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, seen[key]))
		r := result{RuleID: e.Check.ID, Kind: kind, Level: level, Message: message{plain(text)}, Locations: []location{where(in, e, t.Unit)},
			Partial: map[string]string{fingerprint: hex.EncodeToString(sum[:])}, GUID: id("result\x00" + key + fmt.Sprint(seen[key])),
			Properties: map[string]any{"outcome": e.Outcome, "reason": e.Reason, "command": in.Command(e), "checkVersion": e.Check.Version, "collected": stamp(in.When(e))}}
		if t.Kind != "" {
			r.Properties["object"], r.Properties["what"], r.Properties["want"], r.Properties["got"], r.Properties["via"], r.Properties["fix"] = t.Unit, t.What, t.Want, t.Got, t.Via, t.Fix
		}
		if in.Verdict != nil {
			r.Suppressions = &[]suppression{}
			waiver := t.Waiver
			if t.Kind == "" && kind != "pass" {
				waiver = in.Waiver(e)
			}
			if waiver != nil {
				r.Suppressions = &[]suppression{suppressed(*waiver)}
			}
		}
		results = append(results, r)
	}
	for _, e := range shown(in) {
		whole := render.Trouble{Fix: render.Remedy(e)}
		troubles := in.Troubles(e)
		for _, t := range troubles {
			kind, level := "fail", "error"
			switch t.Kind {
			case render.Unseen:
				kind, level = "open", "none" // 3.27.10: only a fail has a level
			case render.Weak:
				level = "warning"
			}
			add(e, kind, level, t, text(in, e, t))
		}
		switch {
		case e.Outcome == evidence.Pass:
			add(e, "pass", "none", whole, e.Check.Title+": "+e.Reason)
		case e.Outcome == evidence.NotApplicable:
			add(e, "notApplicable", "none", whole, e.Check.Title+": "+e.Reason)
		case e.Outcome == evidence.Fail && len(troubles) == 0:
			add(e, "fail", "error", whole, e.Check.Title+": "+e.Reason)
		case len(troubles) == 0: // not run, or a reason that names no unit
			add(e, "open", "none", whole, fmt.Sprintf("%s: %s: %s", e.Check.Title, e.Outcome, e.Reason))
		}
	}
	if why := render.Nothing(in.Run); why != "" {
		add(nothing(why), "fail", "error", render.Trouble{}, why)
	}
	return results
}

// shown is every record, with what was withheld and what the gate adds.
func shown(in render.RunInput) []evidence.Evidence {
	return slices.Concat(in.Run.Records, in.Hidden(), in.Breaches())
}

func nothing(why string) evidence.Evidence {
	return evidence.Evidence{Outcome: evidence.Inconclusive, Reason: why, Check: evidence.Doc{ID: render.NothingAssessed, Version: 1, Title: "Something was assessed",
		Proves: "That the run says anything about the stack.", Fix: "Select at least one check whose door is configured; see: arxctl check --list"}}
}

func text(in render.RunInput, e evidence.Evidence, t render.Trouble) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: wanted %s, got %s.", t.Unit, t.What, t.Want, t.Got)
	if t.Via != "" {
		fmt.Fprintf(&b, "\nVia: %s", t.Via)
	}
	fmt.Fprintf(&b, "\nFix: %s\nCommand: %s", t.Fix, in.Command(e))
	for _, w := range in.Lapsed(e.Check.ID) {
		b.WriteString("\n" + render.WaiverText(w))
	}
	return b.String()
}

// suppressed is a waiver in force: kept outside the source, accepted by a named
// person. One that expired suppresses nothing.
func suppressed(w gate.Waiver) suppression {
	return suppression{Kind: "external", Status: "accepted", Justification: render.WaiverText(w), Properties: map[string]any{
		"owner": w.Owner, "ticket": w.Ticket, "approvedBy": w.ApprovedBy, "expires": stamp(w.Expires), "source": w.Source}}
}

// where is the unit, as a logical location, in the configuration that led to it.
// Code hosts want a file to show a result at.
func where(in render.RunInput, e evidence.Evidence, unit string) location {
	name, kind := unit, "resource"
	if name == "" {
		name, kind = e.Check.ID, "check"
	}
	file := render.RelativeURI(in.Config)
	if file == "" {
		file = "arxctl.yaml"
	}
	return location{Physical: &physical{artifact{file}, region{1}}, Logical: []logical{{Name: name, Full: e.Check.ID + "/" + name, Kind: kind}}}
}

func rulesOf(in render.RunInput, results []result) ([]rule, map[string]int) {
	docs := map[string]evidence.Evidence{render.NothingAssessed: nothing(render.Nothing(in.Run))}
	if in.Before != nil {
		for _, e := range in.Before.Records {
			docs[e.Check.ID] = e
		}
	}
	for _, e := range shown(in) {
		docs[e.Check.ID] = e
	}
	index := map[string]int{}
	rules := []rule{}
	for _, r := range results {
		if _, known := index[r.RuleID]; known {
			continue
		}
		index[r.RuleID] = len(rules)
		e := docs[r.RuleID]
		d := e.Check
		help := fmt.Sprintf("Proves: %s\nDoes not prove: %s\nFix: %s\nSee it yourself: %s", d.Proves, d.DoesNotProve, d.Fix, d.Reproduce)
		md := fmt.Sprintf("**Proves:** %s\n\n**Does not prove:** %s\n\n**Fix:** %s\n\n**See it yourself:**\n\n%s", markdown.Escape(d.Proves), markdown.Escape(d.DoesNotProve), markdown.Escape(d.Fix), markdown.Fence(d.Reproduce))
		rules = append(rules, rule{ID: d.ID, Short: multiformat{Text: plain(orID(d.Title, d.ID))}, Full: multiformat{Text: plain(orID(d.Proves, d.ID))},
			Help: multiformat{plain(help), doubled(md)}, Default: defaults{"error"},
			Properties: map[string]any{"tags": []string{"security", e.Family()}, "version": d.Version, "doors": append([]string{}, d.Doors...), "doesNotProve": d.DoesNotProve}})
	}
	return rules, index
}

func orID(s, id string) string {
	if strings.TrimSpace(s) == "" {
		return id
	}
	return s
}

// invocationOf says whether the run saw everything. A result set with holes in
// it is no successful execution (3.58.6: an error notification is a failed run).
func invocationOf(in render.RunInput, index map[string]int) invocation {
	v := invocation{Successful: in.Run.Complete && render.Assessed(in.Run) > 0, Start: stamp(in.Run.Started), End: stamp(in.Run.Ended), Notifications: []notification{}}
	tell := func(level, id string, e evidence.Evidence, text string) {
		n := notification{Level: level, Message: message{plain(text)}, Descriptor: &ruleRef{ID: id}, Time: stamp(in.When(e))}
		if i, ok := index[e.Check.ID]; ok {
			n.Rule = &ruleRef{ID: e.Check.ID, Index: &i}
		}
		v.Notifications = append(v.Notifications, n)
	}
	for _, e := range shown(in) {
		switch e.Outcome {
		case evidence.Pass, evidence.Warn, evidence.Fail, evidence.NotApplicable:
		case evidence.NotRun:
			tell("warning", "not-run", e, e.Check.ID+" was not run: "+e.Reason)
		default:
			v.Successful = false
			tell("error", "could-not-look", e, e.Check.ID+" could not look: "+e.Reason)
		}
	}
	if !in.Run.Complete {
		tell("error", "incomplete", evidence.Evidence{}, "the run was interrupted before every selected check had ended")
	}
	if why := render.Nothing(in.Run); why != "" {
		tell("error", render.NothingAssessed, nothing(why), why)
	}
	return v
}

func runProperties(in render.RunInput) map[string]any {
	p := map[string]any{"signed": in.KeyID != "", "signature": in.Signature(), "complete": in.Run.Complete, "assessed": render.Assessed(in.Run), "stack": in.Run.Stack}
	for k, v := range map[string]string{"runDigest": in.Digest, "keyId": in.KeyID, "demonstration": in.Demonstration(), "configSha256": in.Run.Config} {
		if v != "" {
			p[k] = v
		}
	}
	if in.Run.Source != nil {
		p["source"] = in.Run.Source
	}
	if in.Verdict != nil {
		p["verdict"] = in.Verdict
	}
	return p
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// plain makes a plain text message (3.11.3) of any text: braces are doubled,
// since single ones are placeholders (3.11.5), and what would read as a link is
// parted (3.11.6). Properties hold the text as it was.
func plain(s string) string {
	return doubled(strings.ReplaceAll(s, "](", "] ("))
}

func doubled(s string) string { return strings.NewReplacer("{", "{{", "}", "}}").Replace(s) }
