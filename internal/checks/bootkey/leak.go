package bootkey

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// form is one way in which a process may print a key.
type form struct {
	name string
	text string
}

// shortest is how long a form must be to be evidence: shorter ones turn up in
// any text by chance.
const shortest = 8

// forms returns the ways in which the key may appear in an output: as given,
// decoded, encoded again, as Go, JavaScript or Python print byte strings. The
// longest come first, so that taking them out leaves no rest.
func (k key) forms() []form {
	text := strings.TrimSpace(k.value)
	if k.unset || len(text) < shortest || word(text) {
		return nil
	}
	list := []form{{"as given", text}}
	add := func(name string, raw []byte) {
		list = append(list,
			form{name + " in base64", strings.TrimRight(base64.StdEncoding.EncodeToString(raw), "=")},
			form{name + " in base64url", base64.RawURLEncoding.EncodeToString(raw)},
			form{name + " in hex", hex.EncodeToString(raw)},
			form{name + " in upper-case hex", strings.ToUpper(hex.EncodeToString(raw))},
			form{name + " as numbers", strings.Trim(fmt.Sprint(raw), "[]")},
			form{name + " as a list", strings.Trim(strings.ReplaceAll(fmt.Sprint(raw), " ", ", "), "[]")},
			form{name + " as a compact list", strings.Trim(strings.ReplaceAll(fmt.Sprint(raw), " ", ","), "[]")},
		)
		if printable(raw) {
			list = append(list, form{name, string(raw)})
		}
	}
	add("as given", []byte(text))
	if raw, err := hex.DecodeString(text); err == nil {
		add("decoded", raw)
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		if raw, err := e.DecodeString(text); err == nil {
			add("decoded", raw)
		}
	}
	// Half a key is a leak as well: what a log line cuts off.
	if len(text) >= 4*shortest {
		list = append(list, form{"its first half", text[:len(text)/2]}, form{"its second half", text[len(text)/2:]})
	}
	list = slices.DeleteFunc(list, func(f form) bool { return len(f.text) < shortest })
	slices.SortStableFunc(list, func(a, b form) int { return len(b.text) - len(a.text) })
	return list
}

func printable(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// word reports whether text may turn up in any message, as "development" does.
func word(text string) bool {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(text) < 16
}

// leaked names the form in which the output holds the key, or nothing. Case
// does not count: an application may have folded it.
func (k key) leaked(output string) string {
	output = strings.ToLower(output)
	for _, f := range k.forms() {
		if strings.Contains(output, strings.ToLower(f.text)) {
			return "the key " + f.name
		}
	}
	return ""
}
