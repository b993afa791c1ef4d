package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// maxDepth bounds how deep the JSON of a stranger may nest: a run needs seven.
const maxDepth = 32

// maxValues bounds how many values the JSON of a stranger may hold, since each
// takes many times its bytes once it is decoded. A run of thirty checks over a
// thousand tables has half a million.
const maxValues = 2 << 20

// strictJSON looks at JSON before anything else does and refuses what two
// readers could understand differently: invalid UTF-8, a key that is there
// twice or twice but for its case, anything after the end (RFC 8259 section 4
// leaves the first two open, RFC 7493 forbids them). The error names the place
// in bytes and as a path of keys.
func strictJSON(b []byte) error {
	if !utf8.Valid(b) {
		return errors.New("is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	left := maxValues
	if err := strictValue(dec, nil, &left); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of its JSON")
	}
	return nil
}

func strictValue(dec *json.Decoder, path []string, left *int) error {
	tok, err := dec.Token()
	if err != nil {
		return notJSON(dec, err)
	}
	if *left--; *left < 0 {
		return fmt.Errorf("holds more than %d values", maxValues)
	}
	open, isDelim := tok.(json.Delim)
	if !isDelim {
		return nil
	}
	if len(path) >= maxDepth {
		return fmt.Errorf("%s: nests deeper than %d levels", strings.Join(path, "."), maxDepth)
	}
	seen := map[string]string{} // folded -> as it was
	for i := 0; dec.More(); i++ {
		at := fmt.Sprintf("[%d]", i)
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return notJSON(dec, err)
			}
			at = key.(string) // a decoder yields nothing else before a value
			folded := fold(at, path)
			switch was, twice := seen[folded]; {
			case twice && was == at:
				return fmt.Errorf("%s: the key %q is there twice", strings.Join(path, "."), at)
			case twice:
				return fmt.Errorf("%s: the keys %q and %q differ in case only", strings.Join(path, "."), was, at)
			}
			seen[folded] = at
		}
		if err := strictValue(dec, append(path, at), left); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return notJSON(dec, err)
	}
	return nil
}

// fold gives keys that a decoder could take for one field the same form: every
// letter stands for all that differ from it in case only, "\u017f" for "s" among
// them. Names that a stack gave stay as they are: a database may hold Agents
// beside agents.
func fold(key string, path []string) string {
	if len(path) > 0 && slices.Contains([]string{"excluded", "facts", "identity"}, path[len(path)-1]) {
		return key
	}
	return strings.Map(func(r rune) rune {
		least := r
		for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
			least = min(least, x)
		}
		return least
	}, key)
}

func notJSON(dec *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("is not JSON: it ends at byte %d, in the middle", dec.InputOffset())
	}
	return fmt.Errorf("is not JSON: byte %d: %w", dec.InputOffset(), err)
}

// decodeStrict decodes JSON into v, refusing unknown fields and what strictJSON
// refuses.
func decodeStrict(b []byte, v any) error {
	if err := strictJSON(b); err != nil {
		return err
	}
	return decodeKnown(b, v)
}

// decodeKnown decodes JSON that strictJSON has looked at.
func decodeKnown(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// DecodeCanonical is decodeStrict for bytes that must also be the one encoding
// of what they say (RFC 8785): no reader of them can be told another story.
func DecodeCanonical(b []byte, v any) error {
	if err := strictJSON(b); err != nil {
		return err
	}
	return decodeOne(b, v)
}

// decodeOne is DecodeCanonical for a part of what strictJSON has looked at.
func decodeOne(b []byte, v any) error {
	if err := decodeKnown(b, v); err != nil {
		return err
	}
	canonical, err := Canonical(v)
	if err != nil {
		return err
	}
	return sameBytes(b, canonical)
}

// Recanonical returns the one encoding of JSON that was written in another, and
// refuses what two readers could understand differently.
func Recanonical(b []byte) ([]byte, error) {
	if err := strictJSON(b); err != nil {
		return nil, err
	}
	return jcs.Transform(b)
}

// sameBytes says where two byte strings part.
func sameBytes(got, want []byte) error {
	if bytes.Equal(got, want) {
		return nil
	}
	return parted(got, want, 0)
}

// parted says where two byte strings part that stand at a place of their file.
func parted(got, want []byte, at int) error {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	near := func(b []byte) string { return string(b[i:min(i+24, len(b))]) }
	return fmt.Errorf("is not in canonical encoding: byte %d: expected %q, got %q", at+i, near(want), near(got))
}

// Canonical is the JSON Canonicalization Scheme's encoding of v (RFC 8785).
func Canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(b)
}
