package evidence

import (
	"regexp"
	"strings"
)

// ToSee separates, in a reason, what kept a check from looking and what to do so
// that it can.
const ToSee = "to see this: "

// Advise ends a reason with what to do to see it, by the kind of hindrance that
// its text names, unless it says so itself. It is pure and total: whatever a
// check, a server or a system call had to say, a person is told a next step.
func Advise(reason string) string {
	if strings.Contains(reason, ToSee) {
		return reason
	}
	return reason + "; " + ToSee + remedy(reason)
}

// sqlstate finds the code that pgx prints as (SQLSTATE 42501) and this program as (42501).
var sqlstate = regexp.MustCompile(`\((?:SQLSTATE )?([0-9A-Z]{5})\)`)

// remedies are what to do about an error of PostgreSQL, by SQLSTATE or its class
// (PostgreSQL documentation, Appendix A). Messages are translated, codes are not.
var remedies = []struct{ code, do string }{
	{"25006", "point the DSN at the primary, or at a copy that may be written and is rolled back"},
	{"25P02", "look at the statement before it in the same transaction, and run the check again"},
	{"57014", "run it again when the database is less busy, or against a copy with fewer rows"},
	{"55P03", "run it again when no other session holds the lock (pg_locks), or against a copy that nobody uses"},
	{"40001", "run it again when less is written at the same time"},
	{"40P01", "run it again when less is written at the same time"},
	{"42501", "give the door's role the privilege; arxctl doctor prints the GRANT line"},
	{"28", "correct the user and the password in the DSN, or give the role LOGIN; arxctl doctor prints the line"},
	{"3D", "correct the name of the database in the DSN"},
	{"42", "correct the name or the type that the message is about, in arxctl.yaml or in the database; arxctl doctor says what was found"},
	{"22", "give values of the type that the message is about, in arxctl.yaml"},
	{"23", "give db.seed a row that this table accepts"},
	{"53", "free connections, memory or disk of the server, and run it again"},
	{"08", "bring the server back within reach, and run it again"},
	{"57", "bring the server back within reach, and run it again"},
	{"58", "look into the server's own log, and run it again"},
	{"XX", "look into the server's own log, and run it again"},
	{"P0", "let the function or trigger that raised it accept what the check does, or give the setting that it asks for in db.tenant"},
}

// signs are what to do where no code is given, by words of the reason; the first that is found holds.
var signs = []struct{ word, do string }{
	{"this is a defect of arxctl", "report it with the run; nothing in arxctl.yaml can mend it"},
	{"is not in the population", "report it with the run; nothing in arxctl.yaml can mend it"},
	{"unknown op", "look at the run with the arxctl that made it, or a newer one"},
	{"unknown kind", "look at the run with the arxctl that made it, or a newer one"},
	{"interrupted", "run the check again, to its end"},
	{"not finished within", "run it again alone (arxctl check --only), when the stack is less busy"},
	{"ran out of time", "run it again alone (arxctl check --only), when the stack is less busy"},
	{"budget of requests", "run it again with --full"},
	{"db.audit.table: there is no table", "correct db.audit.table, or leave it out so that the table is found by its guard"},
	{"the server failed", "look into the application's own log, and run the check again"},
	{" DSN ", "write the DSN as postgres://user:password@host:port/database"},
	{"connection", "bring it up and within reach of this machine, and run the check again"},
	{"no answer", "bring it up and within reach of this machine, and run the check again"},
	{"EOF", "bring it up and within reach of this machine, and run the check again"},
	{"no such host", "correct the host's name in arxctl.yaml"},
	{"door is closed", "take none: out of that door in arxctl.yaml, and say how it is reached"},
	{"nothing to look at", "bring about at least one, or name it in arxctl.yaml; arxctl doctor says what each door lets us see"},
	{"not looked at", "let the door's role reach them, or give them rows; arxctl doctor says what each door lets us see"},
}

func remedy(reason string) string {
	if m := sqlstate.FindStringSubmatch(reason); m != nil {
		for _, r := range remedies {
			if strings.HasPrefix(m[1], r.code) {
				return r.do
			}
		}
	}
	for _, s := range signs {
		if strings.Contains(reason, s.word) {
			return s.do
		}
	}
	return "arxctl doctor says what each door lets us see; mend what it names, and run the check again"
}

// maxVia bounds the command that a reason repeats.
const maxVia = 200

// advised is Advise for a sight that was not met: what it looks for must be there.
// Got is a stack's own text, so that it is never taken for advice.
func advised(reason string, o Observation) string {
	switch {
	case o.Fix != "":
		return reason + "; " + ToSee + o.Fix
	case o.Via == "" || len(o.Via) > maxVia:
		return reason + "; " + ToSee + "make that hold for " + o.Unit + ", and run the check again"
	}
	return reason + "; " + ToSee + "make this give " + o.Want.String() + ": " + o.Via
}
