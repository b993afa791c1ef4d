// Package migrations holds the schema of the reference stack, as SQL files that goose runs in order.
//
// The audit log's hash chain is told by a comment on its hash column, in one line of this grammar:
//
//	arxctl:chain sha256 per COLUMN order by COLUMN prev COLUMN fields COLUMN,... sep 'TEXT' null 'TEXT' time 'epoch_us'
//
// The commented column holds, in lower-case hexadecimal, the SHA-256 of the UTF-8 bytes of: the row's prev column, the
// separator, and the fields in the order listed, joined by the separator. A NULL counts as the null text, a time as whole
// microseconds since 1970-01-01 UTC, everything else as PostgreSQL's text form. The prev column of a row holds the hash
// of the row before it in the order, among the rows of the same "per" value; that of the first is empty.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver, which goose asks for
	"github.com/pressly/goose/v3"
)

//go:embed *.sql
var files embed.FS

// Up brings the database behind a superuser's DSN to the newest version.
func Up(ctx context.Context, dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Digest returns the SHA-256 over all migrations, in hexadecimal; a cached database is known by it.
func Digest() (string, error) {
	h := sha256.New()
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		body, err := files.ReadFile(e.Name())
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s:%d:", e.Name(), len(body))
		h.Write(body)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
