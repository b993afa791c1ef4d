package tenancy

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// Server asks whether the server's own row security is known to have holes.
var Server = &checks.Check{
	ID: "tenancy.server", Version: 1, POC: "§1",
	Title:  "The database server has the published fixes to row security",
	Proves: "The server's version number is at or above the first release with the fix, for each published weakness of row security and of what reads around it that this check knows.",
	DoesNotProve: "Distributions and managed services back-port fixes without changing the number, so an old number is advice and not a failure; and a new number says nothing of weaknesses published after this check was written. " +
		"CVE-2024-4317 also needs a script run by hand on clusters that were made before the fix, which is not looked at.",
	Fix:       "Update to the latest minor release of the major version; minor releases need no dump and restore.",
	Doors:     []stack.Door{stack.DoorDB},
	Reproduce: `psql "$ARXCTL_APP_DSN" -Atc "SHOW server_version_num"`,
	Run:       runServer,
}

// weakness is a published hole, and by major version the minor that closed it.
// A major that is not listed was never open, or is older than what is known.
type weakness struct {
	cve, effect string
	fixed       map[int]int
}

// Sources: the CVE records and release notes named in each.
var weaknesses = []weakness{
	{"CVE-2026-120154", "INSERT ON CONFLICT DO UPDATE reads every row despite row security", map[int]int{18: 7, 17: 12, 16: 16, 15: 20, 14: 25}},
	{"CVE-2025-8713", "statistics of partitions and inheritance show rows that row security hides", map[int]int{17: 6, 16: 10, 15: 14, 14: 19, 13: 22}},
	{"CVE-2024-10976", "row security below subqueries disregards a change of role", map[int]int{17: 1, 16: 5, 15: 9, 14: 14, 13: 17, 12: 21}},
	{"CVE-2024-4317", "pg_stats_ext shows values of other users' tables", map[int]int{16: 3, 15: 7, 14: 12}},
	{"CVE-2023-39418", "MERGE did not apply UPDATE and SELECT policies", map[int]int{15: 4}},
	{"CVE-2023-2455", "policies disregard a change of role after inlining", map[int]int{15: 3, 14: 8, 13: 11, 12: 15, 11: 20}},
	{"CVE-2019-10130", "selectivity estimators read around row security", map[int]int{11: 3, 10: 8}},
	{"CVE-2017-15099", "INSERT ON CONFLICT DO UPDATE discloses rows", map[int]int{10: 1}},
}

func runServer(ctx context.Context, st *stack.Stack, rec *checks.Recorder) error {
	a, err := st.DB.Actor("a")
	if err != nil {
		return err
	}
	c, err := stack.Connect(ctx, a.DSN)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	rec.Population("database servers", "server")
	var number int
	var version, enabled string
	err = stack.Read(ctx, c, stack.Actor{}, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('row_security')").Scan(&number, &version, &enabled)
	})
	if err != nil {
		return err
	}
	rec.Fact("server_version", version)
	const via = "SHOW server_version_num"
	rec.Sight("server", "the server says its version", via, evidence.Matches(`^[0-9]{5,6}$`), strconv.Itoa(number))
	rec.Claim("server", "the server has row security, which came with 9.5", via, evidence.AtLeast(90500), strconv.Itoa(number))
	rec.Claim("server", "row_security is on for the application's sessions", "SHOW row_security", evidence.Equals("on"), enabled)
	for _, w := range weaknesses {
		minor, ok := w.fixed[number/10000]
		if !ok {
			continue
		}
		rec.Advice("server", fmt.Sprintf("%s (%s), closed by %d.%d", w.cve, w.effect, number/10000, minor), via, evidence.AtLeast(int64(number/10000*10000+minor)), strconv.Itoa(number))
	}
	s, err := open(ctx, st)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	if len(s.tables) == 0 {
		return errNoTables // a server that guards nothing proves nothing
	}
	return nil
}
