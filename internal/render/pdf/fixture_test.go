package pdf

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

const digest = "3f0c9a5d1e7b42688f14c0d2a9b6e37518cc40d7fa2b93e6015d7c8e9fab1234"

var (
	began = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	asOf  = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
)

// fixtureRun has one check of every outcome.
func fixtureRun() *evidence.Run {
	tables := []string{"public.agents", "public.audit_log", "public.deployments", "public.keys", "public.members", "public.notes"}
	record := func(id, title string, outcome evidence.Outcome, reason string, seen ...evidence.Observation) evidence.Evidence {
		return evidence.Evidence{
			Check: evidence.Doc{
				ID: id, Version: 2, Title: title,
				Proves:       "Acting for one tenant, the application's role neither reads nor changes what another tenant owns, on every table of the catalogue.",
				DoesNotProve: "That production has the same policies and grants.",
				Fix:          "Enable and force row-level security on the table, with a policy for every command.",
				Reproduce:    "psql \"$APP_DSN\" -c \"BEGIN; SELECT set_config('request.jwt.claims', '{\\\"org_id\\\":\\\"$ORG_A\\\"}', true); SELECT count(*) FROM agents WHERE org_id = '$ORG_B'; ROLLBACK\"",
				Doors:        []string{"db"}, Effects: []string{"rolled-back"},
			},
			Outcome: outcome, Reason: reason, Observations: seen,
			Population: evidence.Population{Unit: "tenant tables", Expected: tables, Excluded: map[string]string{"public.notes": "declared as scratch space"}},
			Started:    began, Ended: began.Add(420 * time.Millisecond),
		}
	}
	met := evidence.Observation{Unit: "public.agents", What: "rows of B seen as A", Via: "SELECT count(*) FROM public.agents", Want: evidence.Equals("0"), Got: "0", Kind: evidence.Claim}
	harm := evidence.Observation{
		Unit: "public.deployments", What: "rows of B changed as A", Kind: evidence.Claim, Want: evidence.Equals("0"), Got: "14", SQLState: "00000",
		Via: "BEGIN;\nSELECT set_config('request.jwt.claims', '{\"org_id\":\"6f1c\"}', true);\nUPDATE public.deployments SET version = version;\nROLLBACK;",
		Fix: "CREATE POLICY tenant_update ON public.deployments FOR UPDATE USING (org_id = current_org())",
	}
	blind := evidence.Observation{Unit: "replica 2", What: "429 beyond the budget", Via: "GET /v1/agents", Want: evidence.Equals("429"), Kind: evidence.Sight, Blind: "the connection was refused"}
	advice := evidence.Observation{Unit: "server", What: "version without known holes", Via: "SHOW server_version", Want: evidence.AtLeast(150019), Got: "150018", Kind: evidence.Advice}
	many := []evidence.Observation{met}
	for i := range 20 {
		o := harm
		o.Unit = fmt.Sprintf("public.partition_%02d", i)
		many = append(many, o)
	}
	return &evidence.Run{
		Tool:    "arxctl 0.1.0",
		Stack:   fixtureStack(),
		Started: began, Ended: began.Add(9 * time.Second), Complete: true,
		Records: []evidence.Evidence{
			record("auditlog.refusal", "Writes to the audit log are refused by the trigger", evidence.Fail, "public.partition_00: rows changed: wanted 0, got 14 (and 19 more)", many...),
			record("ratelimit.budget", "The budget holds over both replicas together", evidence.Inconclusive, "replica 2: 429 beyond the budget: could not be seen: the connection was refused", met, blind),
			record("tenancy.read", "No tenant reads another tenant's rows", evidence.Pass, "5 of 6 tenant tables", met),
			record("tenancy.server", "The server has no known hole in row security", evidence.Warn, "server: version without known holes: wanted at least 150019, got 150018", met, advice),
			record("tenancy.write", "No tenant changes another tenant's rows", evidence.Fail, "public.deployments: rows of B changed as A: wanted 0, got 14", met, harm),
		},
	}
}

func fixtureStack() evidence.Stack {
	return evidence.Stack{
		Name: "arx reference stack", Kind: "reference", Environment: "disposable", Build: "v1.4.2-31-g0a1b2c3",
		Identity: map[string]string{"server": "PostgreSQL 15.18", "db.system_identifier": "7581230094412345678", "replicas": "api-1, api-2"},
	}
}

