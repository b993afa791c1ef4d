package auditlog

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Row performs actions over HTTP and looks for the rows that they leave.
var Row = &checks.Check{
	ID: "auditlog.row", Version: 1,
	Title:        "Every action leaves exactly one complete audit row, allowed or denied, on every replica",
	Proves:       "Through each replica, the configured action, and the one that policy refuses, each left exactly one new row in the database: of the right organisation, dated now by the database's clock, every column filled, digests that look like digests and follow the inputs, a duration that is not negative, and a verdict that tells a denied action from an allowed one. Rows that were already there are complete as well.",
	DoesNotProve: "That other routes write their rows too: only the configured action was performed. What the hashes were computed over cannot be told from outside, only that they differ when the inputs do.",
	Fix:          "Write the audit row in the transaction of the action, on the denied path too, and let the action fail when its row is refused.",
	Doors:        []stack.Door{stack.DoorAPI, stack.DoorDB},
	Effects:      checks.LeavesRows,
	Exclusive:    []string{"a"},
	Residue:      "Audit rows of the actions performed in probe organisation a: three for each replica, and one for each further role. They are append-only and stay.",
	Reproduce:    `arxctl check --only auditlog.row -c "$ARXCTL_CONFIG"`,
	POC:          "INV-001",
	Run:          runRow,
}

// performed is one action and the unit that it belongs to.
type performed struct {
	unit   string
	denied bool
	byRole bool // as a role beside the configured one
	rows   []stored
}

// stored is one new audit row.
type stored struct {
	table *table
	key   string
	cols  map[string]any
}

// How long an audit row may take to appear; less once one did not.
const (
	rowWait   = 2 * time.Second
	rowReWait = 400 * time.Millisecond
)

