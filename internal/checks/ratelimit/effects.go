package ratelimit

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// writes is how many requests with a side effect are sent at once; about left
// of them find a token, so that few rows stay.
const (
	writes = 14
	left   = 4
)

// Effects is the check that a refused request has not been carried out.
var Effects = &checks.Check{
	ID:      "ratelimit.effects",
	Version: 1,
	Title:   "A refused request leaves no side effect, an accepted one leaves exactly one",
	Proves: "A probe organisation whose budget was nearly used up sent writes that each carried a value of their own. Every write that was answered 2xx is in the list " +
		"once, and no write that was answered 429 is: the limiter stands before the work, so a refused client cannot make the service do it anyway.",
	DoesNotProve: "That a refused request costs nothing at all, such as processor time before the limiter, or a message sent elsewhere that the list does not show.",
	Fix:          "Run the limiter before the handler, not around its answer, and let nothing be written or queued before it has decided.",
	Doors:        []stack.Door{stack.DoorAPI},
	Effects:      checks.SendsLoad | checks.LeavesRows,
	Residue:      "A few rows in one probe organisation (those writes that found a token), named with this run's nonce.",
	Reproduce:    `arxctl check --only ratelimit.effects -c "$ARXCTL_CONFIG"`,
	POC:          "§5",
	Timeout:      3 * time.Minute,
	Run:          effects,
}

// attempt is one write, recognisable in the list.
type attempt struct {
	mark string
	shot shot
}

func effects(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	d, why, err := open(st, 2*maxBudgetRequests)
	if err != nil {
		return err
	}
	defer d.cl.Close()
	w := st.API.Limit.Write
	const unit = "the declared write"
	rec.Population("requests with a side effect", unit)
	if w == nil || w.Path == "" || w.CountedBy == "" {
		rec.Blind(unit, "whether refused writes are carried out", "", "arxctl.yaml names no request whose side effects can be counted; to see this: set api.limit.write with method, path, body and counted_by")
		return nil
	}
	list := stack.Request{Method: http.MethodGet, Path: w.CountedBy}
	if why != "" {
		rec.Blind(unit, "whether refused writes are carried out", d.cl.Via(list), why)
		return nil
	}
	// A middling plan: its budget is quickly used up, and a token for reading the list quickly back.
	p, release, err := d.borrow(ctx, near(d.plans, 600))
	if err != nil {
		return err
	}
	defer release()
	list.Org, list.Role = p.org, d.role(p.org)
	before := d.until(ctx, list, accepted, shot{}, 3*time.Second)
	if err := d.drain(ctx, p); err != nil {
		return err
	}
	if err := st.WillWrite(p.org); err != nil {
		return err
	}
	stays := rec.Residue("up to %d rows in %s, written by %s with nonces of run %s", 2*writes, p.org, w.Path, st.Nonce)
	done := d.write(ctx, p, w)
	after := d.until(ctx, list, accepted, shot{}, 5*time.Second)
	for range 10 { // what was accepted may be carried out a moment later
		if rows := items(after.res.Body); slices.ContainsFunc(done, func(a attempt) bool { return a.shot.class() == accepted && count(rows, a.mark) == 0 }) {
			if err := sleep(ctx, 200*time.Millisecond); err != nil {
				return err
			}
			after = d.until(ctx, list, accepted, shot{}, 5*time.Second)
		}
	}
	d.account(rec, unit, stays, list, done, before, after)
	return nil
}

// drain uses up a budget and lets a few tokens come back.
func (d *door) drain(ctx context.Context, p plan) error {
	d.spend(ctx, d.volley(p, 8, 1))
	return sleep(ctx, min(time.Duration(left/p.rate()*float64(time.Second)), longest))
}

