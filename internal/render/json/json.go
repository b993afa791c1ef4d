// Package json writes a document for programs. Its shape is published as
// docs/schemas/arxctl.answers.v1.schema.json.
package json

import (
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

// SchemaName is the value of the field schema in every file.
const SchemaName = "arxctl.answers/v1"

// Format returns the JSON format.
func Format() render.Format {
	return render.Format{Name: "json", Extension: ".json", Describe: "answers for programs, with a published schema",
		Layouts: []string{questionnaire.LayoutQuestionnaire, questionnaire.LayoutReport}, Render: write}
}

type document struct {
	Schema        string         `json:"schema"`
	Questionnaire string         `json:"questionnaire"`
	Title         string         `json:"title"`
	Framework     string         `json:"framework"`
	Layout        string         `json:"layout"`
	Notice        string         `json:"notice"`
	Demonstration string         `json:"demonstration,omitempty"`
	Samples       bool           `json:"samples"`
	Audience      string         `json:"audience,omitempty"` // absent: nothing is held back
	HeldBack      []heldBack     `json:"held_back,omitempty"`
	AsOf          string         `json:"as_of"`
	Run           run            `json:"run"`
	Counts        map[string]int `json:"counts"`
	Answers       []answer       `json:"answers"`
	NotVerifiable []notShown     `json:"not_verifiable"`
}

type run struct {
	Digest   string    `json:"digest"`
	Signed   bool      `json:"signed"`
	KeyID    string    `json:"key_id,omitempty"`
	Complete bool      `json:"complete"`
	Tool     string    `json:"tool"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Stack    stack     `json:"stack"`
}

type stack struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Environment string            `json:"environment"`
	Build       string            `json:"build"`
	Identity    map[string]string `json:"identity"`
}

type answer struct {
	Question     string      `json:"question"`
	Section      string      `json:"section"`
	Topic        string      `json:"topic"`
	Requirement  string      `json:"requirement,omitempty"`
	Citation     string      `json:"citation,omitempty"`
	Text         string      `json:"text,omitempty"`
	POC          string      `json:"poc,omitempty"`
	Status       string      `json:"status"`
	Value        string      `json:"value"`
	Ownership    string      `json:"ownership,omitempty"`
	Sentence     string      `json:"sentence"`
	Details      []string    `json:"details"`
	Controls     []decider   `json:"controls"`
	Evidence     []line      `json:"evidence"`
	Attested     []attested  `json:"attested"`
	Mentioned    []mentioned `json:"mentioned"`
	See          []see       `json:"see"`
	DoesNotProve []string    `json:"does_not_prove"`
	Gap          *gap        `json:"gap,omitempty"`
	Sample       bool        `json:"sample"`
	Override     *override   `json:"override,omitempty"`
}

type heldBack struct {
	Kind  string `json:"kind"` // check or attestation
	ID    string `json:"id"`
	Level string `json:"level"`
}

type override struct {
	Owner    string `json:"owner"`
	Reason   string `json:"reason"`
	Expires  string `json:"expires"`
	Value    string `json:"value_from_evidence"`
	Sentence string `json:"sentence_from_evidence"`
}

type decider struct {
	ID     string `json:"id"`
	Claim  string `json:"claim"`
	Status string `json:"status"`
	Why    string `json:"why"`
	Scope  string `json:"scope"`
	Owner  string `json:"owner"`
	Refs   []ref  `json:"refs"`
}

type ref struct {
	ID     string `json:"id"`
	Part   bool   `json:"part"`
	Reason string `json:"reason"`
}

type line struct {
	Check    string     `json:"check"`
	Title    string     `json:"title"`
	Outcome  string     `json:"outcome"`
	Good     int        `json:"k"`
	Counted  int        `json:"n"`
	Unit     string     `json:"unit"`
	Failed   []string   `json:"failed"`
	Excluded []string   `json:"excluded"`
	When     *time.Time `json:"when,omitempty"`
	POC      string     `json:"poc,omitempty"`
	Digest   string     `json:"run"`
	Reason   string     `json:"reason"`
	ToSee    string     `json:"to_see,omitempty"`
	Limits   string     `json:"does_not_prove,omitempty"`
	Held     string     `json:"held_back,omitempty"`
	Text     string     `json:"text"`
}

type attested struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Supplied  bool   `json:"supplied"`
	Statement string `json:"statement,omitempty"`
	Role      string `json:"role,omitempty"`
	Date      string `json:"date,omitempty"`
	Expires   string `json:"expires,omitempty"`
	Artefact  string `json:"artefact,omitempty"`
	SHA256    string `json:"sha256,omitempty"`
	Sample    bool   `json:"sample"`
	Reason    string `json:"reason,omitempty"`
	Text      string `json:"text"`
}

type mentioned struct {
	ID     string `json:"id"`
	Claim  string `json:"claim"`
	Status string `json:"status"`
	Why    string `json:"why"`
	Scope  string `json:"scope"`
	Sample bool   `json:"sample"`
	Part   string `json:"part,omitempty"`
}

type see struct {
	Check   string `json:"check"`
	Command string `json:"command"`
}

type gap struct {
	Owner string `json:"suggested_owner"`
	Need  string `json:"need"`
}

type notShown struct {
	What    string `json:"what"`
	Instead string `json:"instead"`
}

func write(w io.Writer, in render.Input) error {
	if in.Doc == nil {
		return errors.New("json: there is no document to render")
	}
	d := in.Doc
	out := document{Schema: SchemaName, Questionnaire: d.ID, Title: d.Title, Framework: d.Framework, Layout: d.Layout, Notice: d.Notice,
		Demonstration: d.Demonstration, Samples: d.Samples, AsOf: d.AsOf.UTC().Format(time.DateOnly),
		Run: run{Digest: d.RunDigest, Signed: d.KeyID != "", KeyID: d.KeyID, Complete: d.RunComplete, Tool: d.Tool, Started: d.RunStarted.UTC(), Ended: d.RunEnded.UTC(),
			Stack: stack{d.Stack.Name, d.Stack.Kind, d.Stack.Environment, d.Stack.Build, orEmpty(d.Stack.Identity)}},
		Counts: map[string]int{}, Answers: []answer{}, NotVerifiable: []notShown{}}
	if d.Audience != questionnaire.Private {
		out.Audience = string(d.Audience)
	}
	checks, attestations := d.Held.IDs()
	for _, id := range checks {
		out.HeldBack = append(out.HeldBack, heldBack{"check", id, string(d.Held.Checks[id])})
	}
	for _, id := range attestations {
		out.HeldBack = append(out.HeldBack, heldBack{"attestation", id, string(d.Held.Attestations[id])})
	}
	for _, c := range d.Counts {
		out.Counts[string(c.Status)] = c.N
	}
	for _, s := range d.Sections {
		for _, a := range s.Answers {
			out.Answers = append(out.Answers, convert(a))
		}
	}
	for _, n := range d.NotVerifiable {
		out.NotVerifiable = append(out.NotVerifiable, notShown{n.What, n.Instead})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func convert(a questionnaire.Answer) answer {
	out := answer{Question: a.Question, Section: a.Section, Topic: a.Topic, Requirement: a.Requirement, Citation: a.Citation, POC: a.POC, Text: a.Text, Ownership: a.Ownership,
		Status: string(a.Status), Value: a.Value, Sentence: a.Sentence, Details: list(a.Details), DoesNotProve: list(a.DoesNotProve), Sample: a.Sample,
		Controls: []decider{}, Evidence: []line{}, Attested: []attested{}, Mentioned: []mentioned{}, See: []see{}}
	for _, c := range a.Controls {
		refs := []ref{}
		for _, r := range c.Refs {
			refs = append(refs, ref{r.ID, r.Part, r.Reason})
		}
		out.Controls = append(out.Controls, decider{c.ID, c.Claim, string(c.Status), c.Why, string(c.Scope), c.Owner, refs})
	}
	for _, l := range a.Evidence {
		x := line{Check: l.Check, Title: l.Title, Outcome: l.Outcome, Good: l.Good, Counted: l.Counted, Unit: l.Unit, Failed: list(l.Failed),
			Excluded: list(l.Excluded), POC: l.POC, Digest: l.Digest, Reason: l.Reason, ToSee: l.ToSee, Limits: l.DoesNotProve, Held: l.Held, Text: l.Text}
		if !l.When.IsZero() {
			when := l.When.UTC()
			x.When = &when
		}
		out.Evidence = append(out.Evidence, x)
	}
	for _, s := range a.Attested {
		x := attested{ID: s.ID, Status: string(s.Status), Supplied: s.Found, Sample: s.Sample, Reason: s.Reason, Text: s.Text}
		if s.Found {
			x.Statement, x.Role, x.Artefact, x.SHA256 = s.Statement, s.Role, s.Artefact, s.SHA256
			x.Date, x.Expires = s.Date.Format(time.DateOnly), s.Expires.Format(time.DateOnly)
		}
		out.Attested = append(out.Attested, x)
	}
	for _, m := range a.Mentioned {
		out.Mentioned = append(out.Mentioned, mentioned{m.ID, m.Claim, string(m.Status), m.Why, string(m.Scope), m.Sample, m.Part})
	}
	for _, s := range a.See {
		out.See = append(out.See, see{s.Check, s.Command})
	}
	if o := a.Override; o != nil {
		out.Override = &override{o.Owner, o.Reason, o.Expires.Format(time.DateOnly), o.Value, o.Sentence}
	}
	if a.Gap != nil {
		out.Gap = &gap{a.Gap.Owner, a.Gap.Need}
	}
	return out
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