func runRow(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	if st.API.Action == nil {
		rec.Population("actions")
		return fmt.Errorf("api.action: not configured; to see this: give a request that must leave an audit row")
	}
	if ok, why := st.MayWrite(); !ok {
		rec.Population("actions", "the configured action")
		rec.Blind("the configured action", "an action leaves a row", st.API.Action.Method+" "+st.API.Action.Path, why)
		return nil
	}
	s, err := open(ctx, st, rec)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	client, err := st.HTTP(8*len(st.API.Replicas) + len(st.API.Orgs["a"].Tokens))
	if err != nil {
		return err
	}
	defer client.Close()
	if len(s.roots) == 0 {
		s.declare("actions", nil)
		return nil
	}
	for i := range st.API.Replicas {
		rec.Population("actions", actionUnit(i, false))
		if st.API.Action.DenyBody != "" {
			rec.Population("actions", actionUnit(i, true))
		}
	}
	w := &rowWatch{s: s, client: client}
	others := w.otherRoles()
	for _, role := range others {
		rec.Population("actions", roleUnit(role))
	}
	if err := w.start(ctx); err != nil {
		return err
	}
	for i := range st.API.Replicas {
		for _, denied := range []bool{false, false, true} {
			if denied && st.API.Action.DenyBody == "" {
				continue
			}
			if err := w.perform(ctx, i, "", denied); err != nil {
				return err
			}
		}
	}
	for _, role := range others {
		if err := w.perform(ctx, 0, role, false); err != nil {
			return err
		}
	}
	if err := w.judge(ctx); err != nil {
		return err
	}
	for _, t := range s.roots {
		if err := s.storedToo(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func actionUnit(replica int, denied bool) string {
	return fmt.Sprintf("%s action on replica %d", map[bool]string{true: "denied", false: "allowed"}[denied], replica+1)
}

// rowWatch performs actions and sees what each leaves.
type rowWatch struct {
	s      *session
	client *stack.Client
	viewer stack.Actor
	org    string
	since  map[*table]string // the greatest key before the first action
	begun  time.Time         // by the database's clock
	done   []performed
}

// start notes where each audit table ends. Rows are read as tenant a, as whom
// nobody else's rows can be mistaken for them, else as the reader.
func (w *rowWatch) start(ctx context.Context) error {
	w.since = map[*table]string{}
	w.org = w.s.st.API.Orgs["a"].ID
	w.viewer = w.s.actors[0]
	viewers, partial := w.s.viewers(ctx, w.s.roots[0])
	if !w.s.roots[0].Select && !partial {
		w.viewer = viewers[0]
	}
	return w.s.read(ctx, w.viewer, func(tx pgx.Tx) error {
		for _, t := range w.s.roots {
			key := orderColumn(t)
			if key == "" {
				continue
			}
			var last string
			if err := tx.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(max(%s)::text, '') FROM %s", quote(key), t.quoted())).Scan(&last); err != nil {
				return fmt.Errorf("reading %s as %s: %w", t, w.viewer.Name, err)
			}
			w.since[t] = last
		}
		if len(w.since) == 0 {
			return fmt.Errorf("%s has no column that orders its rows, so a new one cannot be told", w.s.roots[0])
		}
		return tx.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&w.begun)
	})
}

// perform sends one action and waits for its row. role is one that may lack the
// right to act: whether it was allowed or refused, that leaves a row.
func (w *rowWatch) perform(ctx context.Context, replica int, role string, denied bool) error {
	a, rec := w.s.st.API.Action, w.s.rec
	params := a.Params["a"]
	body, want := a.Body, evidence.Matches(`^2\d\d$`)
	if denied {
		body, want = a.DenyBody, evidence.Equals(fmt.Sprint(max(a.DenyStatus, http.StatusForbidden)))
		if a.DenyStatus != 0 {
			want = evidence.Equals(fmt.Sprint(a.DenyStatus))
		}
	}
	method := a.Method
	if method == "" {
		method = http.MethodPost
	}
	r := stack.Request{Replica: replica, Org: "a", Role: a.Role, Method: method, Path: w.client.Expand(a.Path, params), Body: w.client.Expand(body, params)}
	unit, what := actionUnit(replica, denied), "the action is "+map[bool]string{true: "refused by policy", false: "carried out"}[denied]
	if role != "" {
		r.Role, unit, what, want = role, roleUnit(role), "the action is carried out, or refused for want of a right", evidence.Matches(`^(2\d\d|403)$`)
	}
	via := w.client.Via(r)
	left := rec.Residue("%s: what the action leaves in organisation a, its audit row with it", unit)
	res, err := w.client.Do(ctx, r)
	if err != nil {
		return err
	}
	status := fmt.Sprint(res.Status)
	met, _ := want.Met(status)
	switch {
	case !met && res.Status/100 == 5: // a stack that cannot write its audit row may rightly fail
		rec.Blind(unit, "the action is answered", via, "the stack answered "+status)
		return nil
	case !met && role != "":
		rec.Exclude(unit, "the stack answered "+status+", which is neither the action nor a refusal for want of a right")
		return nil
	}
	rec.Sight(unit, what, via, want, status)
	p := performed{unit: unit, denied: denied || res.Status == 403, byRole: role != ""}
	known := 0
	for _, d := range w.done {
		known += len(d.rows)
	}
	wait := rowWait
	if slices.ContainsFunc(w.done, func(d performed) bool { return len(d.rows) == 0 }) {
		wait = rowReWait
	}
	deadline := time.Now().Add(wait)
	for {
		all, err := w.read(ctx)
		if err != nil {
			return err
		}
		if len(all) > known || time.Now().After(deadline) {
			p.rows = all[min(known, len(all)):]
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	rec.Claim(unit, "the action left exactly one audit row", via+" ; "+w.via(), evidence.Equals("1"), fmt.Sprint(len(p.rows)))
	w.done = append(w.done, p)
	if len(p.rows) > 0 {
		left.Is("%s: %d audit row of organisation a (%s)", unit, len(p.rows), p.rows[0].key)
	}
	return nil
}

var (
	inputName   = regexp.MustCompile(`(?i)input|request|payload|param|body|argument`)
	verdictName = regexp.MustCompile(`(?i)verdict|decision|effect|allow|permitted|authori[sz]`)
	resultName  = regexp.MustCompile(`(?i)outcome|result|status|success`)
)
