package ratelimit

import (
	"context"
	"fmt"
	"maps"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Bypass is the check that no other spelling of a request gets round a used-up budget.
var Bypass = &checks.Check{
	ID:      "ratelimit.bypass",
	Version: 1,
	Title:   "A used-up budget cannot be got round",
	Proves: "While a probe organisation was refused with 429, the same work was asked for in other ways: other methods and writes, other spellings of the path, " +
		"fresh query strings, headers that claim an internal or another origin, health-probe agents, a new connection, other tokens and a second key of the same organisation. " +
		"None of them was served beyond the one request that may have come back in the meantime.",
	DoesNotProve: "Anything about headers or spellings that are not on the list; add a service's own to api.limit.bypass. OPTIONS, health, metrics and sign-in " +
		"documents may be exempt and are not tried.",
	Fix: "Run the limiter before routing, on every method, after normalising the path, keyed by the organisation of the authenticated token alone. " +
		"Drop headers that skip it, or accept them only from authenticated internal peers.",
	Doors:     []stack.Door{stack.DoorAPI},
	Effects:   checks.SendsLoad | checks.LeavesRows,
	Residue:   "A few rows in one probe organisation (the objects that the methods are tried on, and writes that got round the limit), named with this run's nonce.",
	Reproduce: `arxctl check --only ratelimit.bypass -c "$ARXCTL_CONFIG"`,
	POC:       "§5",
	Timeout:   3 * time.Minute,
	Run:       bypass,
}

// detour is one way round. request is called anew for each request, so that a
// value that must be fresh can be.
type detour struct {
	name    string
	request func(n, replica int) stack.Request
	// same marks a request for the same resource: an answer of another kind,
	// as the page that a single-page application serves for any path, is none.
	same bool
}

// rounds is how often a detour is tried again when one request came through: it
// may have been the one that had come back.
const rounds = 3

func bypass(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	d, why, err := open(st, 3*maxBudgetRequests)
	if err != nil {
		return err
	}
	defer d.cl.Close()
	tier := spare(lowest(d.plans))
	if withKeys := slices.DeleteFunc(slices.Clone(tier), func(p plan) bool { return len(st.API.Orgs[p.org].Second) == 0 }); len(withKeys) > 0 {
		tier = withKeys
	}
	p, release, err := d.borrow(ctx, tier)
	if err != nil {
		return err
	}
	defer release()
	ways := d.detours(p)
	for _, w := range ways {
		rec.Population("ways round the limit", w.name)
	}
	const second = "a second key of the same organisation"
	rec.Population("ways round the limit", second)
	if why != "" {
		rec.Blind(second, "whether the limit can be got round", d.cl.Via(d.get(p.org, 0)), why)
		return nil
	}
	if len(st.API.Orgs[p.org].Second) == 0 {
		rec.Blind(second, "whether another key has a budget of its own", d.cl.Via(d.get(p.org, 0)), "arxctl.yaml has no second key of this organisation; to see this: set api.orgs."+p.org+".second")
	}
	sample := d.until(ctx, d.get(p.org, 0), accepted, shot{}, 3*time.Second)
	if st.API.Limit.Write != nil {
		if err := st.WillWrite(p.org); err != nil {
			return err
		}
	}
	ways = append(ways, d.objects(ctx, rec, p)...)
	t := d.spend(ctx, d.volley(p, 8, 3))
	if why := t.strange(); why != "" {
		rec.Blind(ways[0].name, "the budget is used up", t.via(d), why)
		return nil
	}
	if slices.Max(t.denied) == 0 {
		rec.Sight(ways[0].name, "requests refused with 429 once the budget was used up", t.via(d), evidence.AtLeast(1), "0")
		return nil
	}
	var writing []string
	for _, w := range ways {
		if !safe(w.request(0, 0).Method) {
			writing = append(writing, w.name)
		}
	}
	rec.Residue("what writes that got round the limit left in %s, if any did: %s", p.org, strings.Join(writing, ", "))
	for _, w := range ways {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.around(ctx, rec, p, w, sample)
	}
	return nil
}

// safe reports whether a method asks for nothing to be changed (RFC 9110 §9.2.1).
func safe(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, strings.ToUpper(method))
}

// around tries one detour while the plain request is refused.
func (d *door) around(ctx context.Context, rec *checks.Recorder, p plan, w detour, sample shot) {
	control := d.dry(ctx, p)
	rec.Sight(w.name, "the plain request is refused at that moment", d.cl.Via(control.req), evidence.Equals("answered 429"), words(control))
	if control.class() != denied {
		return
	}
	via := d.cl.Via(w.request(0, 0))
	through, sent, status := 0, 0, map[int]int{}
	for round := range rounds {
		if round > 0 {
			d.dry(ctx, p)
		}
		fresh := 0
		for i := range 2 * d.cl.Replicas() {
			s := d.fire(ctx, w.request(sent, i%d.cl.Replicas()))
			sent++
			status[s.res.Status]++
			switch {
			case s.err != nil || s.res.Status >= 500 && s.res.Status != http.StatusNotImplemented && s.res.Status != http.StatusHTTPVersionNotSupported:
				rec.Blind(w.name, "served in spite of the limit", via, "it "+s.told()+", which is neither served nor refused")
				return
			case s.class() == accepted && (!w.same || sample.class() != accepted || kind(s) == kind(sample)):
				fresh++
			}
		}
		through += fresh
		if fresh == 0 {
			break
		}
	}
	// What the plan's rate gave back since the plain request was refused is no way round.
	free := int(math.Floor(p.rate()*time.Since(control.res.Sent).Seconds())) + 1
	rec.Claim(w.name, fmt.Sprintf("of %d requests (%s), served in spite of the limit", sent, counted(status)), via, evidence.AtMost(int64(free)), strconv.Itoa(through))
}

// kind is the media type of an answer; HEAD and 204 have what GET has, or none.
func kind(s shot) string {
	t, _, err := mime.ParseMediaType(s.res.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

func counted(status map[int]int) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(status)) {
		parts = append(parts, fmt.Sprintf("%d times %d", status[code], code))
	}
	return strings.Join(parts, ", ")
}
