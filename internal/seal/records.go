package seal

import (
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/arxsec/arxctl/internal/evidence"
)

// records holds every record against its line of the index, in the same order,
// and judges it again. What was withheld is named apart.
func records(f file) (seen []evidence.Evidence, withheld []string, err error) {
	if err := sameNames(f); err != nil {
		return nil, nil, err
	}
	for i, r := range f.Records {
		if r.Withheld != "" {
			if r.Salt != "" || len(r.Evidence) > 0 {
				return nil, nil, fmt.Errorf("record %s says that it is withheld, and is there", r.ID)
			}
			withheld = append(withheld, r.ID)
			continue
		}
		e, err := openRecord(r, f.Index.Records[i])
		if err != nil {
			return nil, nil, err
		}
		if err := e.Rejudge(); err != nil {
			return nil, nil, err
		}
		if e.Started.Before(f.Index.Started.Add(-ClockStep)) || e.Ended.After(f.Index.Ended.Add(ClockStep)) || e.Ended.Before(e.Started.Add(-ClockStep)) {
			return nil, nil, fmt.Errorf("record %s was collected from %s to %s, outside the run (%s to %s)", r.ID,
				e.Started.Format(time.RFC3339), e.Ended.Format(time.RFC3339), f.Index.Started.Format(time.RFC3339), f.Index.Ended.Format(time.RFC3339))
		}
		seen = append(seen, e)
	}
	return seen, withheld, nil
}

// sameNames says which record is missing, extra, twice or swapped.
func sameNames(f file) error {
	listed, held := map[string]int{}, map[string]int{}
	for _, l := range f.Index.Records {
		if listed[l.ID]++; listed[l.ID] > 1 {
			return fmt.Errorf("the index lists record %s twice", l.ID)
		}
	}
	for _, r := range f.Records {
		if held[r.ID]++; held[r.ID] > 1 {
			return fmt.Errorf("record %s is there twice", r.ID)
		}
		if listed[r.ID] == 0 {
			return fmt.Errorf("record %s is extra: the index does not list it", r.ID)
		}
	}
	for i, l := range f.Index.Records {
		if held[l.ID] == 0 {
			return fmt.Errorf("record %s is missing: the index lists it", l.ID)
		}
		if f.Records[i].ID != l.ID {
			return fmt.Errorf("record %d: the index lists %s, the file holds %s: records were swapped", i+1, l.ID, f.Records[i].ID)
		}
	}
	return nil
}

// is reports whether a line is of this record.
func (l Entry) is(salt, canonical []byte) bool {
	return subtle.ConstantTimeCompare([]byte(digest(salt, canonical)), []byte(l.SHA256)) == 1
}

// openRecord holds one record of a file, which strictJSON has looked at, against
// its line and decodes it.
func openRecord(r record, line Entry) (e evidence.Evidence, err error) {
	salt, err := hex.DecodeString(r.Salt)
	if err != nil || len(salt) != 16 || hex.EncodeToString(salt) != r.Salt {
		return e, fmt.Errorf("record %s: salt: expected 32 hexadecimal digits, lower case", r.ID)
	}
	if !line.is(salt, r.Evidence) {
		// Another encoding of the same record has its digest too, and is refused as that.
		if canonical, err := jcs.Transform(r.Evidence); err != nil || !line.is(salt, canonical) {
			return e, fmt.Errorf("record %s was changed: its SHA-256 is not the one in the index", r.ID)
		}
	}
	if err := decodeOne(r.Evidence, &e); err != nil {
		return e, fmt.Errorf("record %s: %w", r.ID, err)
	}
	if e.Check.ID != r.ID {
		return e, fmt.Errorf("record %s holds the evidence of %s", r.ID, e.Check.ID)
	}
	return e, nil
}

// Withhold returns the run file without the records of these checks: their lines
// stay in the index, so that the digest, and a seal, still hold. why is shown to
// the reader. An ID that the run has no record of is an error.
func (r *Run) Withhold(ids []string, why string) (*Run, error) {
	var f file
	if err := decodeStrict(r.Bytes, &f); err != nil {
		return nil, err
	}
	for _, id := range ids {
		i := slices.IndexFunc(f.Records, func(x record) bool { return x.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("the run has no record of %s to withhold", id)
		}
		f.Records[i] = record{ID: id, Withheld: why}
	}
	b, err := f.encode()
	if err != nil {
		return nil, err
	}
	return Decode("run with records withheld", b)
}
