package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Write asks whether one tenant can add, change, take or remove another's rows.
var Write = &checks.Check{
	ID: "tenancy.write", Version: 1, POC: "§1", Timeout: 3 * time.Minute,
	Title: "A tenant adds, changes, takes and removes no other tenant's rows",
	Proves: "As the application itself, set up as each of two tenants in turn, every tenant table was tried with an INSERT in the other's name, an UPDATE and a DELETE without any condition, " +
		"and an UPDATE that would hand an own row over; none reached a foreign row. The statements read no column, since one that does is also held back by the SELECT policies, which hides a hole in the others. TRUNCATE is judged by privilege.",
	DoesNotProve: "It says nothing of writes through views, rules or functions (tenancy.paths), of rows that refer across tenants (tenancy.references), nor of writes by roles other than the application's.",
	Fix:          "Give the table one policy FOR ALL with the tenant in both USING and WITH CHECK, or the same for every command; a policy FOR SELECT alone leaves UPDATE and DELETE to whatever other policy admits them. Revoke TRUNCATE.",
	Doors:        []stack.Door{stack.DoorDB},
	Effects:      checks.RolledBack,
	Reproduce:    `arxctl check --only tenancy.write -c "$ARXCTL_CONFIG"`,
	Run:          runWrite,
}

func runWrite(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if len(s.tables) == 0 {
		return errNoTables
	}
	rec.Population("tenant tables", tableNames(s.tables)...)
	var tables []*table
	for _, t := range s.tables {
		if reason, ok := s.shared(t.rel); ok {
			rec.Exclude(t.String(), reason)
		} else {
			tables = append(tables, t)
		}
	}
	if ok, reason := st.MayWrite(); !ok {
		for _, t := range tables {
			rec.Blind(t.String(), "writes to rows of another tenant", "", reason)
		}
		return nil
	}
	v, err := s.counted(ctx)
	if err != nil {
		return err
	}
	for _, x := range s.sides() {
		for _, part := range chunks(tables) {
			if err := s.writeSlice(ctx, rec, x, part, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// writer is one side's attempts on one slice of the tables, in one transaction.
type writer struct {
	s     *scene
	x, y  *side
	tx    pgx.Tx
	v     *survey
	own   map[*table]counts
	marks map[*table]marks
	rows  map[*table]string // rows that the other side sees, as JSON
	bare  map[*table]string // why no row could be added, as the survey could
	got   map[string]answer
	sql   map[string]string
}

func (s *scene) writeSlice(ctx context.Context, rec *checks.Recorder, x *side, tables []*table, v *survey) error {
	return stack.RolledBack(ctx, x.conn, x.actor, func(tx pgx.Tx) error {
		w := &writer{s: s, x: x, y: s.other(x), tx: tx, v: v, marks: map[*table]marks{}, rows: map[*table]string{}, bare: map[*table]string{}, got: map[string]answer{}, sql: map[string]string{}}
		if err := w.prepare(ctx, tables); err != nil {
			return err
		}
		var asks []ask
		for _, t := range tables {
			asks = append(asks, w.first(t)...)
		}
		if err := w.ask(ctx, asks); err != nil {
			return err
		}
		asks = nil
		for _, t := range tables {
			asks = append(asks, w.second(t)...)
		}
		if err := w.ask(ctx, asks); err != nil {
			return err
		}
		if err := w.withoutTenant(ctx, tables); err != nil {
			return err
		}
		for _, t := range tables {
			w.report(rec, t)
		}
		return nil
	})
}

// withoutTenant asks what a session without a tenant reaches in tables that the
// role may write and not read. It is the last round: the transaction stays so.
func (w *writer) withoutTenant(ctx context.Context, tables []*table) error {
	var asks []ask
	for _, t := range tables {
		for _, q := range w.first(t) {
			if what := strings.TrimPrefix(q.key, t.String()+"|"); !w.x.readable(t.rel) && (what == "delete" || what == "update") {
				q.key += "-nobody"
				asks = append(asks, q)
			}
		}
	}
	if len(asks) == 0 || !w.s.sameLogin() {
		return nil
	}
	if err := become(ctx, w.tx, w.x.actor, w.s.nobody()); err != nil {
		return err
	}
	return w.ask(ctx, asks)
}

// prepare gives both tenants rows where they had none, and reads what the
// attempts need: own counts, and rows of the other tenant.
func (w *writer) prepare(ctx context.Context, tables []*table) error {
	var seed []*table
	for _, t := range tables {
		if w.v.seeded[t] {
			seed = append(seed, t)
		}
	}
	samples := map[*side]map[string]answer{w.x: {}, w.y: {}}
	if w.s.sameLogin() {
		d := w.s.seeder(w.tx, w.x)
		if len(seed) > 0 {
			d.fill(ctx, seed, w.bare)
		}
		if err := d.turn(ctx, w.y); err != nil {
			return err
		}
		if err := block(ctx, w.tx, w.sampleAsks(w.y, tables), false, samples[w.y]); err != nil {
			return err
		}
		if err := d.turn(ctx, w.x); err != nil {
			return err
		}
	} else {
		got, err := inRead(ctx, w.y.conn, w.y.actor, w.sampleAsks(w.y, tables))
		if err != nil {
			return err
		}
		samples[w.y] = got
	}
	if err := block(ctx, w.tx, w.sampleAsks(w.x, tables), false, samples[w.x]); err != nil {
		return err
	}
	var err error
	if w.own, err = countIn(ctx, w.tx, w.x.actor.ID, w.readable(tables)); err != nil {
		return err
	}
	for _, t := range tables {
		w.rows[t] = samples[w.y][t.String()].val
		if t.byColumn() {
			w.marks[t] = columnMarks(t, w.x, w.x.actor.ID, w.y.actor.ID)
		} else {
			w.marks[t] = sampleMarks(t, w.x, samples[w.x][t.String()].val, w.rows[t])
		}
	}
	return nil
}

func (w *writer) readable(tables []*table) []*table {
	return slices.DeleteFunc(slices.Clone(tables), func(t *table) bool { return !w.x.readable(t.rel) })
}

// ask asks in pieces, each undone at once; a piece that the session could not
// answer is blind, statement by statement.
func (w *writer) ask(ctx context.Context, asks []ask) error {
	for _, q := range asks {
		w.sql[q.key] = strings.Join(append(slices.Clone(q.steps), q.sql), "; ")
	}
	for len(asks) > 0 {
		n := min(4*slice, len(asks))
		if err := w.piece(ctx, asks[:n]); err != nil {
			return err
		}
		asks = asks[n:]
	}
	return nil
}

func (w *writer) piece(ctx context.Context, asks []ask) error {
	if len(asks) == 0 {
		return nil
	}
	if _, err := w.tx.Exec(ctx, "SAVEPOINT arxctl_piece"); err != nil {
		return err
	}
	err := block(ctx, w.tx, asks, true, w.got)
	if _, rerr := w.tx.Exec(ctx, "ROLLBACK TO SAVEPOINT arxctl_piece"); rerr != nil {
		return rerr
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil || stack.SQLState(err) == "" {
		return err
	}
	if len(asks) == 1 {
		w.got[asks[0].key] = answer{err: err}
		return nil
	}
	if err := w.piece(ctx, asks[:len(asks)/2]); err != nil {
		return err
	}
	return w.piece(ctx, asks[len(asks)/2:])
}

// report turns the answers about one table into observations.
func (w *writer) report(rec *checks.Recorder, t *table) {
	unit, note := t.String(), w.v.note(t)
	var shown []string
	established := 0
	for _, r := range w.judge(t) {
		if r.control != "" {
			shown = append(shown, r.command+": "+r.control)
			established++
		}
		via := w.x.as() + r.via
		if r.blind != "" {
			rec.Blind(unit, r.what(w), via, r.blind)
			continue
		}
		rec.See(evidence.Observation{Kind: evidence.Claim, Unit: unit, What: r.what(w) + note, Via: via, Want: evidence.Absent(), Got: r.harm, Layer: r.layer, SQLState: r.state})
	}
	rec.Sight(unit, "as "+w.x.name+note+", what an own write does: "+strings.Join(shown, "; "), w.x.as(), evidence.AtLeast(1), strconv.Itoa(established))
}

// result is what one command could do to the other tenant's rows.
type result struct {
	command string
	control string // what it does to own rows; "" when that is not known
	harm    string
	blind   string
	layer   evidence.Layer
	state   string
	via     string
}

func (r result) what(w *writer) string {
	return fmt.Sprintf("%s on rows of %s, as %s", r.command, w.y.name, w.x.name)
}
