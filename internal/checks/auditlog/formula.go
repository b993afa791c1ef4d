package auditlog

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/stack"
)

// formula is how the hash of a row is computed, and where it is kept.
type formula struct {
	stack.Chain
	told     string // who told it: arxctl.yaml, the column's comment, or rows that it was tried on
	guessed  bool
	unlinked bool // only the content of rows is compared
}

var chainComment = regexp.MustCompile(`^arxctl:chain (\w+)(?: per (\S+))? order by (\S+) prev (\S+) fields (\S+)(?: sep '([^']*)')?(?: null '([^']*)')?(?: time '([^']*)')?(?: genesis '([^']*)')?\s*$`)

// told returns the formula that arxctl.yaml or a comment gives for this table.
// A comment is one line: arxctl:chain ALGORITHM [per COLUMN] order by COLUMN
// prev COLUMN fields COLUMN,... [sep 'TEXT'] [null 'TEXT'] [time 'FORM'] [genesis 'TEXT'].
func toldFormula(t *table, configured *stack.Chain) (*formula, error) {
	if configured != nil {
		if _, has := t.column(configured.Hash); has {
			f := &formula{Chain: *configured, told: "db.audit.chain"}
			return f, f.check(t)
		}
	}
	for _, c := range t.Columns {
		if !strings.HasPrefix(c.Comment, "arxctl:chain ") {
			continue
		}
		m := chainComment.FindStringSubmatch(c.Comment)
		if m == nil {
			return nil, fmt.Errorf("the comment on %s.%s: expected arxctl:chain sha256 per COLUMN order by COLUMN prev COLUMN fields COLUMN,... sep 'TEXT' null 'TEXT' time 'epoch_us', got %q", t, ident(c.Name), c.Comment)
		}
		f := &formula{told: "the comment on its column", Chain: stack.Chain{Algorithm: m[1], Per: m[2], Order: m[3], Prev: m[4], Fields: strings.Split(m[5], ","), Separator: m[6], Null: m[7], Time: m[8], Genesis: m[9], Hash: c.Name}}
		return f, f.check(t)
	}
	return nil, nil
}

// check reports a column that is not there, or an algorithm that is not known.
func (f *formula) check(t *table) error {
	for _, c := range append([]string{f.Hash, f.Prev, f.Order, f.Per}, f.Fields...) {
		if _, has := t.column(c); !has && c != "" {
			return fmt.Errorf("the chain's formula (%s) names column %s, which %s does not have", f.told, c, t)
		}
	}
	if f.Prev == "" || f.Order == "" || len(f.Fields) == 0 {
		return fmt.Errorf("the chain's formula (%s) for %s: expected prev, order and fields", f.told, t)
	}
	if f.Algorithm == "" {
		f.Algorithm = "sha256"
	}
	if newHash(f.Algorithm) == nil {
		return fmt.Errorf("the chain's formula (%s) for %s: algorithm %q: expected sha256, sha512, sha384, sha1 or md5", f.told, t, f.Algorithm)
	}
	return nil
}

func newHash(name string) func() hash.Hash {
	return map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha384": sha512.New384, "sha1": sha1.New, "md5": md5.New}[name]
}

// parts returns the columns in hashing order. A formula that does not list the
// link column hashes it first.
func (f *formula) parts() []string {
	if slices.Contains(f.Fields, f.Prev) {
		return f.Fields
	}
	return append([]string{f.Prev}, f.Fields...)
}

// expression is the SQL for a column as it is hashed; a time as whole
// microseconds is read in binary and formatted here, since SQL would go through
// numeric for each row.
func (f *formula) expression(c column) (sql string, micros bool) {
	q := "t." + quote(c.Name)
	if c.Category != "D" || c.Type == "date" || strings.HasPrefix(c.Type, "time ") || strings.HasPrefix(c.Type, "time(") {
		return q + "::text", false
	}
	if c.Type == "timestamp with time zone" || strings.HasPrefix(c.Type, "timestamp(") && strings.HasSuffix(c.Type, "with time zone") {
		switch f.Time {
		case "", "epoch_us":
			return q, true
		case "epoch_ms":
			return fmt.Sprintf("floor(extract(epoch FROM %s) * 1000)::bigint::text", q), false
		case "epoch_s", "epoch":
			return fmt.Sprintf("floor(extract(epoch FROM %s))::bigint::text", q), false
		case "epoch_text":
			return fmt.Sprintf("extract(epoch FROM %s)::text", q), false
		case "text":
			return q + "::text", false
		case "json", "iso":
			return fmt.Sprintf("to_json(%s)#>>'{}'", q), false
		}
		return fmt.Sprintf("to_char(%s AT TIME ZONE 'UTC', %s)", q, literal(f.Time)), false
	}
	switch f.Time {
	case "", "epoch_us":
		return q, true
	case "text":
		return q + "::text", false
	}
	return fmt.Sprintf("to_char(%s, %s)", q, literal(f.Time)), false
}

// digest decodes a stored hash: hexadecimal, base64 or bytea's \x form. Nil is
// for NULL and for what is no digest.
func digest(stored []byte) []byte {
	s := bytes.TrimPrefix(stored, []byte(`\x`))
	if len(s) == 0 {
		return nil
	}
	if b := make([]byte, hex.DecodedLen(len(s))); len(s)%2 == 0 {
		if _, err := hex.Decode(b, s); err == nil {
			return b
		}
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(string(s)); err == nil {
			return b
		}
	}
	return nil
}

// genesis reports whether a stored link may stand before a chain's first row.
func (f *formula) genesis(stored []byte) bool {
	if f.Genesis != "" {
		return string(stored) == f.Genesis
	}
	return genesisLike(stored)
}

// genesisLike accepts NULL, nothing, zeros, and a word that is no digest, as GENESIS.
func genesisLike(stored []byte) bool {
	s := bytes.TrimPrefix(stored, []byte(`\x`))
	if len(bytes.Trim(s, "0")) == 0 {
		return true
	}
	return len(s) < 16 && !bytes.ContainsFunc(s, func(r rune) bool { return r >= '0' && r <= '9' })
}
