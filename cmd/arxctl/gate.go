package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/gate/report"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
	renderall "github.com/arxsec/arxctl/internal/render/all"
	"github.com/arxsec/arxctl/internal/seal"
)

type gateOptions struct {
	*streams
	content
	policy, run, baseline string
	asOf                  string
	config                string
	keys, outputs         []string
	reads                 []string // what the policy names
}

func newGate(s *streams) *cobra.Command {
	o := &gateOptions{streams: s}
	c := &cobra.Command{
		Use:   "gate",
		Short: "Hold a run against a policy: green is one line, red says what to do",
		Long: "Hold a run against a policy. Without --policy: every check that arxctl ships and every one in the run, but for those that\n" +
			"send load, passed or warned, at most 24 hours ago; a check that is not in the run, or whose door is closed, is red.\n" +
			"Nothing assessed is never green. --as-of takes a moment (RFC 3339), or a day, which stands for its end in UTC.\n\n" +
			"A policy:\n\n" + policyExample + "\nFormats:\n" + gateFormatHelp(),
		Example: "  arxctl gate --run run.json\n  arxctl gate --policy policy.yaml --run run.json --baseline released.json --key ci.pub --output text --output junit:gate.xml",
		Args:    exactly(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return o.hold() },
	}
	f := c.Flags()
	f.StringVar(&o.policy, "policy", "", "the policy `FILE`")
	f.StringVar(&o.run, "run", "", "the run `FILE` that is held against it (required)")
	f.StringVar(&o.baseline, "baseline", "", "an earlier run `FILE` that this one may not be worse than")
	f.StringVar(&o.asOf, "as-of", "", "judge ages and waivers as of this `MOMENT` (RFC 3339, or a day; now by default)")
	f.StringArrayVar(&o.keys, "key", nil, "public key `FILE` that a signature is verified with; without signed_by in the policy, one of these must have signed")
	f.StringArrayVar(&o.outputs, "output", []string{"text"}, "`FORMAT[:PATH]`; may be given several times")
	f.StringVarP(&o.config, "config", "c", "", "the stack's `FILE`, for the commands that are printed; it is not read")
	f.StringVar(&o.content.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	f.StringVar(&o.content.questionnaires, "questionnaires", "", "a `DIR` of questionnaires in place of the shipped ones")
	f.StringSliceVar(&o.content.attestations, "attestations", nil, "`FILE` or directory of attestations; arxctl ships none")
	return c
}

// gateFormatHelp lists the formats of a verdict, and those of a run that carry it.
func gateFormatHelp() string {
	lines := []string{"  text            green is one line; red is object, rule, want, got, units, fix and a command to paste", "  json            the verdict: every breach, what is waived, exempted, and each waiver's state"}
	for _, f := range renderall.RunFormats() {
		if f.Name != "json" {
			lines = append(lines, fmt.Sprintf("  %-15s the run, with the verdict: %s", f.Name, f.Describe))
		}
	}
	return strings.Join(lines, "\n")
}

const policyExample = `  version: 1
  name: release
  require:                            # of a check, the most specific line counts
    deterministic: warn               # pass is always good enough; warn and not-applicable only where named
    checks: {tenancy.*: pass, auditlog.chain: [pass, not-applicable]}
    families: {bootkey: pass}
    controls: {tenant-isolation-rls: proven}
    questions: {sig-lite/E.1.4: [proven, attested]}
  stack: {name: Acme, environment: shared}
  max_age: 24h
  signed_by: [ci.pub]                 # public keys, from the policy's own directory, or key IDs
  baseline: {no_new_failures: true, no_lost_sight: true, no_shrunk_coverage: true}
  closed_doors: [boot]                # may be closed by declaration in arxctl.yaml
  waivers: waivers.yaml               # - {check, unit, reason, owner, ticket, approved_by, expires}
`

func (o *gateOptions) hold() error {
	if o.run == "" {
		return fail(exitUsage, "--run: expected the run that is held against the policy; make one with: arxctl check --run run.json")
	}
	asOf, err := asOfMoment(o.asOf)
	if err != nil {
		return err
	}
	outputs, err := parseOutputs(o.outputs, append([]string{"text"}, renderall.RunNames()...))
	if err != nil {
		return err
	}
	if err := targets(append([]string{o.run, o.policy, o.baseline}, o.keys...), paths(outputs)...); err != nil {
		return err
	}
	in, run, err := o.input(asOf)
	if err != nil {
		return err
	}
	if err := targets(o.reads, paths(outputs)...); err != nil {
		return err
	}
	v, err := gate.Evaluate(*in)
	if err != nil {
		return err
	}
	about := render.RunInput{Run: in.Run, Digest: run.Digest, KeyID: in.Signature.KeyID, Verdict: v, Before: in.Baseline, Config: o.config, RunPath: o.run, Withheld: run.Withheld}
	err = writeAll(o.streams, outputs, func(w io.Writer, format string) error {
		switch f, ok := renderall.FindRun(format); {
		case format == "json":
			return report.JSON(w, v)
		case ok:
			return f.Render(w, about)
		}
		return report.VerdictText(w, v)
	})
	if err != nil {
		return err
	}
	codes := []int{exitOK}
	for _, b := range v.Breaches {
		codes = append(codes, b.Code)
	}
	return quit(worst(codes...))
}

// input reads everything that the verdict is a function of.
func (o *gateOptions) input(asOf time.Time) (*gate.Input, *seal.Run, error) {
	in := &gate.Input{Policy: gate.DefaultPolicy(), AsOf: asOf, RunPath: o.run, Config: o.config}
	for _, c := range all.Checks() {
		in.Shipped = append(in.Shipped, c.Doc())
	}
	dir := ""
	if o.policy != "" {
		files, err := filesAt("--policy", o.policy)
		if err != nil {
			return nil, nil, err
		}
		if len(files) != 1 {
			return nil, nil, fail(exitUsage, "--policy %s: expected one file, found %d", o.policy, len(files))
		}
		if in.Policy, err = gate.DecodePolicy(files[0]); err != nil {
			return nil, nil, err
		}
		dir = filepath.Dir(o.policy)
	}
	if w := in.Policy.Waivers; w != "" {
		o.reads = append(o.reads, beside(dir, w))
		files, err := filesAt("the policy's waivers:", beside(dir, w))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range files {
			list, err := gate.DecodeWaivers(f, asOf)
			if err != nil {
				return nil, nil, err
			}
			in.Waivers = append(in.Waivers, list...)
		}
	}
	keys, err := o.signers(in, dir)
	if err != nil {
		return nil, nil, err
	}
	run, err := seal.Read(o.run)
	if err != nil {
		return nil, nil, err
	}
	noteWithheld(o.streams, o.run, run)
	in.Run, in.Signature = &run.Run, signatureOf(o.run, run, keys)
	if err := o.before(in, run, keys); err != nil {
		return nil, nil, err
	}
	return in, run, o.claims(in, run)
}

// noteWithheld says which records a run file does not show: whatever compares it
// takes them for missing.
func noteWithheld(s *streams, path string, run *seal.Run) {
	if len(run.Withheld) > 0 {
		note(s, "%s: these records were withheld, and count as missing: %s", path, strings.Join(run.Withheld, ", "))
	}
}

// before reads the baseline.
func (o *gateOptions) before(in *gate.Input, run *seal.Run, keys []seal.PublicKey) error {
	if o.baseline == "" {
		if in.Policy.Compares() {
			return fail(exitUsage, "%s:%d: baseline: the policy compares with an earlier run; give it with --baseline RUN", o.policy, in.Policy.At.Of("baseline"))
		}
		return nil
	}
	base, err := seal.Read(o.baseline)
	if err != nil {
		return err
	}
	noteWithheld(o.streams, o.baseline, base)
	if base.Digest == run.Digest {
		return fail(exitUsage, "--baseline %s: is the run itself, which is never worse than itself; expected an earlier one", o.baseline)
	}
	in.Baseline, in.BaselineSignature = &base.Run, signatureOf(o.baseline, base, keys)
	return nil
}

// claims assesses controls and answers questions, where the policy asks for any.
func (o *gateOptions) claims(in *gate.Input, run *seal.Run) error {
	if len(in.Policy.Require.Controls)+len(in.Policy.Require.Questions) == 0 {
		return nil
	}
	lib, _, err := o.content.library()
	if err != nil {
		return err
	}
	in.Controls, in.Documents = control.Assess(lib, in.Run, in.AsOf), map[string]*questionnaire.Document{}
	for _, id := range in.Policy.Questionnaires() {
		file, err := o.content.find(id)
		if err != nil {
			return err
		}
		q, err := questionnaire.Decode(file)
		if err != nil {
			return err
		}
		// No status depends on what a customer fills in: names stand for values.
		customer := questionnaire.Customer{Variables: map[string]string{}}
		for _, v := range q.Variables {
			customer.Variables[v.Name] = v.Name
		}
		if in.Documents[id], err = questionnaire.Build(q, in.Controls, questionnaire.RunInfo{Run: in.Run, Digest: run.Digest}, customer, in.AsOf); err != nil {
			return err
		}
	}
	return nil
}

// asOfMoment reads --as-of: a moment, or a day, which stands for its last second.
func asOfMoment(text string) (time.Time, error) {
	if text == "" {
		return time.Now().UTC(), nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fail(exitUsage, "--as-of %s: expected a moment as 2026-11-21T18:00:00Z, or a day as 2026-11-21", text)
	}
	return t.UTC(), nil
}