// fixtureAnswer makes an answer with this status, with everything that such an
// answer carries.
func fixtureAnswer(section, id string, st control.Status) questionnaire.Answer {
	a := questionnaire.Answer{
		Section: section, Question: id, Topic: "Logical access is limited to what each tenant was granted, and the limits are tried",
		POC: "§1", Status: st, DoesNotProve: []string{"That roles and grants in production are the same, nor isolation in backups, caches, logs or copies outside this database."},
	}
	line := questionnaire.Line{Check: "tenancy.read", Title: "No tenant reads another tenant's rows", Outcome: "pass", Good: 23, Counted: 23, Unit: "tenant tables", When: began, POC: "§1", Digest: digest[:12]}
	decider := questionnaire.Decider{ID: "tenant-isolation-rls", Claim: "Row-level security keeps tenants apart: acting for one tenant, the application can neither see nor change another tenant's rows.", Status: st, Why: "23 of 23 tenant tables, whole population, fresh", Scope: control.POC, Owner: "Head of Engineering",
		Refs: []control.Ref{{Framework: "soc2", ID: id, Part: true, Reason: "Shows on every tenant table that logical access stops at the tenant."}}}
	a.Controls = []questionnaire.Decider{decider}
	a.Mentioned = []questionnaire.Mention{{ID: "tenant-isolation-production", Claim: "Production uses the same tenant policies, roles and grants as the build that was examined.", Status: control.Unproven, Why: "awaits the catalogue of the production database", Scope: control.Production}}
	a.See = []questionnaire.See{{Check: "tenancy.read", Command: fixtureReproduce}}
	switch st {
	case control.Proven:
		a.Value, a.Sentence, a.Live = "Yes", "Yes: row-level security keeps tenants apart, shown on build v1.4.2 in environment disposable on 20 November 2026.", true
		warn := line
		warn.Check, warn.Title, warn.Outcome, warn.Reason = "tenancy.server", "The server has no known hole in row security", "warn", "version 150018, advised at least 150019"
		a.Evidence = []questionnaire.Line{line, warn}
		a.Details = []string{"Warning: the server is one minor version behind the one advised."}
	case control.Contradicted:
		a.Value, a.Sentence, a.Live = "No", "No: 1 of 23 tenant tables let tenant A change rows of tenant B (public.deployments) on 20 November 2026.", true
		line.Check, line.Title, line.Outcome, line.Good = "tenancy.write", "No tenant changes another tenant's rows", "fail", 22
		line.Failed, line.Reason = []string{"public.deployments"}, "public.deployments: rows of B changed as A: wanted 0, got 14"
		a.Evidence = []questionnaire.Line{line}
	case control.Unproven:
		a.Sentence, a.Live, a.Blind = "Not answered from evidence: the second replica could not be reached, so the shared budget was not seen.", true, true
		line.Check, line.Title, line.Outcome, line.Good, line.Reason, line.ToSee = "ratelimit.budget", "The budget holds over both replicas together", "inconclusive", 1, "replica 2 refused the connection", "start replica 2 and run the check again"
		a.Evidence = []questionnaire.Line{line}
		a.Gap = &questionnaire.Gap{Owner: "Head of Platform", Need: "Both replicas running while the check looks"}
	case control.Stale:
		a.Sentence, a.Expired = "Left blank: attested by the CISO on 1 September 2025, and that attestation has expired.", true
		a.Attested, a.Sample, a.See = []questionnaire.Signed{fixtureSigned(control.Stale)}, true, nil
	case control.Attested:
		a.Value, a.Sentence, a.See = "Yes", "Yes: attested by the CISO on 1 September 2026.", nil
		a.Attested, a.Sample = []questionnaire.Signed{fixtureSigned(control.Attested)}, true
	case control.Planned:
		a.Value, a.Sentence, a.See = "No", "No: planned for FY27, not in place.", nil
	case control.NotApplicable:
		a.Value, a.Sentence, a.See, a.Mentioned = "NA", "Not applicable: the product stores no cardholder data.", nil, nil
	case control.Unanswered:
		a = questionnaire.Answer{Section: section, Question: id, Topic: a.Topic, Status: st, Sentence: "Not answered: no control decides this.",
			Gap: &questionnaire.Gap{Owner: "CISO", Need: "An answer from the people who run the programme"}}
	}
	return a
}

