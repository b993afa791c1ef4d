package fill

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/questionnaire/match"
	"github.com/arxsec/arxctl/internal/questionnaire/workbook/layout"
)

// Propose finds by its words alone what of ours answers a question. section is
// under what it stands, a line each.
type Propose func(section, question string) match.Proposal

// official are the digests of the questions that our controls decide, as the
// framework's publisher words them, by questionnaire and ID. The texts may not be
// shipped; their digests tell whether a workbook's question is still the one that
// was read when the controls were chosen. See Digest.
func official() map[string]map[string][]string {
	return map[string]map[string][]string{
		"caiq-4.0.3": {
			"GRC-06.1": {"1290591f53b9ef31eee3efc7408c73c2569dc5973e7c911681f93f79afe1b921"},
			"HRS-02.1": {"21aa423259f26d391ed165dee00260c6d4dd034f60d5d30c557b3cf120d18241"},
			"HRS-11.1": {"03b22b893126bc7f88c24cab735969b092ddfeaa18bf708c14ae330fc236dd12"},
			"IVS-06.1": {"1f410ba4f522636dff7bbb4c17f4feff8b7d14c316b17b340bcb2442ec9df7b8"},
			"LOG-08.1": {"2fd8680cb9d1baaa8b5ea82e32247cebe1cc0676f2cf3cfa6920eb4668dcda67"},
			"TVM-06.1": {"e94dda88228c7ca6304f75665ba855d27cbb248a24c5dbd4593cdc20154c52a2"},
		},
		"caiq-4.1.0": {
			"GRC-06.1": {"1290591f53b9ef31eee3efc7408c73c2569dc5973e7c911681f93f79afe1b921"},
			"HRS-02.1": {"21aa423259f26d391ed165dee00260c6d4dd034f60d5d30c557b3cf120d18241"},
			"HRS-11.1": {"03b22b893126bc7f88c24cab735969b092ddfeaa18bf708c14ae330fc236dd12"},
			"I&S-06.1": {"77dc670b2a6b85fe1c7c6f1979046a97645daa2e8df2f9f6b0c560677414bbe5"},
			"LOG-09.1": {"2fd8680cb9d1baaa8b5ea82e32247cebe1cc0676f2cf3cfa6920eb4668dcda67"},
			"TVM-07.1": {"5aedb34764c05cd8cc9921c4164472d6b8b32f33300abd46f56dd2c52353f98e"},
		},
	}
}

// Digest is the SHA-256 of a question's words, in hexadecimal: letters and digits
// in lower case, with one space between words. Punctuation and line breaks do not
// count, since copies of one text differ in them.
func Digest(question string) string {
	sum := sha256.Sum256([]byte(plain(question)))
	return hex.EncodeToString(sum[:])
}

func plain(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// same reports whether a question is a topic of ours: its words in their order,
// put as they stand or with the word that makes a question of them.
func same(question, topic string) bool {
	words := plain(question)
	first, rest, _ := strings.Cut(words, " ")
	return words == plain(topic) || slices.Contains([]string{"are", "is", "do", "does", "has", "have"}, first) && rest == plain(topic)
}

// reworded says why the words beside an ID may ask another thing than we read
// under it; empty where they are the framework's own, or ours, or lead to the same
// controls by themselves.
func (s *Source) reworded(x questionnaire.Question, t layout.Table, r layout.Row) string {
	if same(r.Question, x.Topic) {
		return ""
	}
	texts, known := s.official[x.ID]
	role := s.answers[x.ID].Override
	switch {
	case slices.Contains(texts, Digest(r.Question)):
		return ""
	case !known && role != nil && role.Valued: // a role answers it, and we have not read its text
		if word := match.Turned(r.Question); word != "" {
			return fmt.Sprintf("its words may turn round what %s asks (%q): a person reads them", x.ID, word)
		}
		return ""
	}
	why := unlike(s.propose(heading(t, r), r.Question), x.Decide)
	if why == "" {
		return ""
	}
	return fmt.Sprintf("the words beside %s are not those that we read under this ID, and decide nothing by themselves: %s", x.ID, why)
}

// unlike says why what a question's own words lead to is not what our controls
// answer under its ID; empty where it is.
func unlike(p match.Proposal, decide []string) string {
	shared := slices.ContainsFunc(p.Controls, func(id string) bool { return slices.Contains(decide, id) })
	switch {
	case p.State != match.Draft:
		return p.Reason
	case !shared:
		return "they lead to " + strings.Join(p.Controls, ", ")
	case p.Inverted:
		return "by them Yes is the bad answer"
	case p.Value == "":
		return "they ask for words and not for a value"
	}
	return ""
}
