package main

import (
	"bytes"
	"testing"
)

// TestEveryCauseOfACodeIsNamed: the one that wins first, then what would have given
// another code; where there is none, nothing is said.
func TestEveryCauseOfACodeIsNamed(t *testing.T) {
	for _, c := range []struct {
		causes []cause
		code   int
		says   string
	}{
		{nil, exitOK, ""},
		{[]cause{{}, about(exitFailed, nil, "x", "y", "")}, exitOK, ""},
		{[]cause{about(exitBlind, []string{"A.1"}, "answer waits", "answers wait", "; see the list")}, exitBlind, "exit code 3: 1 answer waits: A.1; see the list\n"},
		{[]cause{{exitBlind, "unseen"}, {}, {exitNothing, "nothing filled"}, {exitBlind, "unread"}, about(exitFailed, []string{"A", "B"}, "is", "are", "")}, exitFailed,
			"exit code 1: 2 are: A, B\nbesides (4 by itself): nothing filled\nbesides (3 by itself): unseen\nbesides (3 by itself): unread\n"},
		{[]cause{about(exitExpired, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, "is", "are", "")}, exitExpired, "exit code 6: 10 are: 1, 2, 3, 4, 5, 6, 7, 8 and 2 more\n"},
	} {
		var said bytes.Buffer
		err := because(&streams{err: &said}, c.causes...)
		if codeOf(err) != c.code || codeAmong(c.causes) != c.code || said.String() != c.says || err != nil && err.Error() != "" {
			t.Errorf("%+v: code %d, %v, said %q", c.causes, codeOf(err), err, said.String())
		}
	}
}
