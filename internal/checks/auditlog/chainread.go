package auditlog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/stack"
)

// chain is what verifying one chain showed.
type chain struct {
	rows        int64
	first, last string // order column of its first and last row
	head        string // hash of its last row, as stored
	broken      string // the first row that does not hold, and why
	bad, links  int64  // rows that do not hold; those of them whose link does not
	cut         bool   // its first row points to a row that is not there
	old         *anchor

	// The row before, in buffers that are used again: no allocation for a row.
	order, hash []byte
}

// errUnordered: rows came back out of order; they must be sorted.
var errUnordered = errors.New("rows are not stored in the order of the chain")

// sourceSettings make text the same on every server: how dates, bytes and
// floats print, and scans that start at the beginning of a table, in one process.
const sourceSettings = `SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex';
	SET LOCAL extra_float_digits = 1; SET LOCAL synchronize_seqscans = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL statement_timeout = '50s'`

// verify reads every row of the table that the actor sees and follows its
// chains. An audit table is written in order, so rows are first read as they
// are stored, and sorted only where that fails. old holds heads of an earlier
// run by chain. Memory grows with the number of chains, never with rows.
func (s *session) verify(ctx context.Context, a stack.Actor, t *table, f *formula, old map[string]anchor) (map[string]*chain, error) {
	var out map[string]*chain
	err := s.read(ctx, a, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sourceSettings, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		var err error
		out, err = follow(ctx, tx, t, f, old, false)
		if errors.Is(err, errUnordered) {
			out, err = follow(ctx, tx, t, f, old, true)
		}
		return err
	})
	return out, err
}

// query returns the SQL and the result formats: text for all but times.
func (f *formula) query(t *table, sorted bool) (string, pgx.QueryResultFormats) {
	per := "''::text"
	if f.Per != "" {
		per = "t." + quote(f.Per) + "::text"
	}
	cols := []string{per, "t." + quote(f.Order) + "::text", "t." + quote(f.Prev) + "::text", "t." + quote(f.Hash) + "::text"}
	formats := pgx.QueryResultFormats{0, 0, 0, 0}
	for _, name := range f.parts() {
		c, _ := t.column(name)
		sql, micros := f.expression(c)
		cols = append(cols, sql)
		formats = append(formats, map[bool]int16{true: 1, false: 0}[micros])
	}
	q := fmt.Sprintf("SELECT %s FROM %s t", strings.Join(cols, ", "), t.quoted())
	if sorted {
		q += " ORDER BY " + per + ", t." + quote(f.Order)
	}
	return q, formats
}

func follow(ctx context.Context, tx pgx.Tx, t *table, f *formula, old map[string]anchor, sorted bool) (map[string]*chain, error) {
	q, formats := f.query(t, sorted)
	rows, err := tx.Query(ctx, q, pgx.QueryExecModeDescribeExec, formats)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	w := &walker{f: f, h: newHash(f.Algorithm)(), chains: map[string]*chain{}, old: old, binary: formats, sorted: sorted, numeric: numericOrder(t, f)}
	for rows.Next() {
		if err := w.row(rows.RawValues()); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, c := range w.chains {
		c.last, c.head = string(c.order), string(c.hash)
	}
	return w.chains, nil
}

func numericOrder(t *table, f *formula) bool {
	c, _ := t.column(f.Order)
	return c.Category == "N"
}

type walker struct {
	f       *formula
	h       hash.Hash
	chains  map[string]*chain
	old     map[string]anchor
	binary  pgx.QueryResultFormats
	sorted  bool
	numeric bool
	buf     []byte
	sum     []byte
	cur     *chain
	curPer  string
}

func (w *walker) row(v [][]byte) error {
	c := w.chainOf(v[0])
	order := v[1]
	if c.rows > 0 && !w.sorted && !w.after(order, c.order) {
		return errUnordered
	}
	c.rows++
	switch {
	case c.rows == 1:
		c.first, c.cut = string(order), !w.f.unlinked && !w.f.genesis(v[2])
	case w.f.unlinked:
	case !bytes.Equal(v[2], c.hash) && !bytes.Equal(digest(v[2]), digest(c.hash)):
		c.links++
		w.breaks(c, order, "its %s is not the %s of the row before it (%s)", w.f.Prev, w.f.Hash, c.order)
	}
	if !w.holds(v[3], v[4:]) {
		w.breaks(c, order, "its content does not give its %s", w.f.Hash)
	}
	c.order, c.hash = append(c.order[:0], order...), append(c.hash[:0], v[3]...)
	if o := c.old; o != nil && o.order == string(order) {
		o.met, o.at = true, c.rows
		if o.hash != string(v[3]) {
			o.now = string(v[3])
		}
	}
	return nil
}

func (w *walker) chainOf(per []byte) *chain {
	if w.cur != nil && w.curPer == string(per) {
		return w.cur
	}
	key := string(per)
	c := w.chains[key]
	if c == nil {
		c = &chain{}
		if o, ok := w.old[key]; ok {
			c.old = &o
		}
		w.chains[key] = c
	}
	w.cur, w.curPer = c, key
	return c
}

// after compares the text of two order values: whole numbers by length first.
func (w *walker) after(a, b []byte) bool {
	if w.numeric && len(a) != len(b) {
		return len(a) > len(b)
	}
	return bytes.Compare(a, b) > 0
}

func (w *walker) breaks(c *chain, order []byte, why string, a ...any) {
	if c.bad++; c.bad == 1 {
		c.broken = fmt.Sprintf("row %s = %s: ", w.f.Order, order) + fmt.Sprintf(why, a...)
	}
}

// holds computes the row's hash and compares it with the stored one.
func (w *walker) holds(stored []byte, fields [][]byte) bool {
	b := w.buf[:0]
	started := false
	for i, v := range fields {
		if v == nil && w.f.Null == "skip" { // as concat_ws does
			continue
		}
		if started {
			b = append(b, w.f.Separator...)
		}
		started = true
		switch {
		case v == nil:
			b = append(b, w.f.Null...)
		case w.binary[4+i] == 1 && len(v) == 8:
			const y2k = 946684800_000000 // PostgreSQL counts microseconds from 2000
			b = strconv.AppendInt(b, int64(binary.BigEndian.Uint64(v))+y2k, 10)
		default:
			b = append(b, v...)
		}
	}
	w.buf = b
	w.h.Reset()
	w.h.Write(b)
	w.sum = w.h.Sum(w.sum[:0])
	return equalHex(stored, w.sum) || bytes.Equal(digest(stored), w.sum)
}

// equalHex compares lower-case hexadecimal without decoding it.
func equalHex(text, sum []byte) bool {
	if len(text) != 2*len(sum) {
		return false
	}
	const digits = "0123456789abcdef"
	for i, b := range sum {
		if text[2*i] != digits[b>>4] || text[2*i+1] != digits[b&15] {
			return false
		}
	}
	return true
}

func linkBroken(found map[string]*chain) bool {
	for _, c := range found {
		if c.links > 0 || c.cut {
			return true
		}
	}
	return false
}
