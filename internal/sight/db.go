package sight

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// database looks through every login of the db door.
func (l *looker) database(ctx context.Context) {
	db := l.cfg.DB
	if db == nil {
		l.add(Door{Name: "db", State: NotConfigured, Not: []string{"the database; " + evidence.ToSee + "arxctl init --dsn DSN proposes the db door"}})
		return
	}
	var logins []stack.Secret
	for _, x := range []struct{ name, tenant string }{{"db.app", "a"}, {"db.tenants.b", "b"}} {
		a, err := db.Actor(x.tenant)
		if err != nil {
			continue // stack.Load refuses a file without both
		}
		if slices.ContainsFunc(logins, func(s stack.Secret) bool { return s.Reveal() == a.DSN.Reveal() }) {
			continue
		}
		logins = append(logins, a.DSN)
		if db.Tenants[x.tenant].DSN.IsSet() {
			x.name = "db.tenants." + x.tenant
		}
		l.application(ctx, x.name, a)
	}
	l.reader(ctx)
	l.admin(ctx)
}

// open connects and runs fn in a read-only transaction; a failure is the door's complaint.
func (l *looker) open(ctx context.Context, d *Door, dsn stack.Secret, as stack.Actor, fn func(pgx.Tx) error) bool {
	d.State = Dead
	c, err := stack.Connect(ctx, dsn)
	if err == nil {
		defer c.Close(context.WithoutCancel(ctx))
		err = stack.Read(ctx, c, as, fn)
	}
	if err != nil {
		d.Complaints = append(d.Complaints, evidence.Advise(d.Name+": "+err.Error()))
		return false
	}
	d.State = Open
	return true
}

// application looks as a tenant of the application does.
func (l *looker) application(ctx context.Context, name string, a stack.Actor) {
	d := Door{Name: name}
	ok := l.open(ctx, &d, a.DSN, stack.Actor{}, func(tx pgx.Tx) error {
		login, err := roles.Login(ctx, tx)
		if err != nil {
			return err
		}
		plain, err := catalog.Read(ctx, tx, l.cfg.DB.Schemas...)
		if err != nil {
			return err
		}
		d.Sees = append(d.Sees, fmt.Sprintf("role %s on database %s", catalog.Plain(login.Name), plain.Database))
		tables := plain.Guarded()
		if login.Super || login.Bypass {
			return l.aboveRowSecurity(ctx, tx, &d, login, plain, tables, a.DSN)
		}
		if !l.become(ctx, tx, &d, a, login) {
			return nil
		}
		cat, err := catalog.Read(ctx, tx, l.cfg.DB.Schemas...)
		if err != nil {
			return err
		}
		if l.cat == nil {
			l.cat, l.appRole = cat, login
		}
		l.tables(&d, login.Name, a.Role, cat.Guarded())
		return nil
	})
	if !ok {
		l.noLogin(ctx, &d, a.DSN)
	}
	l.add(d)
}

// aboveRowSecurity complains of a login that row security never binds, and gives
// the lines for one that it does.
func (l *looker) aboveRowSecurity(ctx context.Context, tx pgx.Tx, d *Door, login *roles.Role, cat *catalog.Catalog, tables []*catalog.Relation, dsn stack.Secret) error {
	app, err := roles.FindApplication(ctx, tx, tables)
	if err != nil {
		return err
	}
	lines, why, err := roles.Judged(ctx, tx, dsn, cat.Database, login, app, tables)
	if err != nil {
		return err
	}
	l.cat, l.appRole = cat, login
	lines.Then = append(lines.Then, "let db.app in "+l.cfg.Path()+" be ${env:"+roles.AppVariable+"}")
	l.report.Lines = append(l.report.Lines, lines)
	d.Complaints = append(d.Complaints, why+"; "+evidence.ToSee+"paste the lines below, and give that login as db.app")
	return nil
}

// become takes the role and settings of the tenant; where it may not, the GRANT is given.
func (l *looker) become(ctx context.Context, tx pgx.Tx, d *Door, a stack.Actor, login *roles.Role) bool {
	err := pgx.BeginFunc(ctx, tx, func(sp pgx.Tx) error { return a.Become(ctx, sp) })
	if err == nil {
		err = a.Become(ctx, tx) // it stays for the rest of the look
	}
	if err == nil {
		return true
	}
	d.Complaints = append(d.Complaints, evidence.Advise(d.Name+": "+err.Error()))
	if stack.SQLState(err) == "42501" && a.Role != "" {
		l.report.Lines = append(l.report.Lines, roles.Lines{For: d.Name + " may take the role that db.tenant.role names",
			SQL: []string{"GRANT " + catalog.Ident(a.Role) + " TO " + catalog.Ident(login.Name) + ";"}})
	}
	return false
}

