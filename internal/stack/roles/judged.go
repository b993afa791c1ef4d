package roles

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
)

// Judged returns the lines that make a login which is the application and nothing
// more, for a login that is above row security, with the reason. tables are those
// that row security guards; app is nil where nothing is granted to anyone.
func Judged(ctx context.Context, tx pgx.Tx, at stack.Secret, database string, login *Role, app *Application, tables []*catalog.Relation) (Lines, string, error) {
	open, err := Public(ctx, tx)
	if err != nil {
		return Lines{}, "", err
	}
	power := "is a superuser"
	if !login.Super {
		power = "has BYPASSRLS"
	}
	who := fmt.Sprintf("the given login, %s, %s", catalog.Plain(login.Name), power)
	grants := open.Connect(AppLogin, database)
	var why string
	if app == nil {
		grants = append(grants, Grants(AppLogin, "SELECT, INSERT, UPDATE, DELETE", tables, open.Needs)...)
		why = fmt.Sprintf("%s, and nothing is granted to any other role: %s is made with what an application needs of %d tables", who, AppLogin, len(tables))
	} else {
		grants = append(grants, AsApplication(AppLogin, app)...)
		why = fmt.Sprintf("%s; %s may read %d of %d tables with policies and change %d, and row security binds it: %s is a login that is a member of it and nothing else",
			who, catalog.Plain(app.Role), app.Reads, len(tables), app.Writes, AppLogin)
		if app.Login != "" {
			why += fmt.Sprintf(". The DSN of %s, which can log in, is better still: then what it can become is judged too", catalog.Plain(app.Login))
		}
	}
	return Lines{For: "a login that is judged: " + who + ", which row security never binds",
		SQL:  NewLogin(at, AppLogin, "", AppVariable, grants...),
		Then: []string{"paste the export line that psql prints into your shell"}}, why, nil
}

// NewReader returns the lines that make a login which may read these tables, all
// rows of them, and do nothing else.
func NewReader(ctx context.Context, tx pgx.Tx, at stack.Secret, database string, tables []*catalog.Relation) (Lines, error) {
	open, err := Public(ctx, tx)
	if err != nil {
		return Lines{}, err
	}
	grants := append(open.Connect(ReaderLogin, database),
		"ALTER ROLE "+catalog.Ident(ReaderLogin)+" SET default_transaction_read_only = on;")
	grants = append(grants, Grants(ReaderLogin, "SELECT", tables, open.Needs)...)
	return Lines{For: "db.reader: rows that no tenant sees, whole hash chains", SQL: NewLogin(at, ReaderLogin, "BYPASSRLS", ReaderVariable, grants...),
		Then: []string{"paste the export line that psql prints into your shell", "add to arxctl.yaml, under db: reader: ${env:" + ReaderVariable + "}"}}, nil
}

// NewAdmin returns the lines that make a login which may make temporary copies of
// tables, with the triggers whose functions lie in these schemas, and do nothing else.
func NewAdmin(ctx context.Context, tx pgx.Tx, at stack.Secret, database string, schemas []string) (Lines, error) {
	open, err := Public(ctx, tx)
	if err != nil {
		return Lines{}, err
	}
	to := " TO " + catalog.Ident(AdminLogin) + ";"
	grants := append(open.Connect(AdminLogin, database), "GRANT TEMPORARY ON DATABASE "+catalog.Ident(database)+to)
	for _, s := range schemas {
		if open.Needs(s) {
			grants = append(grants, "GRANT USAGE ON SCHEMA "+catalog.Ident(s)+to)
		}
	}
	return Lines{For: "db.admin: temporary copies that show whether a trigger fires", SQL: NewLogin(at, AdminLogin, "", AdminVariable, grants...),
		Then: []string{"paste the export line that psql prints into your shell", "add to arxctl.yaml, under db: admin: ${env:" + AdminVariable + "}"}}, nil
}
