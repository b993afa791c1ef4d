// Package questionnaire answers the questions of a questionnaire from assessed
// controls. It is pure: the same questionnaire, assessments, run, customer and
// as-of date give the same document, and no clock is read.
package questionnaire

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
)

// Questionnaire is sections of questions as the YAML file gives them.
type Questionnaire struct {
	ID            string          `yaml:"id"`
	Title         string          `yaml:"title"`
	Framework     string          `yaml:"framework"` // sig-lite, or one of control.Frameworks
	Layout        string          `yaml:"layout"`    // questionnaire or report
	Notice        string          `yaml:"notice"`
	Sections      []Part          `yaml:"sections"`
	NotVerifiable []NotVerifiable `yaml:"not_verifiable"`
	Variables     []Variable      `yaml:"variables"`
	Kin           []Kin           `yaml:"kin"`
	At            yamldoc.At      `yaml:"-"`
}

// OwnWords is the questionnaire of a buyer's workbook that is none of ours: its
// questions are named by the cells of their answers.
const OwnWords = "own-words"

// Kin is a question of another questionnaire whose label counts in this one: the
// workbook was recognised as that questionnaire, whether or not it asks all of it.
type Kin struct {
	As       string     `yaml:"as"` // as "sig-lite E.1.4"
	Controls []string   `yaml:"controls"`
	At       yamldoc.At `yaml:"-"`
}

// Part is a titled group of questions.
type Part struct {
	ID        string     `yaml:"id"`
	Title     string     `yaml:"title"`
	Questions []Question `yaml:"questions"`
	At        yamldoc.At `yaml:"-"`
}

// Question lists the controls that decide its value and those that are
// mentioned beside it.
type Question struct {
	ID             string     `yaml:"id"`
	Topic          string     `yaml:"topic"`
	Decide         []string   `yaml:"decide"`
	Mention        []string   `yaml:"mention"`
	POC            string     `yaml:"poc"`
	Requirement    string     `yaml:"requirement"` // HIPAA: required, addressable or standard
	Citation       string     `yaml:"citation"`
	SuggestedOwner string     `yaml:"suggested_owner"`
	SSRM           string     `yaml:"ssrm"` // CAIQ: who owns the control, one of Owners; blank where the answer is NA
	Text           string     `yaml:"text"` // official wording, only where its licence allows it to be shipped
	As             string     `yaml:"as"`   // of a buyer's workbook: the question of ours that it is, as "sig-lite E.1.4"; overrides of that one are of this one
	At             yamldoc.At `yaml:"-"`
}

// Variable declares a [placeholder] that a customer fills in.
type Variable struct {
	Name    string     `yaml:"name"`
	What    string     `yaml:"what"`
	Example string     `yaml:"example"`
	At      yamldoc.At `yaml:"-"`
}

var (
	validID   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	validName = regexp.MustCompile(`^[a-z0-9]+([-.][a-z0-9]+)*$`) // of a questionnaire: with its version, as caiq-4.0.3
	controlCh = regexp.MustCompile(`[\x00-\x1f\x7f]`)
)

// Decode reads one questionnaire strictly. The error is yamldoc.Findings, with
// file and line of every field that is unknown, missing, repeated or malformed;
// what could be read is returned all the same.
func Decode(f yamldoc.File) (*Questionnaire, error) {
	q := &Questionnaire{}
	found := yamldoc.Of(yamldoc.Decode(f.Name, f.Body, q))
	if q.At.File == "" {
		q.At.File = f.Name
	}
	if len(found) > 0 && q.At.Fields == nil { // no field could be read, so none is missing
		return q, found.Err()
	}
	said := slices.Clone(found)
	for _, x := range q.check() { // what is of the wrong kind is not missing as well
		if !slices.ContainsFunc(said, func(y yamldoc.Finding) bool { return y.Field == x.Field && y.Line == x.Line }) {
			found = append(found, x)
		}
	}
	return q, found.Err()
}

func (q *Questionnaire) check() yamldoc.Findings {
	var found yamldoc.Findings
	bad := func(at yamldoc.At, key, field, format string, a ...any) {
		found = append(found, yamldoc.Finding{File: orElse(at.File, q.At.File), Line: at.Of(key), Field: field, Message: fmt.Sprintf(format, a...)})
	}
	if !validName.MatchString(q.ID) {
		bad(q.At, "id", "id", "expected an id as sig-lite or caiq-4.0.3, got %q", q.ID)
	}
	for _, f := range [][2]string{{"title", q.Title}, {"framework", q.Framework}, {"notice", q.Notice}} {
		if f[1] == "" {
			bad(q.At, f[0], f[0], "missing")
		}
	}
	if q.Layout != LayoutQuestionnaire && q.Layout != LayoutReport {
		bad(q.At, "layout", "layout", "expected %s or %s, got %q", LayoutQuestionnaire, LayoutReport, q.Layout)
	}
	if len(q.Sections) == 0 {
		bad(q.At, "sections", "sections", "missing; expected at least one section with questions")
	}
	sections, questions := map[string]int{}, map[string]int{}
	for i, s := range q.Sections {
		field := fmt.Sprintf("sections[%d]", i)
		if s.ID == "" || s.Title == "" {
			bad(s.At, "id", field, "expected an id and a title")
		}
		if first, twice := sections[s.ID]; twice {
			bad(s.At, "id", field+".id", "there are two sections %q; the first is on line %d", s.ID, first)
		}
		sections[s.ID] = s.At.Of("id")
		for j, x := range s.Questions {
			field := fmt.Sprintf("%s.questions[%d]", field, j)
			if x.ID == "" {
				bad(x.At, "id", field+".id", "missing; expected the number of the question")
			}
			if x.Topic == "" {
				bad(x.At, "topic", field+".topic", "missing; expected what the question is about, in your own words")
			}
			if first, twice := questions[x.ID]; twice && x.ID != "" {
				bad(x.At, "id", field+".id", "there are two questions %q; the first is on line %d", x.ID, first)
			}
			questions[x.ID] = x.At.Of("id")
			if x.Requirement != "" && !slices.Contains([]string{"required", "addressable", "standard"}, x.Requirement) {
				bad(x.At, "requirement", field+".requirement", "expected required, addressable or standard, got %q", x.Requirement)
			}
			if x.SSRM != "" && !slices.Contains(Owners(), x.SSRM) {
				bad(x.At, "ssrm", field+".ssrm", "expected one of %s, got %q", strings.Join(Owners(), ", "), x.SSRM)
			}
		}
	}
	for i, v := range q.Variables {
		if !validID.MatchString(v.Name) || v.What == "" {
			bad(v.At, "name", fmt.Sprintf("variables[%d]", i), "expected a name as security-contact and what it stands for")
		}
	}
	return found
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