// tables says which tables with policies the role may read, and gives the GRANT
// lines where it may read none: then nothing at all can be judged.
func (l *looker) tables(d *Door, login, role string, tables []*catalog.Relation) {
	if role == "" {
		role = login
	}
	var hidden []*catalog.Relation
	var unbound []string
	for _, r := range tables {
		switch {
		case !r.Can.Usage || !r.Can.Select:
			hidden = append(hidden, r)
		case !r.Active:
			unbound = append(unbound, r.String())
		}
	}
	d.Sees = append(d.Sees, fmt.Sprintf("%d of %d tables with row security policies, bound by them on %d", len(tables)-len(hidden), len(tables), len(tables)-len(hidden)-len(unbound)))
	if len(unbound) > 0 {
		d.Not = append(d.Not, "row security does not bind "+catalog.Plain(role)+" on "+few(unbound)+": it owns them, and they are not FORCEd; tenancy.role judges that")
	}
	switch {
	case len(tables) == 0:
		d.Not = append(d.Not, "no table has row security policies; tenants are told apart by column names and keys alone")
	case len(hidden) == len(tables):
		d.Complaints = append(d.Complaints, fmt.Sprintf("%s may read none of %d tables with policies; %spaste the lines below if the application is meant to, or give the login that is", catalog.Plain(role), len(tables), evidence.ToSee))
		l.report.Lines = append(l.report.Lines, roles.Lines{For: d.Name + " may read what it is judged by",
			SQL: roles.Grants(role, "SELECT", hidden, func(schema string) bool { return lacksUsage(hidden, schema) })})
	case len(hidden) > 0:
		d.Not = append(d.Not, "the application may not read "+few(names(hidden))+": no tenant reaches them through it")
	}
}

// noLogin says what another login can tell about one that was refused.
func (l *looker) noLogin(ctx context.Context, d *Door, dsn stack.Secret) {
	cfg, err := pgx.ParseConfig(dsn.Reveal())
	if err != nil {
		return
	}
	for _, other := range []stack.Secret{l.cfg.DB.Admin, l.cfg.DB.Reader} {
		if !other.IsSet() {
			continue
		}
		probe := Door{}
		var lines *roles.Lines
		l.open(ctx, &probe, other, stack.Actor{}, func(tx pgx.Tx) error {
			r, err := roles.Named(ctx, tx, cfg.User)
			if err != nil {
				return err
			}
			switch {
			case r == nil:
				cat, err := catalog.Read(ctx, tx, l.cfg.DB.Schemas...)
				if err != nil {
					return err
				}
				tables := cat.Guarded()
				open, err := roles.Public(ctx, tx)
				if err != nil {
					return err
				}
				grants := open.Connect(cfg.User, cat.Database)
				if app, err := roles.FindApplication(ctx, tx, tables); err != nil {
					return err
				} else if app != nil {
					grants = append(grants, roles.AsApplication(cfg.User, app)...)
				} else {
					grants = append(grants, roles.Grants(cfg.User, "SELECT, INSERT, UPDATE, DELETE", tables, open.Needs)...)
				}
				lines = &roles.Lines{For: d.Name + ": there is no role " + cfg.User, SQL: roles.NewLogin(other, cfg.User, "", roles.AppVariable, grants...),
					Then: []string{"let db.app in " + l.cfg.Path() + " be ${env:" + roles.AppVariable + "}"}}
			case !r.CanLogin:
				lines = &roles.Lines{For: d.Name + ": the role may not log in", SQL: []string{"ALTER ROLE " + catalog.Ident(cfg.User) + " LOGIN;"}}
			case !r.Connect:
				lines = &roles.Lines{For: d.Name + ": the role may not connect", SQL: []string{"GRANT CONNECT ON DATABASE " + catalog.Ident(cfg.Database) + " TO " + catalog.Ident(cfg.User) + ";"}}
			}
			return nil
		})
		if lines != nil {
			l.report.Lines = append(l.report.Lines, *lines)
			return
		}
	}
}

// rowsThatStay gives the lines that add the rows of db.seed for good, where the
// tenants do not exist: what is rolled back is seen by one transaction alone.
func (l *looker) rowsThatStay() {
	if may, _ := l.st.MayWrite(); !may {
		return
	}
	missed := false
	for _, e := range l.records {
		missed = missed || l.seeded(e)
	}
	if !missed {
		return
	}
	text, err := os.ReadFile(l.cfg.DB.Seed)
	if err != nil {
		return // the checks say so, with the path
	}
	lines := roles.Lines{For: "the rows of db.seed stay, in a database that is yours to fill", Optional: true}
	for _, name := range []string{"a", "b"} {
		a, err := l.cfg.DB.Actor(name)
		if err != nil {
			return
		}
		pairs := []string{"{id}", a.ID}
		for k, v := range l.cfg.DB.Tenants[name].Vars {
			pairs = append(pairs, "{"+k+"}", v)
		}
		lines.SQL = append(lines.SQL, "BEGIN;")
		if as := strings.TrimSpace(a.Describe()); as != "" {
			lines.SQL = append(lines.SQL, as)
		}
		lines.SQL = append(lines.SQL, strings.TrimSpace(strings.NewReplacer(pairs...).Replace(string(text))), "COMMIT;")
	}
	l.report.Lines = append(l.report.Lines, lines)
}

func lacksUsage(rels []*catalog.Relation, schema string) bool {
	return slices.ContainsFunc(rels, func(r *catalog.Relation) bool { return r.Schema == schema && !r.Can.Usage })
}

func names(rels []*catalog.Relation) []string {
	out := make([]string, len(rels))
	for i, r := range rels {
		out[i] = r.String()
	}
	return out
}

func few(names []string) string {
	if len(names) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ")
}
