package auditlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// chain is what verifying one chain showed.
type chain struct {
	key         string // value of the column that starts a chain of its own
	rows        int64
	first, last string // order column of its first and last row
	head        string // hash of its last row, as stored
	broken      string // the first row that does not hold, and why
	bad, links  int64  // rows that do not hold; those of them whose link does not
	cut         bool   // its first row points to a row that is not there
	old         *anchor

	// The row before, in buffers that are used again: no allocation for a row.
	order, hash []byte
	// Its first row's, to join it to what another connection read.
	firstOrder, firstPrev []byte
}

// errUnordered: rows came back out of order; they must be sorted.
var errUnordered = errors.New("rows are not stored in the order of the chain")

// sourceSettings make text the same on every server: how dates, bytes and
// floats print, and scans that start at the beginning of a table, in one process.
const sourceSettings = `SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex';
	SET LOCAL extra_float_digits = 1; SET LOCAL synchronize_seqscans = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL statement_timeout = '50s'`

// follow reads rows of the table and follows the chains in them.
func follow(ctx context.Context, tx pgx.Tx, f *formula, l *layout, old map[string]anchor, where string, sorted bool) (map[string]*chain, error) {
	rows, err := tx.Query(ctx, l.query(where, sorted), pgx.QueryExecModeDescribeExec, l.formats())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	w := newWalker(f, l)
	w.old, w.sorted = old, sorted
	for rows.Next() {
		if err := w.row(rows.RawValues()); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := make(map[string]*chain, len(w.chains))
	for _, c := range w.chains {
		out[c.key] = c
	}
	return out, nil
}

type walker struct {
	*layout
	f      *formula
	h      hash.Hash // nil for sha256, which needs none
	chains map[string]*chain
	old    map[string]anchor
	sorted bool
	buf    []byte
	sum    []byte
	cur    *chain
	curPer []byte
}

func newWalker(f *formula, l *layout) *walker {
	w := &walker{layout: l, f: f, chains: map[string]*chain{}}
	if f.Algorithm != "sha256" {
		w.h = newHash(f.Algorithm)()
	}
	return w
}

func (w *walker) row(v [][]byte) error {
	c := w.chainOf(v)
	order, prev, hash := v[w.order], v[w.prev], v[w.hash]
	if c.rows > 0 && !w.sorted && !w.after(order, c.order) {
		return errUnordered
	}
	c.rows++
	switch {
	case c.rows == 1:
		c.firstOrder, c.firstPrev = bytes.Clone(order), bytes.Clone(prev)
		c.first, c.cut = string(w.forms[w.order].print(nil, order)), !w.f.unlinked && !w.f.genesis(prev)
	case w.f.unlinked:
	case !linked(prev, c.hash):
		if c.links++; c.bad == 0 {
			c.broken = w.unlinkedAt(order, c.order)
		}
		c.bad++
	}
	if !w.holds(v) {
		if c.bad++; c.bad == 1 {
			c.broken = fmt.Sprintf("row %s = %s: its content does not give its %s", w.f.Order, w.forms[w.order].print(nil, order), w.f.Hash)
		}
	}
	c.order, c.hash = append(c.order[:0], order...), append(c.hash[:0], hash...)
	if o := c.old; o != nil && len(o.raw) > 0 && bytes.Equal(o.raw, order) {
		o.met, o.at = true, c.rows
		if o.hash != string(hash) {
			o.now = string(hash)
		}
	}
	return nil
}

func linked(prev, hash []byte) bool {
	return bytes.Equal(prev, hash) || bytes.Equal(digest(prev), digest(hash))
}

func (w *walker) unlinkedAt(order, before []byte) string {
	k := w.forms[w.order]
	return fmt.Sprintf("row %s = %s: its %s is not the %s of the row before it (%s)", w.f.Order, k.print(nil, order), w.f.Prev, w.f.Hash, k.print(nil, before))
}

func (w *walker) chainOf(v [][]byte) *chain {
	var per []byte
	if w.per >= 0 {
		per = v[w.per]
	}
	if w.cur != nil && bytes.Equal(w.curPer, per) {
		return w.cur
	}
	c := w.chains[string(per)]
	if c == nil {
		c = &chain{}
		if len(per) > 0 {
			c.key = string(w.forms[w.per].print(nil, per))
		}
		if o, ok := w.old[c.key]; ok {
			o.raw = w.spelled(o.order)
			c.old = &o
		}
		w.chains[string(per)] = c
	}
	w.cur, w.curPer = c, append(w.curPer[:0], per...)
	return c
}

// spelled returns an order value as rows carry it; nil when it can be none.
func (w *walker) spelled(order string) []byte {
	if w.forms[w.order] != asInt {
		return []byte(order)
	}
	n, err := strconv.ParseInt(order, 10, 64)
	c, _ := w.table.column(w.f.Order)
	switch {
	case err != nil:
		return nil
	case c.Type == "smallint" && n == int64(int16(n)):
		return binary.BigEndian.AppendUint16(nil, uint16(n))
	case c.Type == "integer" && n == int64(int32(n)):
		return binary.BigEndian.AppendUint32(nil, uint32(n))
	case c.Type == "bigint":
		return binary.BigEndian.AppendUint64(nil, uint64(n))
	}
	return nil
}

// after compares two order values; as text, whole numbers by length first.
func (w *walker) after(a, b []byte) bool {
	if w.forms[w.order] == asInt {
		return integer(a) > integer(b)
	}
	if w.numeric && len(a) != len(b) {
		return len(a) > len(b)
	}
	return bytes.Compare(a, b) > 0
}

// holds computes the row's hash and compares it with the stored one.
func (w *walker) holds(v [][]byte) bool {
	b := w.buf[:0]
	started := false
	for _, i := range w.fields {
		field := v[i]
		if field == nil && w.f.Null == "skip" { // as concat_ws does
			continue
		}
		if started {
			b = append(b, w.f.Separator...)
		}
		started = true
		if field == nil {
			b = append(b, w.f.Null...)
		} else {
			b = w.forms[i].print(b, field)
		}
	}
	w.buf = b
	if w.h == nil {
		sum := sha256.Sum256(b)
		w.sum = append(w.sum[:0], sum[:]...)
	} else {
		w.h.Reset()
		w.h.Write(b)
		w.sum = w.h.Sum(w.sum[:0])
	}
	stored := v[w.hash]
	return equalHex(bytes.TrimPrefix(stored, []byte(`\x`)), w.sum) || bytes.Equal(digest(stored), w.sum)
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
