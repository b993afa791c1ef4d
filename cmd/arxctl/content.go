package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/controls"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/sig"
	"github.com/arxsec/arxctl/templates"
	"github.com/arxsec/arxctl/testdata"
)

// content is where claims, attestations and questionnaires come from: what
// arxctl ships, or a person's own files in its place.
type content struct {
	controls       string   // directory; empty: the shipped claims
	questionnaires string   // directory; empty: the shipped questionnaires
	attestations   []string // files or directories; arxctl ships none
	samples        bool     // add the sample attestations, for the demonstration
	open           bool     // what is answered is a buyer's workbook, in which what has no value is not written
}

// readControls returns the files that claims are decoded from.
func (c content) readControls() ([]yamldoc.File, error) {
	return shipped(controls.FS, "controls", "--controls", c.controls)
}

func (c content) readQuestionnaires() ([]yamldoc.File, error) {
	sub, err := fs.Sub(templates.Questionnaires, "questionnaires")
	if err != nil {
		return nil, err
	}
	return shipped(sub, "templates/questionnaires", "--questionnaires", c.questionnaires)
}

// decodeQuestionnaires returns every questionnaire there is.
func (c content) decodeQuestionnaires() ([]*questionnaire.Questionnaire, error) {
	files, err := c.readQuestionnaires()
	if err != nil {
		return nil, err
	}
	var out []*questionnaire.Questionnaire
	for _, f := range files {
		q, err := questionnaire.Decode(f)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func (c content) readAttestations() ([]yamldoc.File, error) {
	var files []yamldoc.File
	if c.samples {
		sub, err := fs.Sub(testdata.Attestations, "attestations")
		if err != nil {
			return nil, err
		}
		if files, err = yamldoc.Files(sub, "testdata/attestations"); err != nil {
			return nil, err
		}
	}
	for _, p := range c.attestations {
		more, err := filesAt("--attestations", p)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// library decodes claims and attestations, and returns their files.
func (c content) library() (*control.Library, []yamldoc.File, error) {
	claims, err := c.readControls()
	if err != nil {
		return nil, nil, err
	}
	signed, err := c.readAttestations()
	if err != nil {
		return nil, nil, err
	}
	lib, err := control.Decode(claims, signed)
	return lib, append(claims, signed...), err
}

// required refuses an attestation that no claim requires: it would count for
// nothing, and nobody would know that its ID was mistyped.
func (c content) required() error {
	lib, _, err := c.library()
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, x := range lib.Controls {
		for _, id := range x.Requires.Attestations {
			wanted[id] = true
		}
	}
	for _, a := range lib.Attestations {
		if !a.Sample && !wanted[a.ID] {
			return yamldoc.Finding{File: a.At.File, Line: a.At.Of("id"), Field: "id",
				Message: "no claim requires the attestation " + a.ID + ", so it would count for nothing; expected an ID that stands under requires.attestations in controls/"}
		}
	}
	return nil
}

// find returns the file of the questionnaire with this id.
func (c content) find(id string) (yamldoc.File, error) {
	files, err := c.readQuestionnaires()
	if err != nil {
		return yamldoc.File{}, err
	}
	for _, f := range files {
		if questionnaireID(f) == id {
			return f, nil
		}
	}
	return yamldoc.File{}, fail(exitUsage, "there is no questionnaire %q; expected one of %s", id, idsOf(files))
}

// questionnaireID is the id of a questionnaire's file, which is named by it.
func questionnaireID(f yamldoc.File) string {
	return strings.TrimSuffix(filepath.Base(f.Name), filepath.Ext(f.Name))
}

func idsOf(files []yamldoc.File) string {
	var ids []string
	for _, f := range files {
		ids = append(ids, questionnaireID(f))
	}
	return strings.Join(ids, ", ")
}

// sigGenerations reads what the letters of SIG workbooks stand for.
func sigGenerations() ([]sig.Generation, error) {
	b, err := templates.SIG.ReadFile("sig/letters.yaml")
	if err != nil {
		return nil, err
	}
	return sig.Decode(yamldoc.File{Name: "templates/sig/letters.yaml", Body: b})
}

// shippedQuestionnaires names the questionnaires that arxctl carries, for its help.
func shippedQuestionnaires() string {
	files, err := content{}.readQuestionnaires()
	if err != nil {
		return "those of templates/questionnaires" // embedded files that cannot be read are told when one is asked for
	}
	return idsOf(files)
}

// readCustomer returns the file with a customer's variables, if there is one; the
// demonstration has samples of those that it does not give.
func (c content) readCustomer(path string) ([]yamldoc.File, error) {
	var files []yamldoc.File
	if path != "" {
		var err error
		if files, err = filesAt("--customer", path); err != nil {
			return nil, err
		}
		if len(files) > 1 {
			return nil, fail(exitUsage, "--customer %s: expected one file, found %d", path, len(files))
		}
	}
	if !c.samples {
		return files, nil
	}
	sub, err := fs.Sub(testdata.Customers, "customers")
	if err != nil {
		return nil, err
	}
	more, err := yamldoc.Files(sub, "testdata/customers")
	return append(files, more...), err
}

// customerOf reads a customer's file, and refuses what it says of a question that
// no questionnaire has: nothing would ever come of it.
func (c content) customerOf(path string) (questionnaire.Customer, error) {
	files, err := c.readCustomer(path)
	if err != nil || len(files) == 0 {
		return questionnaire.Customer{}, err
	}
	customer, err := questionnaire.DecodeCustomer(files[0])
	if err != nil {
		return customer, err
	}
	known, err := c.decodeQuestionnaires()
	if err == nil && c.questionnaires != "" { // a customer's file may speak of the shipped ones too
		var more []*questionnaire.Questionnaire
		more, err = content{}.decodeQuestionnaires()
		known = append(known, more...)
	}
	if err != nil {
		return customer, err
	}
	return customer, customer.Unknown(known)
}

// shipped returns the files below dir, or those embedded when dir is empty.
func shipped(embedded fs.FS, prefix, flag, dir string) ([]yamldoc.File, error) {
	if dir == "" {
		return yamldoc.Files(embedded, prefix)
	}
	return filesAt(flag, dir)
}

// filesAt reads one YAML file, or all below a directory, that a flag names.
func filesAt(flag, path string) ([]yamldoc.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fail(exitUsage, "%s %s: no such file or directory", flag, path)
	}
	if info.IsDir() {
		files, err := yamldoc.Files(os.DirFS(path), path)
		if err == nil && len(files) == 0 {
			return nil, fail(exitUsage, "%s %s: there is no .yaml file in this directory", flag, path)
		}
		return files, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(exitUsage, "%s %s: %w", flag, path, err)
	}
	return []yamldoc.File{{Name: path, Body: b}}, nil
}

// checksBehind returns the IDs of the checks that the SIG-Lite questions, or the
// sections, rest on.
func checksBehind(questions, sections []string) ([]string, error) {
	c := content{}
	lib, _, err := c.library()
	if err != nil {
		return nil, err
	}
	f, err := c.find("sig-lite")
	if err != nil {
		return nil, err
	}
	q, err := questionnaire.Decode(f)
	if err != nil {
		return nil, err
	}
	behind := map[string][]string{} // question or section -> check IDs
	for _, s := range q.Sections {
		behind[s.ID] = []string{}
		for _, x := range s.Questions {
			behind[x.ID] = []string{}
			for _, k := range lib.Controls {
				if slices.Contains(x.Decide, k.ID) || slices.Contains(x.Mention, k.ID) {
					behind[x.ID] = append(behind[x.ID], k.Requires.Checks...)
				}
			}
			behind[s.ID] = append(behind[s.ID], behind[x.ID]...)
		}
	}
	var ids, bare []string
	for _, want := range slices.Concat(questions, sections) {
		checks, known := behind[want]
		if !known {
			return nil, fail(exitUsage, "SIG-Lite has no question or section %q; expected as E.1.4 or E", want)
		}
		if len(checks) == 0 {
			bare = append(bare, want)
		}
		ids = append(ids, checks...)
	}
	if len(bare) > 0 {
		return nil, fail(exitNothing, "no live check decides %s", strings.Join(bare, ", "))
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