// write sends the writes all at once, and once more where none was refused.
func (d *door) write(ctx context.Context, p plan, w *stack.LimitWrite) []attempt {
	var done []attempt
	for range 2 {
		wave := make([]attempt, writes)
		var wg sync.WaitGroup
		for i := range wave {
			wg.Go(func() {
				mark := d.cl.Expand("{nonce}", nil)
				fill := strings.NewReplacer("{nonce}", mark).Replace
				wave[i] = attempt{mark, d.fire(ctx, stack.Request{Replica: i % d.cl.Replicas(), Org: p.org, Role: d.role(p.org), Method: w.Method, Path: fill(w.Path), Body: fill(w.Body)})}
			})
		}
		wg.Wait()
		done = append(done, wave...)
		if ctx.Err() != nil || slices.ContainsFunc(done, func(a attempt) bool { return a.shot.class() != accepted }) {
			break
		}
	}
	return done
}

// account compares what was answered with what the list shows.
func (d *door) account(rec *checks.Recorder, unit string, stays *checks.Residue, list stack.Request, done []attempt, before, after shot) {
	var took, refused []attempt
	via := ""
	for _, a := range done {
		via = d.cl.Via(a.shot.req)
		switch a.shot.class() {
		case accepted:
			took = append(took, a)
		case denied:
			refused = append(refused, a)
		default:
			rec.Blind(unit, "every write is either carried out or refused with 429", via, "one "+a.shot.told()+"; to see this: give an api.limit.write that is served")
			return
		}
	}
	stays.Is("%d rows in %s, written by %s with nonces of run %s", len(took), list.Org, list.Path, d.st.Nonce)
	rec.Sight(unit, "writes accepted", via, evidence.AtLeast(1), strconv.Itoa(len(took)))
	rec.Sight(unit, "writes refused with 429", via, evidence.AtLeast(1), strconv.Itoa(len(refused)))
	how := d.cl.Via(list)
	if after.class() != accepted || before.class() != accepted {
		rec.Blind(unit, "the list of what was written", how, fmt.Sprintf("%s before and %s after; to see this: set api.limit.write.counted_by to a list that this organisation may read", before.told(), after.told()))
		return
	}
	rows := items(after.res.Body)
	missing := len(took) - found(rows, took)
	if missing == len(took) && !strings.Contains(string(after.res.Body), d.st.Nonce) {
		// The list does not show the value: its length must do.
		grown := len(rows) - len(items(before.res.Body))
		rec.Sight(unit, "accepted writes seen in the list's length", how, evidence.AtLeast(int64(len(took))), strconv.Itoa(grown))
		rec.Claim(unit, fmt.Sprintf("rows added by %d accepted and %d refused writes", len(took), len(refused)), how, evidence.AtMost(int64(len(took))), strconv.Itoa(grown))
		return
	}
	rec.Sight(unit, "accepted writes that the list shows (a list cut into pages must show the newest)", how, evidence.Equals(strconv.Itoa(len(took))), strconv.Itoa(len(took)-missing))
	rec.Claim(unit, fmt.Sprintf("of %d refused writes, how many were carried out", len(refused)), how, evidence.Equals("0"), strconv.Itoa(found(rows, refused)))
	twice := 0
	for _, a := range took {
		if count(rows, a.mark) > 1 {
			twice++
		}
	}
	rec.Claim(unit, fmt.Sprintf("of %d accepted writes, how many were carried out twice", len(took)), how, evidence.Equals("0"), strconv.Itoa(twice))
}

// found counts the attempts whose mark is in at least one row.
func found(rows []string, list []attempt) int {
	n := 0
	for _, a := range list {
		if count(rows, a.mark) > 0 {
			n++
		}
	}
	return n
}

// count returns how many rows hold the mark, not as the beginning of a longer one.
func count(rows []string, mark string) int {
	n := 0
	for _, row := range rows {
		if slices.ContainsFunc(strings.Split(row, mark)[1:], func(rest string) bool { return rest == "" || rest[0] < '0' || rest[0] > '9' }) {
			n++
		}
	}
	return n
}
