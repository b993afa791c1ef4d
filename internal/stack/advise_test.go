package stack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
)

// TestAdviseGivesTheGrant wants the line that a role lacks, quoted, and other errors left alone.
func TestAdviseGivesTheGrant(t *testing.T) {
	const text = "version: 1\ndb: {app: 'postgres://Web%%20App:x@h/d', reader: 'postgres://sweeper@h/d', tenants: {a: {id: '1'}, b: {id: '2'}}%s}\n"
	for _, tc := range []struct {
		name, more, at, message, want string
	}{
		{"table", "", "", `permission denied for table Audit "Log`, `GRANT SELECT ON "Audit ""Log" TO "Web App"`},
		{"schema", "", "", "permission denied for schema books", `GRANT USAGE ON SCHEMA "books" TO "Web App"`},
		{"sequence", "", "", "permission denied for sequence s", `GRANT USAGE ON SEQUENCE "s" TO "Web App"`},
		{"as a role", ", tenant: {role: 'tenant_{id}'}", "", "permission denied for view v", `GRANT SELECT ON "v" TO "tenant_1"`},
		{"the reader", "", "db.reader: ", "permission denied for table t", `GRANT SELECT ON "t" TO "sweeper"`},
		{"a role to take", ", tenant: {role: 'tenant_{id}'}", "", `permission denied to set role "tenant_1"`, `GRANT "tenant_1" TO "Web App"`},
		{"in another language", "", "", "keine Berechtigung für Tabelle x", "arxctl doctor prints the GRANT line"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg, err := stack.Parse("arxctl.yaml", fmt.Appendf(nil, text, tc.more), func(string) (string, bool) { return "", false })
			if err != nil {
				t.Fatal(err)
			}
			denied := fmt.Errorf(tc.at+"reading: %w", &pgconn.PgError{Severity: "ERROR", Code: "42501", Message: tc.message})
			got := stack.Open(cfg, stack.Options{}).Advise(denied)
			_, reason := evidence.Judge(nil, evidence.Population{}, got)
			if _, next, _ := strings.Cut(reason, evidence.ToSee); !strings.Contains(next, tc.want) {
				t.Errorf("%s\nwant %s", reason, tc.want)
			}
			if !errors.Is(got, denied) && got != denied {
				t.Error("the error itself is lost")
			}
		})
	}
	if err := errors.New("zounds"); stack.Open(&stack.Config{}, stack.Options{}).Advise(err) != err {
		t.Error("another error was changed")
	}
}
