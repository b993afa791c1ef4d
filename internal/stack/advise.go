package stack

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/arxsec/arxctl/internal/evidence"
)

// deniedFor is how PostgreSQL says what a role may not use, in English; in other
// languages the advice names no object.
var (
	deniedFor  = regexp.MustCompile(`^permission denied for (table|view|materialized view|foreign table|schema|sequence) (.+)$`)
	deniedRole = regexp.MustCompile(`^permission denied to set role "(.+)"$`)
)

// Advise adds to the error of a check that could not look for want of a
// privilege (42501) the GRANT that the door's role lacks. Any other error is
// returned as it is: its own text is enough for evidence.Advise.
func (s *Stack) Advise(err error) error {
	var pg *pgconn.PgError
	if s.DB == nil || !errors.As(err, &pg) || pg.Code != "42501" || strings.Contains(err.Error(), evidence.ToSee) {
		return err
	}
	if m := deniedRole.FindStringSubmatch(pg.Message); m != nil {
		a, _ := s.DB.Actor("a") // the zero actor has no DSN, and so no login
		return fmt.Errorf("%w; %sGRANT %s TO %s, or correct db.tenant.role", err, evidence.ToSee, pgx.Identifier{m[1]}.Sanitize(), pgx.Identifier{loginOf(a.DSN)}.Sanitize())
	}
	m := deniedFor.FindStringSubmatch(pg.Message)
	if m == nil {
		return err
	}
	role := pgx.Identifier{s.role(err.Error())}.Sanitize()
	grant := map[string]string{"schema": "USAGE ON SCHEMA", "sequence": "USAGE ON SEQUENCE"}[m[1]]
	if grant == "" {
		grant = "SELECT ON"
	}
	return fmt.Errorf("%w; %sGRANT %s %s TO %s; arxctl doctor says what else is missing", err, evidence.ToSee, grant, pgx.Identifier{m[2]}.Sanitize(), role)
}

// role names whom the session acted as that met the error: the login that its
// text names, else the first tenant.
func (s *Stack) role(text string) string {
	for name, dsn := range map[string]Secret{"db.reader": s.DB.Reader, "db.admin": s.DB.Admin} {
		if strings.Contains(text, name+":") {
			return loginOf(dsn)
		}
	}
	a, err := s.DB.Actor("a")
	if err != nil {
		return "the door's role"
	}
	if a.Role != "" {
		return a.Role
	}
	return loginOf(a.DSN)
}

func loginOf(dsn Secret) string {
	cfg, err := pgx.ParseConfig(dsn.Reveal())
	if err != nil {
		return "the door's role"
	}
	return cfg.User
}
