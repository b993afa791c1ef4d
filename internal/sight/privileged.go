package sight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// wants reports whether a check says that it would see through this login.
func (l *looker) wants(login string) bool {
	for _, e := range l.records {
		if e.Outcome != evidence.Inconclusive {
			continue
		}
		if strings.Contains(e.Error, "give "+login) || strings.Contains(e.Error, "or give "+login) {
			return true
		}
		for _, o := range e.Observations {
			if strings.Contains(o.Blind, login) {
				return true
			}
		}
	}
	return false
}

// swept are the tables that a reader sweeps: those with policies, those that the
// application may touch, and the audit tables.
func (l *looker) swept(cat *catalog.Catalog) []*catalog.Relation {
	var out []*catalog.Relation
	for _, r := range cat.Relations {
		if !r.Is(catalog.Table, catalog.Partitioned) || r.IsPartition {
			continue
		}
		p := catalog.Privileges{}
		if l.cat != nil {
			if own := l.cat.Relation(r.OID); own != nil {
				p = own.Can
			}
		}
		_, audit := l.facts["table:"+r.String()]
		if r.RLS || audit || p.Usage && (p.Select || p.Insert || p.Update || p.Delete) {
			out = append(out, r)
		}
	}
	return out
}

// reader looks as db.reader, or says what there is to gain by one.
func (l *looker) reader(ctx context.Context) {
	d := Door{Name: "db.reader", State: NotConfigured}
	if !l.cfg.DB.Reader.IsSet() {
		d.Not = append(d.Not, "rows that no tenant sees, whole hash chains, and whether the tenants' ids stand in tables that they may not read")
		wanted := l.wants("db.reader")
		if wanted {
			d.Complaints = append(d.Complaints, "a check is blind for want of it; "+evidence.ToSee+"paste the lines below, and give db.reader")
		}
		if a, err := l.cfg.DB.Actor("a"); err == nil && l.cat != nil {
			probe := Door{}
			l.open(ctx, &probe, a.DSN, stack.Actor{}, func(tx pgx.Tx) error {
				lines, err := roles.NewReader(ctx, tx, a.DSN, l.cat.Database, l.swept(l.cat))
				lines.Optional = !wanted
				l.report.Lines = append(l.report.Lines, lines)
				return err
			})
		}
		l.add(d)
		return
	}
	l.open(ctx, &d, l.cfg.DB.Reader, stack.Actor{}, func(tx pgx.Tx) error {
		login, err := roles.Login(ctx, tx)
		if err != nil {
			return err
		}
		cat, err := catalog.Read(ctx, tx, l.cfg.DB.Schemas...)
		if err != nil {
			return err
		}
		tables := l.swept(cat)
		var hidden, filtered []*catalog.Relation
		for _, r := range tables {
			if !r.Can.Usage || !r.Can.Select {
				hidden = append(hidden, r)
			}
			if r.Active {
				filtered = append(filtered, r)
			}
		}
		d.Sees = append(d.Sees, fmt.Sprintf("role %s reads %d of %d tables, every row of %d", catalog.Plain(login.Name), len(tables)-len(hidden), len(tables), wholly(tables)))
		if login.Super {
			d.Not = append(d.Not, "it is a superuser: more than a reader needs, which is SELECT and BYPASSRLS")
		}
		lines := roles.Lines{For: "db.reader sees every row of every table"}
		if len(hidden) > 0 {
			d.Complaints = append(d.Complaints, fmt.Sprintf("%s may not read %s; %spaste the lines below", catalog.Plain(login.Name), few(names(hidden)), evidence.ToSee))
			lines.SQL = append(lines.SQL, roles.Grants(login.Name, "SELECT", hidden, func(schema string) bool { return lacksUsage(hidden, schema) })...)
		}
		if len(filtered) > 0 {
			d.Complaints = append(d.Complaints, fmt.Sprintf("row security hides rows of %s from %s; %spaste the lines below", few(names(filtered)), catalog.Plain(login.Name), evidence.ToSee))
			lines.SQL = append(lines.SQL, "ALTER ROLE "+catalog.Ident(login.Name)+" BYPASSRLS;")
		}
		if len(lines.SQL) > 0 {
			l.report.Lines = append(l.report.Lines, lines)
		}
		return nil
	})
	if d.State == Dead {
		l.noLogin(ctx, &d, l.cfg.DB.Reader)
	}
	l.add(d)
}

