// Package questionnairetest gives the tests of questionnaires and formats a
// document in which every status occurs, made by the real decoder, assessment
// and builder from a small made-up run.
package questionnairetest

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
)

//go:embed *.yaml
var files embed.FS

// AsOf is the day on which the fixtures are looked at.
func AsOf() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }

// Digest is the made-up run digest.
func Digest() string { return strings.Repeat("5eed", 16) }

// Customer fills in the one placeholder of the fixture.
func Customer() questionnaire.Customer {
	return questionnaire.Customer{Variables: map[string]string{"security-contact": "security@example.com"}}
}

// Library decodes the fixture's controls and attestations.
func Library() *control.Library {
	lib, err := control.Decode([]yamldoc.File{read("controls.yaml")}, []yamldoc.File{read("attestations.yaml")})
	if err != nil {
		panic(err) // the fixture itself is wrong
	}
	return lib
}

// Questionnaire decodes the fixture's questionnaire.
func Questionnaire() *questionnaire.Questionnaire {
	q, err := questionnaire.Decode(read("questionnaire.yaml"))
	if err != nil {
		panic(err)
	}
	return q
}

// Run is a run in which rows.read passed, rows.write warned, log.refusal
// failed on one of three units and limits.budget could not see.
func Run() *evidence.Run {
	return &evidence.Run{Tool: "arxctl test", Started: noon(0), Ended: noon(2), Complete: true,
		Stack: evidence.Stack{Name: "made-up stack", Kind: "reference", Environment: "disposable", Build: "1.4.0+demo",
			Identity: map[string]string{"server": "PostgreSQL 15", "replicas": "2"}},
		Records: []evidence.Evidence{
			Record("limits.budget", "pools", []string{"low pool", "high pool"}, func(o *evidence.Observation) {
				if o.Unit == "high pool" && o.Kind == evidence.Claim {
					o.Blind = "the replica did not answer; to see this: start both replicas"
				}
			}),
			Record("log.refusal", "partitions", []string{"audit_log", "audit_log_2026_10", "audit_log_2026_11"}, func(o *evidence.Observation) {
				if o.Unit == "audit_log_2026_10" && o.Kind == evidence.Claim {
					o.Got = "1"
				}
			}),
			Record("rows.read", "tenant tables", []string{"agents", "orders", "invoices"}, nil),
			Record("rows.write", "tenant tables", []string{"agents", "orders", "invoices"}, func(o *evidence.Observation) {
				if o.Unit == "orders" && o.Kind == evidence.Advice {
					o.Got = "old"
				}
			}),
		}}
}

// Record makes the evidence of one check over units; change may spoil an
// observation. Its outcome is what Judge gives.
func Record(id, unit string, units []string, change func(*evidence.Observation)) evidence.Evidence {
	e := evidence.Evidence{Started: noon(0), Ended: noon(1), Population: evidence.Population{Unit: unit, Expected: units},
		Check: evidence.Doc{ID: id, Version: 1, Title: "Made-up check " + id, Proves: "That the made-up thing holds.",
			DoesNotProve: "Anything about a real stack.", Fix: "Mend it.", Reproduce: fmt.Sprintf("arxctl check --only %s -c \"$ARXCTL_CONFIG\"", id), Doors: []string{"db"}}}
	for _, u := range units {
		for _, o := range []evidence.Observation{
			{Unit: u, What: "own rows are there", Via: "SELECT count(*) FROM t", Want: evidence.AtLeast(1), Got: "2", Kind: evidence.Sight},
			{Unit: u, What: "foreign rows seen", Via: "SELECT count(*) FROM t WHERE tenant <> 'a'", Want: evidence.AtMost(0), Got: "0", Kind: evidence.Claim},
			{Unit: u, What: "server version", Via: "SHOW server_version", Want: evidence.Equals("new"), Got: "new", Kind: evidence.Advice},
		} {
			if change != nil {
				change(&o)
			}
			e.Observations = append(e.Observations, o)
		}
	}
	e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
	return e
}

// Document is the fixture's document, with every status in it.
func Document() *questionnaire.Document {
	info := questionnaire.RunInfo{Run: Run(), Digest: Digest()}
	d, err := questionnaire.Build(Questionnaire(), control.Assess(Library(), info.Run, AsOf()), info, Customer(), AsOf())
	if err != nil {
		panic(err)
	}
	return d
}

func read(name string) yamldoc.File {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return yamldoc.File{Name: name, Body: b}
}

func noon(minutes int) time.Time { return time.Date(2026, 11, 20, 12, minutes, 0, 0, time.UTC) }
