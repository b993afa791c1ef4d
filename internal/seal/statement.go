package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/evidence"
)

const (
	// StatementType is that of an in-toto statement, version 1 (in-toto/attestation, spec/v1/statement.md).
	StatementType = "https://in-toto.io/Statement/v1"
	// TestResult is the predicate of a run (in-toto/attestation, spec/predicates/test-result.md).
	TestResult = "https://in-toto.io/attestation/test-result/v0.1"
	// indexName is the subject of a run's statement: the canonical index, whose SHA-256 is the run digest.
	indexName = "arxctl-run-index.json"
)

// Statement is an in-toto statement with a predicate of type P.
type Statement[P any] struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     P         `json:"predicate"`
}

// Subject is what a statement is about.
type Subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// testResult is the predicate of a run. The lists name checks.
type testResult struct {
	Result        string       `json:"result"` // PASSED, WARNED or FAILED
	Configuration []descriptor `json:"configuration"`
	Passed        []string     `json:"passedTests"`
	Warned        []string     `json:"warnedTests"`
	Failed        []string     `json:"failedTests"` // also what could not look, was not run or does not apply: nothing was shown
}

// The lists of a test result, as they are named in it.
const (
	StatedPassed = "passedTests"
	StatedWarned = "warnedTests"
	StatedFailed = "failedTests"
)

// What a result can be.
const (
	resultPassed = "PASSED"
	resultWarned = "WARNED"
	resultFailed = "FAILED"
)

// descriptor is in-toto's ResourceDescriptor (spec/v1/resource_descriptor.md).
type descriptor struct {
	Name   string            `json:"name,omitempty"`
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest,omitempty"`
}

// statementOf says of a run what its seal signs. It is a pure function of the
// run, so that a verifier can say it again and compare.
func statementOf(r *Run) Statement[testResult] {
	p := testResult{Result: resultPassed, Passed: []string{}, Warned: []string{}, Failed: []string{}}
	for _, e := range r.Records {
		switch e.Outcome {
		case evidence.Pass:
			p.Passed = append(p.Passed, e.Check.ID)
		case evidence.Warn:
			p.Warned = append(p.Warned, e.Check.ID)
			p.Result = resultWarned
		default:
			p.Failed = append(p.Failed, e.Check.ID)
		}
	}
	// Nothing assessed, or not all that was asked for, is no pass.
	if len(p.Failed) > 0 || !r.Complete || len(r.Records)+len(r.Withheld) == 0 {
		p.Result = resultFailed
	}
	for _, list := range [][]string{p.Passed, p.Warned, p.Failed} {
		slices.Sort(list)
	}
	tool, version, _ := strings.Cut(r.Tool, " ")
	p.Configuration = []descriptor{{Name: tool, URI: "pkg:golang/github.com/arxsec/arxctl@" + strings.ReplaceAll(version, " ", "+")}}
	if r.Config != "" {
		p.Configuration = append(p.Configuration, descriptor{Name: "arxctl.yaml", Digest: map[string]string{"sha256": r.Config}})
	}
	if s := r.Source; s != nil {
		p.Configuration = append(p.Configuration, descriptor{Name: "source", URI: "git+" + s.Repository, Digest: map[string]string{"gitCommit": s.Commit}})
	}
	return Statement[testResult]{StatementType, []Subject{{indexName, map[string]string{"sha256": r.Digest}}}, TestResult, p}
}

// SignRun returns the seal of a run: a Sigstore bundle around a DSSE envelope
// around an in-toto statement about the run's index. A run of which records are
// withheld is not signed: its seal is the one that it was made with.
func SignRun(r *Run, key *PrivateKey) ([]byte, error) {
	if len(r.Withheld) > 0 {
		return nil, fmt.Errorf("%d records are withheld from this run; sign the whole one", len(r.Withheld))
	}
	return Sign(statementOf(r), key)
}

// Sign returns a Sigstore bundle around a DSSE envelope around a statement.
func Sign[P any](st Statement[P], key *PrivateKey) ([]byte, error) {
	payload, err := Canonical(st)
	if err != nil {
		return nil, err
	}
	return sign(payload, key)
}

