// Package sight tells what the doors of an arxctl.yaml let a run see: what each
// login may do, which checks can look because of it, which are blind and why, and
// the lines that would mend it. It only reads.
package sight

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// State is how a door is found.
type State string

const (
	Open          State = "open"
	Dead          State = "dead"           // configured, and nothing can be seen through it
	NotConfigured State = "not configured" // absent from arxctl.yaml
	Closed        State = "closed"         // declared so, with a reason
)

// Door is one way to the stack, or one login of the database.
type Door struct {
	Name  string   `json:"name"` // as arxctl.yaml calls it: db.app, api
	State State    `json:"state"`
	Sees  []string `json:"sees,omitempty"`
	Not   []string `json:"not,omitempty"` // what it does not see
	// Complaints are what keeps checks from seeing enough.
	Complaints []string `json:"complaints,omitempty"`
}

// Check is one check, and whether it can look.
type Check struct {
	ID    string `json:"id"`
	Looks bool   `json:"looks"`
	// Aside says why a check that cannot look is not missed: a door declared closed.
	Aside bool   `json:"aside,omitempty"`
	Why   string `json:"why,omitempty"`
}

// Report is what Look found out.
type Report struct {
	Config string        `json:"config"`
	Doors  []Door        `json:"doors"`
	Checks []Check       `json:"checks"`
	Lines  []roles.Lines `json:"lines,omitempty"`
}

// Blind reports whether anything that was asked for cannot be seen.
func (r *Report) Blind() bool {
	return slices.ContainsFunc(r.Checks, func(c Check) bool { return !c.Looks && !c.Aside }) ||
		slices.ContainsFunc(r.Doors, func(d Door) bool { return len(d.Complaints) > 0 })
}

// Possible counts the checks that can look.
func (r *Report) Possible() int {
	n := 0
	for _, c := range r.Checks {
		if c.Looks {
			n++
		}
	}
	return n
}

// looker is what the steps share.
type looker struct {
	cfg    *stack.Config
	st     *stack.Stack
	list   []*checks.Check
	report *Report
	// facts are what the checks' own read-only look found out.
	facts   map[string]string
	records map[string]evidence.Evidence
	cat     *catalog.Catalog // as the application sees it; nil when it cannot
	appRole *roles.Role
	unfired string // why no trigger of an audit table can be seen to fire; "" when it can
}

// Look asks every door. opts are those that a check would be run with.
func Look(ctx context.Context, cfg *stack.Config, list []*checks.Check, opts stack.Options) *Report {
	l := &looker{cfg: cfg, st: stack.Open(cfg, opts), list: list, report: &Report{Config: cfg.Path()}, facts: map[string]string{}, records: map[string]evidence.Evidence{}}
	l.rehearse(ctx)
	if l.needs(stack.DoorDB) {
		l.database(ctx)
	}
	l.rowsThatStay()
	if l.needs(stack.DoorAPI) {
		l.api(ctx)
	}
	if l.needs(stack.DoorBoot) {
		l.boot()
	}
	l.judge()
	return l.report
}

// needs reports whether any of the checks that were asked for goes through the door.
func (l *looker) needs(d stack.Door) bool {
	return slices.ContainsFunc(l.list, func(c *checks.Check) bool { return slices.Contains(c.Doors, d) })
}

func (l *looker) add(d Door) {
	for _, list := range [][]string{d.Sees, d.Not, d.Complaints} {
		for i := range list {
			list[i] = l.st.Scrub(list[i])
		}
	}
	l.report.Doors = append(l.report.Doors, d)
}

// rehearse runs the checks of the db door as they would run in production, where
// nothing is written: what keeps one from looking then is what it says itself.
func (l *looker) rehearse(ctx context.Context) {
	if l.cfg.DB == nil {
		return
	}
	cfg := *l.cfg
	cfg.Environment = stack.Production
	var list []*checks.Check
	for _, c := range l.list {
		if slices.Equal(c.Doors, []stack.Door{stack.DoorDB}) && c.Effects&^checks.RolledBack == 0 {
			list = append(list, c)
		}
	}
	records, _ := (&checks.Runner{}).Run(ctx, stack.Open(&cfg, stack.Options{}), list)
	for _, e := range records {
		l.records[e.Check.ID] = e
		maps.Copy(l.facts, e.Facts)
	}
}

// answerTime bounds one request to a base URL.
const answerTime = 5 * time.Second

func (l *looker) api(ctx context.Context) {
	d := Door{Name: "api", State: NotConfigured}
	a := l.cfg.API
	switch {
	case a == nil:
		d.Not = append(d.Not, "everything over HTTP; "+evidence.ToSee+"add api: with replicas and orgs to "+l.cfg.Path())
		l.add(d)
		return
	case a.None != "":
		d.State, d.Not = Closed, []string{"everything over HTTP: " + a.None}
		l.add(d)
		return
	}
	d.State = Dead
	cl := stack.NewClient(a, "doctor", len(a.Replicas))
	defer cl.Close()
	path := "/"
	if a.Limit != nil && a.Limit.Path != "" {
		path = a.Limit.Path
	}
	for i, base := range a.Replicas {
		rctx, cancel := context.WithTimeout(ctx, answerTime)
		got, err := cl.Do(rctx, stack.Request{Replica: i, Method: http.MethodGet, Path: path})
		cancel()
		if err != nil {
			d.Complaints = append(d.Complaints, evidence.Advise(fmt.Sprintf("%s does not answer: no connection", base)))
			continue
		}
		d.State = Open
		d.Sees = append(d.Sees, fmt.Sprintf("%s answers GET %s without a token with %d", base, path, got.Status))
	}
	var with []string
	for _, name := range slices.Sorted(maps.Keys(a.Orgs)) {
		if len(a.Orgs[name].Tokens) > 0 {
			with = append(with, name)
		}
	}
	d.Sees = append(d.Sees, fmt.Sprintf("tokens for %d probe organisations: %s", len(with), strings.Join(with, ", ")))
	l.add(d)
}

