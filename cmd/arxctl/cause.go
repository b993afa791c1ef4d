package main

import (
	"fmt"
	"slices"
	"strings"
)

// cause is one reason for which a verb ends with a code other than 0.
type cause struct {
	code int
	why  string
}

// because ends a verb with the code that wins among its causes. What they were is
// said on stderr, last of all and the one that wins first: a code is a number.
func because(s *streams, causes ...cause) error {
	causes = slices.DeleteFunc(causes, func(c cause) bool { return c.code == exitOK })
	slices.SortStableFunc(causes, func(a, b cause) int {
		return slices.Index(exitOrder[:], a.code) - slices.Index(exitOrder[:], b.code)
	})
	for i, c := range causes {
		head := fmt.Sprintf("exit code %d: ", c.code)
		if i > 0 {
			head = fmt.Sprintf("besides (%d by itself): ", c.code)
		}
		note(s, "%s%s", head, c.why)
	}
	if len(causes) == 0 {
		return nil
	}
	return quit(causes[0].code)
}

// codeAmong is the code that wins among causes, 0 where there is none.
func codeAmong(causes []cause) int {
	codes := []int{exitOK}
	for _, c := range causes {
		codes = append(codes, c.code)
	}
	return worst(codes...)
}

// counted is "1 answer rests" or "2 answers rest": {one, several} of both words.
func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// about is a cause that names what it is about, the first of many; none where it is about nothing.
func about(code int, names []string, one, several, tail string) cause {
	if len(names) == 0 {
		return cause{}
	}
	return cause{code, counted(len(names), one, several) + ": " + some(names, 8) + tail}
}

// some names the first of a list, and how many more there are.
func some(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
