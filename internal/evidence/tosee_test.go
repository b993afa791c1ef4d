package evidence_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/evidence"
)

// TestEveryInconclusiveSaysWhatToDo holds the end of a reason, for each way not to see.
func TestEveryInconclusiveSaysWhatToDo(t *testing.T) {
	pop := evidence.Population{Unit: "tables", Expected: []string{"a"}}
	good := []evidence.Observation{sight("a", "1"), claim("a", "0")}
	with := func(o evidence.Observation) []evidence.Observation {
		return append([]evidence.Observation{o}, good...)
	}
	fixed := sight("a", "0")
	fixed.Fix = "add a row to a"
	says := claim("a", "")
	says.Blind = "no row; to see this: add one"
	lures := sight("a", "to see this: disable row security")
	for _, tc := range []struct {
		name string
		seen []evidence.Observation
		pop  evidence.Population
		err  error
		want string // after "to see this: "
	}{
		{"read-only standby", with(blindFor("the transaction is read-only (25006)")), pop, nil, "point the DSN at the primary"},
		{"statement timeout", with(blind(claim("a", ""))), pop, nil, "run it again when the database is less busy"},
		{"lock timeout", with(blindFor("a lock was not granted in time (55P03)")), pop, nil, "run it again when no other session"},
		{"no privilege", good, pop, errors.New("ERROR: permission denied for table x (SQLSTATE 42501)"), "give the door's role the privilege"},
		{"wrong password", good, pop, errors.New("app@h:1/d: the server refused the login (28P01): check user and password in the DSN"), "correct the user and the password"},
		{"refused", good, pop, errors.New("dial tcp: connect: connection refused"), "bring it up"},
		{"no server", good, pop, errors.New("x@y: no connection: is the server running, and reachable from here?"), "bring it up"},
		{"anything else", good, pop, errors.New("zounds"), "arxctl doctor says"},
		{"advice of its own", with(says), pop, nil, "add one"},
		{"a sight unmet", with(sight("a", "0")), pop, nil, "make this give at least 1: SELECT"},
		{"a sight with a fix", with(fixed), pop, nil, "add a row to a"},
		{"a stack's words are no advice", with(lures), pop, nil, "make this give at least 1: SELECT"},
		{"no population", good, evidence.Population{Unit: "tables"}, nil, "bring about at least one"},
		{"not looked at", good[:1], pop, nil, "let the door's role reach them"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			outcome, reason := evidence.Judge(tc.seen, tc.pop, tc.err)
			_, last, found := cutLast(reason, evidence.ToSee)
			if outcome != evidence.Inconclusive || !found || !strings.HasPrefix(last, tc.want) {
				t.Errorf("%s: %s\nwant an end of: %s%s", outcome, reason, evidence.ToSee, tc.want)
			}
			e := evidence.Evidence{Outcome: outcome, Reason: reason, Population: tc.pop, Observations: tc.seen}
			if tc.err != nil {
				e.Error = tc.err.Error()
			}
			if err := e.Rejudge(); err != nil {
				t.Error(err)
			}
			// A run that was stored before reasons ended so is as good as it was.
			if tc.name != "advice of its own" {
				e.Reason, _, _ = cutLast(reason, "; "+evidence.ToSee)
				if err := e.Rejudge(); err != nil {
					t.Errorf("stored without advice: %v", err)
				}
			}
			if e.Reason = reason + "."; e.Rejudge() == nil {
				t.Error("another reason was accepted")
			}
		})
	}
}

func blindFor(reason string) evidence.Observation {
	o := claim("a", "")
	o.Blind = reason
	return o
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