const fixtureReproduce = `psql "$APP_DSN" -X <<'SQL'
BEGIN;
SELECT set_config('request.jwt.claims', json_build_object('org_id', :'org_a')::text, true);
SELECT count(*) AS foreign_rows FROM public.agents WHERE org_id = :'org_b';
ROLLBACK;
SQL`

func fixtureSigned(st control.Status) questionnaire.Signed {
	return questionnaire.Signed{
		Signed: control.Signed{ID: "acceptable-use-policy", Status: st, Found: true, Statement: "The policy is in force for all staff.", Role: "CISO", Date: asOf, Expires: asOf.AddDate(1, 0, 0), Artefact: "Acceptable use policy (sample)", SHA256: strings.Repeat("ab", 32), Sample: true},
		Text:   "SAMPLE The policy is in force for all staff.",
	}
}

// soc2Groups are the criteria of SOC 2 by number, 61 in all.
var soc2Groups = []struct {
	id    string
	title string
	n     int
}{
	{"CC1", "Control environment", 5}, {"CC2", "Communication and information", 3}, {"CC3", "Risk assessment", 4},
	{"CC4", "Monitoring", 2}, {"CC5", "Control activities", 3}, {"CC6", "Logical and physical access", 8},
	{"CC7", "System operations", 5}, {"CC8", "Change management", 1}, {"CC9", "Risk mitigation", 2},
	{"A1", "Availability", 3}, {"C1", "Confidentiality", 2}, {"PI1", "Processing integrity", 5}, {"P", "Privacy", 18},
}

// soc2Document has every status many times over.
func soc2Document() *questionnaire.Document {
	d := &questionnaire.Document{
		ID: "soc2", Title: "SOC 2 readiness", Framework: "soc2", Layout: questionnaire.LayoutReport,
		Notice: "What the evidence of one run says about each criterion, in our own words. It is neither an opinion nor a report by an auditor.",
		Stack:  fixtureStack(), Tool: "arxctl 0.1.0", RunStarted: began, RunEnded: began.Add(9 * time.Second), RunComplete: true,
		RunDigest: digest, AsOf: asOf, Demonstration: questionnaire.DemonstrationText, Samples: true,
		NotVerifiable: []questionnaire.NotVerifiable{
			{What: "That staff follow the access policy every working day.", Instead: "Ask for the access reviews of the last two quarters."},
			{What: "Physical security of the data centres."},
		},
		Checks: []string{"auditlog.chain", "auditlog.refusal", "ratelimit.budget", "tenancy.read", "tenancy.server", "tenancy.write"},
	}
	statuses := slices.Concat(control.Statuses(), []control.Status{control.Unanswered, control.Proven, control.Unanswered})
	k := 0
	for _, g := range soc2Groups {
		section := questionnaire.Section{ID: g.id, Title: g.title}
		for i := range g.n {
			section.Answers = append(section.Answers, fixtureAnswer(g.id, fmt.Sprintf("%s.%d", g.id, i+1), statuses[k%len(statuses)]))
			k++
		}
		d.Sections = append(d.Sections, section)
	}
	return d
}

// hipaaDocument has long identifiers, citations and requirements.
func hipaaDocument() *questionnaire.Document {
	d := soc2Document()
	d.ID, d.Title, d.Framework, d.KeyID, d.Demonstration, d.Stack.Kind = "hipaa", "HIPAA Security Rule readiness", "hipaa", strings.Repeat("0f", 32), "", "vendor"
	for i := range d.Sections {
		s := &d.Sections[i]
		for j := range s.Answers {
			a := &s.Answers[j]
			a.Question = fmt.Sprintf("164.308(a)(%d)(ii)(%c)", i+1, 'A'+j)
			a.Citation = "45 CFR " + a.Question
			a.Requirement = []string{"required", "addressable", "standard"}[j%3]
		}
	}
	return d
}

// sigDocument is a questionnaire of 50 questions.
func sigDocument() *questionnaire.Document {
	d := soc2Document()
	d.ID, d.Title, d.Framework, d.Layout = "sig-lite", "SIG Lite, answered from evidence", "sig-lite", questionnaire.LayoutQuestionnaire
	d.Sections = d.Sections[:len(d.Sections)-1]
	return d
}

func input(t testing.TB, d *questionnaire.Document) render.Input {
	t.Helper()
	run := fixtureRun()
	file, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	return render.Input{Doc: d, Run: run, RunDigest: digest, RunFile: file, InputsJSON: []byte(`{"as_of":"2026-11-21"}`)}
}
