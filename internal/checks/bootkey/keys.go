package bootkey

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/stack"
)

// key is one value of the key variable; name describes it without showing it.
type key struct {
	name  string
	value string
	unset bool
	// advice marks a key whose refusal is sound practice, yet not the promise:
	// the promise is about absent, development and mis-sized keys.
	advice bool
	// every marks a key of each kind: what the further spellings of an
	// environment are tried with, where the first one is tried with all.
	every bool
}

// strong returns a fresh random key, spelled as the application wants it.
func strong(b *stack.Boot) key {
	return key{name: "a fresh strong key", value: format(b, spelled(b, random(b.KeyBytes)))}
}

// random returns n random bytes.
func random(n int) []byte {
	raw := make([]byte, n)
	rand.Read(raw) // never fails (crypto/rand, Go 1.24)
	return raw
}

// spelled writes key bytes in the application's encoding. Raw keys are printable:
// an environment variable cannot carry every byte.
func spelled(b *stack.Boot, raw []byte) string {
	switch b.Encoding {
	case "hex":
		return hex.EncodeToString(raw)
	case "raw":
		const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.+*!~^"
		text := make([]byte, len(raw))
		for i, c := range raw {
			text[i] = letters[int(c)%len(letters)]
		}
		return string(text)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func format(b *stack.Boot, text string) string {
	if b.KeyFormat == "" {
		return text
	}
	return strings.ReplaceAll(b.KeyFormat, "{key}", text)
}

// core are the two keys that every writing of an environment's name is tried with.
func core(b *stack.Boot) []key {
	return bad(b)[:2]
}

// each returns the keys to try in one declared spelling.
func each(b *stack.Boot, sp spelling) []key {
	if slices.Contains(firsts(b), sp) {
		return bad(b)
	}
	return slices.DeleteFunc(bad(b), func(k key) bool { return !k.every })
}

// bad returns the keys to refuse: first unset and the sentinel, then blanks,
// other writings of the sentinel, wrong lengths and, as advice, degenerate keys.
func bad(b *stack.Boot) []key {
	s := b.Sentinel.Reveal()
	list := []key{{name: "unset", unset: true, every: true}}
	if s != "" {
		list = append(list, key{name: "the development sentinel", value: s, every: true})
	}
	list = append(list, key{name: "empty", value: ""}, key{name: "blanks", value: "   ", every: true}, key{name: "a tab and a newline", value: "\t\n"})
	if s != "" {
		list = append(list, writings(b, s)...)
	}
	list = append(list, sizes(b)...)
	list = append(list,
		key{name: fmt.Sprintf("%d zero bytes", b.KeyBytes), value: format(b, repeated(b, 0)), advice: true},
		key{name: fmt.Sprintf("%d equal bytes", b.KeyBytes), value: format(b, repeated(b, 'A')), advice: true})
	return list
}

// writings returns other spellings of the sentinel that a sloppy comparison
// takes for another key. Where the sentinel is itself a well-formed key in
// base64, another case is another key: refusing it is advice then.
func writings(b *stack.Boot, s string) []key {
	fold := func(name, text string) key {
		other := false
		if was, err := base64.StdEncoding.DecodeString(s); err == nil && len(was) == b.KeyBytes {
			now, err := base64.StdEncoding.DecodeString(text)
			other = err == nil && !bytes.Equal(was, now)
		}
		return key{name: name, value: text, advice: other, every: strings.HasSuffix(name, "upper case")}
	}
	list := []key{
		fold("the sentinel in upper case", strings.ToUpper(s)),
		fold("the sentinel in lower case", strings.ToLower(s)),
		fold("the sentinel in title case", strings.ToUpper(s[:1])+strings.ToLower(s[1:])),
		{name: "the sentinel with blanks around it", value: "  " + s + " "},
		{name: "the sentinel with a trailing newline", value: s + "\n", every: true},
		{name: "the sentinel with a trailing carriage return", value: s + "\r\n"},
		{name: "the sentinel in double quotes", value: `"` + s + `"`},
		{name: "the sentinel in single quotes", value: "'" + s + "'"},
		{name: "the sentinel in base64", value: base64.StdEncoding.EncodeToString([]byte(s)), every: true},
		{name: "the sentinel in base64url without padding", value: base64.RawURLEncoding.EncodeToString([]byte(s))},
		{name: "the sentinel in hex", value: hex.EncodeToString([]byte(s))},
	}
	if raw, err := base64.StdEncoding.DecodeString(s); err == nil && len(raw) == b.KeyBytes {
		list = append(list,
			key{name: "the sentinel's bytes in base64url", value: base64.RawURLEncoding.EncodeToString(raw)},
			key{name: "the sentinel's bytes in hex", value: hex.EncodeToString(raw)})
	}
	if b.KeyFormat != "" {
		list = append(list, key{name: "the sentinel in the key's format", value: format(b, s)})
	}
	var out []key
	seen := map[string]bool{s: true}
	for _, k := range list {
		if !seen[k.value] {
			seen[k.value] = true
			out = append(out, k)
		}
	}
	return out
}

// sizes returns keys that are sound but for their length, and one that is no key
// at all. A short key is chosen so that no other encoding reads it as a long one.
func sizes(b *stack.Boot) []key {
	short := b.KeyBytes / 2
	text := spelled(b, random(short))
	for short > 1 && readsAs(text, b.KeyBytes) {
		short--
		text = spelled(b, random(short))
	}
	long := b.KeyBytes + 1
	list := []key{
		{name: fmt.Sprintf("a key of %d bytes", short), value: format(b, text), every: true},
		{name: fmt.Sprintf("a key of %d bytes", long), value: format(b, spelled(b, random(long)))},
	}
	if b.Encoding != "raw" {
		list = append(list, key{name: "text that does not decode", value: format(b, "%% not (a) key %% "+hex.EncodeToString(random(4)))})
	}
	return list
}

func repeated(b *stack.Boot, c byte) string {
	raw := []byte(strings.Repeat(string(rune(c)), b.KeyBytes))
	if b.Encoding == "raw" {
		return strings.Repeat(string(rune('0'+c%10)), b.KeyBytes)
	}
	return spelled(b, raw)
}

// readings returns the lengths in bytes that text has in the usual encodings.
func readings(text string) []int {
	n := []int{len(text)}
	if raw, err := hex.DecodeString(text); err == nil {
		n = append(n, len(raw))
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := e.DecodeString(text); err == nil {
			n = append(n, len(raw))
		}
	}
	return n
}

func readsAs(text string, size int) bool {
	for _, n := range readings(text) {
		if n == size {
			return true
		}
	}
	return false
}