func wholly(tables []*catalog.Relation) int {
	n := 0
	for _, r := range tables {
		if r.Can.Usage && r.Can.Select && !r.Active {
			n++
		}
	}
	return n
}

// admin looks as db.admin. It is missed where privilege stands before a trigger
// and the application may make no temporary copy to see the trigger fire on.
func (l *looker) admin(ctx context.Context) {
	d := Door{Name: "db.admin", State: NotConfigured}
	if l.cfg.DB.Admin.IsSet() {
		l.open(ctx, &d, l.cfg.DB.Admin, stack.Actor{}, func(tx pgx.Tx) error {
			login, err := roles.Login(ctx, tx)
			if err != nil {
				return err
			}
			d.Sees = append(d.Sees, "role "+catalog.Plain(login.Name)+", for temporary copies")
			if !login.CreateTemp {
				d.Complaints = append(d.Complaints, catalog.Plain(login.Name)+" may not make temporary tables; "+evidence.ToSee+"paste the line below")
				var database string
				if err := tx.QueryRow(ctx, "SELECT current_database()").Scan(&database); err != nil {
					return err
				}
				l.report.Lines = append(l.report.Lines, roles.Lines{For: "db.admin makes temporary copies", SQL: []string{"GRANT TEMPORARY ON DATABASE " + catalog.Ident(database) + " TO " + catalog.Ident(login.Name) + ";"}})
			}
			return nil
		})
		l.add(d)
		return
	}
	d.Not = append(d.Not, "whether a trigger fires where privilege refuses first and the application may make no temporary copy")
	if held := l.outOfReach(); len(held) > 0 {
		l.unfired = fmt.Sprintf("the application may neither change %s nor make a temporary copy, so that no trigger is seen to fire; %spaste the lines below, and give db.admin", few(names(held)), evidence.ToSee)
		d.Complaints = append(d.Complaints, l.unfired)
		if a, err := l.cfg.DB.Actor("a"); err == nil {
			probe := Door{}
			l.open(ctx, &probe, a.DSN, stack.Actor{}, func(tx pgx.Tx) error {
				lines, err := roles.NewAdmin(ctx, tx, a.DSN, l.cat.Database, l.schemasOf(held))
				l.report.Lines = append(l.report.Lines, lines)
				return err
			})
		}
	}
	l.add(d)
}

// outOfReach are the guarded audit tables that the application may not change, when
// it may make no temporary copy of them either.
func (l *looker) outOfReach() []*catalog.Relation {
	if l.cat == nil || l.appRole == nil || l.appRole.CreateTemp {
		return nil
	}
	if may, _ := l.st.MayWrite(); !may {
		return nil // nothing is tried there anyway
	}
	return slices.DeleteFunc(slices.Clone(l.cat.Relations), func(r *catalog.Relation) bool {
		_, audit := l.facts["table:"+r.String()]
		return !audit || len(r.Triggers) == 0 || r.Can.Update && r.Can.Delete
	})
}

// schemasOf are those of the tables, of their columns' types as far as the table's
// own tells, and of their triggers' functions.
func (l *looker) schemasOf(rels []*catalog.Relation) []string {
	var out []string
	for _, r := range rels {
		out = append(out, r.Schema)
		for _, t := range r.Triggers {
			if f := l.cat.Function(t.Function); f != nil {
				out = append(out, f.Schema)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