// Open reads a seal into st. With keys, the signature must verify with one of
// them; without, it is not looked at. path is for messages; every error is a
// *Broken.
func Open[P any](path string, sealed []byte, keys []PublicKey, st *Statement[P]) (*Opened, error) {
	o, err := openBundle(path, sealed, keys)
	if err != nil {
		return nil, err
	}
	if err := DecodeCanonical(o.Payload, st); err != nil {
		var head struct{ PredicateType string } // the key may have signed something else than what is expected here
		if json.Unmarshal(o.Payload, &head) == nil && head.PredicateType != "" {
			return nil, &Broken{path, fmt.Sprintf("the statement, of type %q: %v", head.PredicateType, err)}
		}
		return nil, &Broken{path, "the statement: " + err.Error()}
	}
	return o, nil
}

// VerifyRun holds the seal of a run against the run and the keys that the
// verifier brought. Without keys the signature is not looked at and KeyID stays
// empty. path is the seal's, for messages. A *Broken error says what does not
// hold.
func VerifyRun(path string, sealed []byte, r *Run, keys []PublicKey) (*Opened, error) {
	var st Statement[testResult]
	o, err := Open(path, sealed, keys, &st)
	if err != nil {
		return nil, err
	}
	if err := holdAgainst(st, r); err != nil {
		return nil, &Broken{path, err.Error()}
	}
	lists := map[string]string{}
	for list, ids := range map[string][]string{StatedPassed: st.Predicate.Passed, StatedWarned: st.Predicate.Warned, StatedFailed: st.Predicate.Failed} {
		for _, id := range ids {
			lists[id] = list
		}
	}
	o.Stated = map[string]string{}
	for _, id := range r.Withheld {
		o.Stated[id] = lists[id]
		if lists[id] == StatedFailed {
			o.Unshown = append(o.Unshown, id)
		}
	}
	return o, nil
}

func holdAgainst(got Statement[testResult], r *Run) error {
	want := statementOf(r)
	switch {
	case got.Type != want.Type:
		return fmt.Errorf("_type: expected %s, got %q", want.Type, got.Type)
	case got.PredicateType != want.PredicateType:
		return fmt.Errorf("predicateType: expected %s, got %q: this seals something else than a run", want.PredicateType, got.PredicateType)
	case len(got.Subject) != 1 || got.Subject[0].Name != indexName || len(got.Subject[0].Digest) != 1:
		return fmt.Errorf("subject: expected %s with its SHA-256 alone", indexName)
	case got.Subject[0].Digest["sha256"] != r.Digest:
		return fmt.Errorf("seals the run %.12s, and this is the run %.12s: one of them was exchanged or changed", got.Subject[0].Digest["sha256"], r.Digest)
	}
	if len(r.Withheld) > 0 {
		// The outcomes of withheld records are known from the statement alone.
		want.Predicate = withheldFrom(got.Predicate, want.Predicate, r.Withheld)
	}
	a, errA := Canonical(got)
	b, errB := Canonical(want)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	if string(a) != string(b) {
		return errors.New("the outcomes or the configuration that it states are not those of the run")
	}
	return nil
}

// withheldFrom adds to what the visible records say what the statement says of
// the withheld ones, each of which it must name once.
func withheldFrom(stated, visible testResult, withheld []string) testResult {
	named := make(map[string]int, len(withheld)) // how often the statement names each
	for _, id := range withheld {
		named[id] = 0
	}
	merge := func(stated, visible []string) []string {
		all := slices.Clone(visible)
		for _, id := range stated {
			if _, ok := named[id]; ok {
				named[id]++
				all = append(all, id)
			}
		}
		slices.Sort(all)
		return all
	}
	visible.Passed, visible.Warned, visible.Failed = merge(stated.Passed, visible.Passed), merge(stated.Warned, visible.Warned), merge(stated.Failed, visible.Failed)
	switch {
	case len(visible.Failed) > 0 || visible.Result == resultFailed:
		visible.Result = resultFailed
	case len(visible.Warned) > 0:
		visible.Result = resultWarned
	default:
		visible.Result = resultPassed
	}
	for _, n := range named {
		if n != 1 {
			visible.Result = "" // equals no statement
		}
	}
	return visible
}
