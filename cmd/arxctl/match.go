package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/render"
)

type matchOptions struct {
	*streams
	content
	section string
	set     string
	misses  bool
}

func newMatch(s *streams) *cobra.Command {
	o := &matchOptions{streams: s}
	c := &cobra.Command{
		Use:   "match QUESTION",
		Short: "Say which claim answers a question in a buyer's own words, and why, or that none does",
		Long: "Say which claim answers a question in a buyer's own words, and why, or that none does. Nothing leaves this machine.\n\n" +
			"What is proposed is a draft for review. It is left blank where a near-miss rule forbids the claim, where the claim leaves\n" +
			"words of the question unexplained, where a part has no answer, and where Yes would be the bad answer to a question that no\n" +
			"claim denies. Exit code 4 means that there is no draft.",
		Example: "  arxctl match \"Is customer data encrypted at rest?\"\n  arxctl match \"Can one customer see another's data?\"\n  arxctl match eval",
		Args:    exactly(1, "one question in quotes, or eval"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.match(args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.section, "section", "", "the `HEADING` under which the question stands")
	o.sources(c)
	c.AddCommand(newMatchEval(s))
	return c
}

func newMatchEval(s *streams) *cobra.Command {
	o := &matchOptions{streams: s}
	c := &cobra.Command{
		Use:   "eval",
		Short: "Measure the matcher on questions of which it is known what answers them",
		Long: "Measure the matcher on questions of which it is known what answers them: how many drafts are right, with the 95 % interval\n" +
			"(Wilson), how many of the answerable questions got one, and how often a right claim came first or among the first three.\n" +
			"Half of the set was held out while the matcher was tuned; which half a question belongs to follows from its text. The fresh\n" +
			"set was written from the claims alone, once the matcher was there, and is only reported.",
		Example: "  arxctl match eval\n  arxctl match eval --set questions.yaml --misses",
		Args:    exactly(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return o.eval() },
	}
	f := c.Flags()
	f.StringVar(&o.set, "set", "", "a `FILE` of questions in place of the shipped ones")
	f.BoolVar(&o.misses, "misses", false, "list what went wrong in the tuned half, or in the whole of --set")
	o.sources(c)
	return c
}

func (o *matchOptions) sources(c *cobra.Command) {
	c.Flags().StringVar(&o.content.controls, "controls", "", "a `DIR` of claims in place of the shipped ones")
	c.Flags().StringVar(&o.content.questionnaires, "questionnaires", "", "a `DIR` of questionnaires in place of the shipped ones")
}

// matcher builds a matcher over the claims and questionnaires asked for.
func (c content) matcher() (*match.Matcher, error) {
	lib, _, err := c.library()
	if err != nil {
		return nil, err
	}
	files, err := c.readQuestionnaires()
	if err != nil {
		return nil, err
	}
	var list []*questionnaire.Questionnaire
	for _, f := range files {
		q, err := questionnaire.Decode(f)
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return match.New(lib, list)
}

func (o *matchOptions) match(question string) error {
	if strings.TrimSpace(question) == "" {
		return fail(exitUsage, "expected a question, got nothing")
	}
	m, err := o.content.matcher()
	if err != nil {
		return err
	}
	p := m.Propose(o.section, question)
	o.say("%s: %s", p.State, p.Reason)
	if p.State == match.Draft {
		value := p.Value
		if value == "" {
			value = "none: it asks for words, or a person decides"
		}
		o.say("  value   %s%s", value, onlyIf(p))
		if p.Inverted {
			o.say("          Yes is the bad answer here: the claims hold, so the answer is No")
		}
		o.say("  claims  %s (all must hold)", strings.Join(p.Controls, ", "))
		o.say("  a draft for review: the words were the buyer's own")
	}
	for _, part := range p.Parts {
		said := strings.Join(part.Controls, ", ")
		if said == "" {
			said = "no sure answer: " + part.Reason
		}
		o.say("  part    %q: %s", part.Text, said)
	}
	for _, c := range p.Conflict {
		o.say("  either  %s would say %s: %s", c.Control, orBlank(c.Value), c.Claim)
	}
	for _, c := range p.Candidates {
		o.say("  %.2f    %s, by %s%s", c.Score, c.Control, strings.Join(c.Terms, ", "), leaving(c.Missing))
	}
	for _, r := range p.Refused {
		o.say("  refused %s (%s): %s", r.Control, r.Rule, r.Reason)
	}
	if p.State != match.Draft {
		return because(o.streams, cause{exitNothing, "there is no draft: a person answers it"})
	}
	return nil
}

// onlyIf says on what a value hangs: nothing was looked at here.
func onlyIf(p match.Proposal) string {
	switch {
	case p.Value == "Yes", p.Value == "No" && p.Inverted:
		return ", only where the evidence holds: nothing was looked at here (arxctl fill and render hold it against a run)"
	case p.Value != "":
		return ", as the claim itself says today: it is planned, or out of scope"
	}
	return ""
}

// say writes one line of the report; a question or a claim may be anybody's text.
func (o *matchOptions) say(format string, a ...any) {
	fmt.Fprintln(o.out, render.Inert(strings.TrimRight(strings.Map(printable, fmt.Sprintf(format, a...)), " ")))
}

func leaving(missing []string) string {
	if len(missing) == 0 {
		return ""
	}
	return "; it says nothing of " + strings.Join(missing, ", ")
}

func orBlank(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

func (o *matchOptions) eval() error {
	m, err := o.content.matcher()
	if err != nil {
		return err
	}
	cases, err := match.ShippedCases()
	if o.set != "" {
		body, readErr := os.ReadFile(o.set)
		if readErr != nil {
			return fail(exitUsage, "--set %s: no such file, or it cannot be read", o.set)
		}
		cases, err = match.DecodeCases(yamldoc.File{Name: o.set, Body: body})
	}
	if err != nil {
		return err
	}
	if err := m.Unknown(cases).Err(); err != nil {
		return err
	}
	if o.set != "" {
		o.score("all", m.Evaluate(cases), o.misses)
		return nil
	}
	var tuned, heldOut []match.Case
	for _, c := range cases {
		if c.HeldOut() {
			heldOut = append(heldOut, c)
		} else {
			tuned = append(tuned, c)
		}
	}
	o.score("tuned", m.Evaluate(tuned), o.misses)
	o.score("held out", m.Evaluate(heldOut), false) // its misses stay unseen: who looks at them tunes on them
	fresh, err := match.FreshCases()
	if err != nil {
		return err
	}
	if err := m.Unknown(fresh).Err(); err != nil {
		return err
	}
	o.score("fresh", m.Evaluate(fresh), false)
	return nil
}

func (o *matchOptions) score(name string, s match.Score, misses bool) {
	low, high := s.Filled.Wilson()
	o.say("%s: %d questions, %d of them with an answer", name, s.Cases, s.Answerable)
	o.say("  drafts               %d: %d right, %d wrong", s.Filled.N, s.Filled.K, s.Wrong)
	o.say("  precision of drafts  %s, 95 %% interval %.1f to %.1f %%", s.Filled, 100*low, 100*high)
	o.say("  coverage             %s", s.Coverage)
	o.say("  top-1                %s", s.Top1)
	o.say("  top-3                %s", s.Top3)
	o.say("  wrong polarity       %d", s.BadYes)
	o.say("  conflicts            %d", s.Conflicts)
	if !misses {
		return
	}
	for _, x := range s.Misses {
		kind := "blank"
		if x.Wrong {
			kind = "wrong"
		}
		o.say("  %s  [%s] %s -> %s (%s)", kind, x.Kind, x.Question, orBlank(strings.Join(x.Got.Controls, ", ")), x.Got.Reason)
	}
}
