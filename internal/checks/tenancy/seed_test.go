package tenancy_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks/tenancy"
)

// The made-up row of an empty table may have the key of one that another session is about to take back, as the checks
// that run at the same time do: a row is then tried until that one is gone.
func TestAMadeUpRowWaitsForItsKey(t *testing.T) {
	l := newLab(t, scalar, `CREATE TABLE keycards (clinic_id uuid NOT NULL REFERENCES clinics, mac macaddr NOT NULL, PRIMARY KEY (clinic_id, mac)); GRANT SELECT, INSERT, UPDATE, DELETE ON keycards TO {app};
		ALTER TABLE keycards ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON keycards USING (clinic_id = NULLIF(current_setting('app.clinic', true), '')::uuid)`)
	other, err := pgx.Connect(t.Context(), cluster.SuperDSN(l.db))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.Background())
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `INSERT INTO keycards VALUES ('`+idA+`', '08:00:2b:01:02:03')`); err != nil {
		t.Fatal(err)
	}
	watch, err := pgx.Connect(t.Context(), cluster.SuperDSN(l.db))
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close(context.Background())
	seen := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { seen <- twoWaits(ctx, watch, l.db, tx) }()
	e := judge(t, tenancy.Write, l.stack(scalarYAML))
	cancel() // who is not kept waiting twice has given up
	if err := <-seen; err != nil {
		t.Fatal(err)
	}
	wants(t, e, "pass")
}

// twoWaits lets go of the transaction once two statements of others in the database have waited for it.
func twoWaits(ctx context.Context, c *pgx.Conn, db string, tx pgx.Tx) error {
	waited := map[time.Time]bool{}
	for len(waited) < 2 {
		var at time.Time
		err := c.QueryRow(ctx, `SELECT coalesce(max(query_start), '2000-01-01') FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`, db).Scan(&at)
		if err != nil {
			return err
		}
		if at.Year() > 2000 {
			waited[at] = true
		}
	}
	return tx.Rollback(context.WithoutCancel(ctx))
}