// gaps says what arxctl.yaml leaves out that a check of the api door needs, or "".
func (l *looker) gaps(c *checks.Check) string {
	a := l.cfg.API
	switch {
	case a == nil || a.None != "":
		return ""
	case c.Family() == "ratelimit" && (a.Limit == nil || a.Limit.Path == ""):
		return "arxctl.yaml does not say what to measure; " + evidence.ToSee + "set api.limit.path to a cheap GET that counts against the budget"
	case c.Family() == "ratelimit" && !slices.ContainsFunc(slices.Collect(maps.Values(a.Orgs)), func(o stack.Org) bool { return o.RPM > 0 && len(o.Tokens) > 0 }):
		return "arxctl.yaml names no probe organisation with a budget; " + evidence.ToSee + "set rpm and tokens of organisations in api.orgs, as low-1 and high-1"
	case c.Family() == "tenancy" && (len(a.Orgs["a"].Tokens) == 0 || len(a.Orgs["b"].Tokens) == 0 || len(a.Objects) == 0):
		return "arxctl.yaml names no probe organisations a and b with a token each, or no objects; " + evidence.ToSee + "add them to api.orgs and api.objects"
	case c.Family() == "auditlog" && a.Action == nil:
		return "arxctl.yaml names no request that must leave an audit row; " + evidence.ToSee + "add api.action"
	}
	return ""
}

func (l *looker) boot() {
	d := Door{Name: "boot", State: NotConfigured}
	b := l.cfg.Boot
	switch {
	case b == nil:
		d.Not = []string{"how the application starts; " + evidence.ToSee + "add boot: with command, listen, key and environment to " + l.cfg.Path()}
	case b.None != "":
		d.State, d.Not = Closed, []string{"how the application starts: " + b.None}
	default:
		d.State = Open
		d.Sees = []string{"starts " + b.Command[0]}
		if _, err := exec.LookPath(b.Command[0]); err != nil {
			d.State, d.Sees = Dead, nil
			d.Complaints = []string{fmt.Sprintf("boot.command: %s is no program that can be started here; %scorrect its path", b.Command[0], evidence.ToSee)}
		}
	}
	l.add(d)
}

// judge says of each check whether it can look.
func (l *looker) judge() {
	for _, c := range l.list {
		v := Check{ID: c.ID, Looks: true}
		if why := checks.WhyNot(l.st, c); why != "" {
			v.Looks, v.Why = false, evidence.Advise(why)
			v.Aside = slices.ContainsFunc(c.Doors, func(d stack.Door) bool { return l.cfg.Closed(d) != "" })
		} else if why := l.gaps(c); why != "" && slices.Contains(c.Doors, stack.DoorAPI) {
			v.Looks, v.Why = false, why
		} else if d := l.dead(c); d != "" {
			v.Looks, v.Why = false, d
		} else if e, ok := l.records[c.ID]; ok && e.Outcome == evidence.Inconclusive {
			v.Why = l.hindrance(e)
			v.Looks = v.Why == ""
			switch {
			case !v.Looks:
			case l.seeded(e):
				v.Why = "with the rows of db.seed, which doctor does not insert; where a look takes more than one transaction, the check asks for rows that stay"
			default:
				v.Why = "by writes that are rolled back, which doctor does not try"
			}
		}
		if v.Looks && c.ID == refusalCheck && l.unfired != "" {
			v.Looks, v.Why = false, l.unfired
		}
		v.Why = l.st.Scrub(v.Why)
		l.report.Checks = append(l.report.Checks, v)
	}
}

// dead names a door of the check that is dead, with its first complaint. One of
// several replicas that does not answer is said at the door alone.
func (l *looker) dead(c *checks.Check) string {
	for _, d := range l.report.Doors {
		if d.State == Dead && slices.Contains(c.Doors, stack.Door(d.Name)) && len(d.Complaints) > 0 {
			return d.Complaints[0]
		}
	}
	return ""
}

// seeded reports whether the check missed the tenants that db.seed makes.
func (l *looker) seeded(e evidence.Evidence) bool {
	return l.cfg.DB.Seed != "" && strings.Contains(e.Error, "no row of any tenant table that can be read has the id")
}

// refusalCheck is the check that takes a temporary copy where privilege stands before a trigger.
const refusalCheck = "auditlog.refusal"

// production is how a check says that it may not write.
const production = "environment: production allows"

// hindrance is what would keep the check from looking in its own environment: not
// that nothing was written for the look, where writing is allowed.
func (l *looker) hindrance(e evidence.Evidence) string {
	may, _ := l.st.MayWrite()
	if !may {
		return e.Reason
	}
	if e.Error != "" {
		if strings.Contains(e.Error, production) || l.seeded(e) {
			return ""
		}
		return e.Reason
	}
	var seen []evidence.Observation
	skipped := false
	for _, o := range e.Observations {
		if strings.Contains(o.Blind, production) {
			skipped = true
			continue
		}
		seen = append(seen, o)
	}
	if !skipped {
		return e.Reason
	}
	outcome, reason := evidence.Judge(seen, e.Population, nil)
	if outcome != evidence.Inconclusive || strings.Contains(reason, " not looked at: ") {
		return ""
	}
	return reason
}
