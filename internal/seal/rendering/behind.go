package rendering

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/arxsec/arxctl/internal/seal"
)

// behind is the run that a file rests on.
type behind struct {
	path   string // of the run, for messages: its seal is looked for beside it
	run    *seal.Run
	sealed []byte // nil: there is no seal
	// carried is true where the file itself carries run and seal.
	carried bool
}

// run fills in what is known of the run, and holds its seal against it.
func (r *Report) run(b behind, o Options) error {
	path, run, sealed := b.path, b.run, b.sealed
	r.RunDigest, r.Tool, r.Started = run.Digest, run.Tool, run.Started.UTC().Format("2006-01-02T15:04:05Z")
	r.Stack, r.StackKind, r.Records, r.Withheld = run.Stack.Name, run.Stack.Kind, len(run.Records), append([]string{}, run.Withheld...)
	r.Unseen = []string{}
	r.Complete = run.Complete
	if o.Digest != "" && o.Digest != run.Digest {
		return &seal.Broken{Path: path, What: fmt.Sprintf("its run digest is %s; expected %s", run.Digest, o.Digest)}
	}
	if len(run.Records) == 0 {
		r.Unseen = append(r.Unseen, "the run shows no record, so nothing in it could be judged again")
	}
	unknown := func() {
		if len(run.Withheld) > 0 {
			r.Unseen = append(r.Unseen, fmt.Sprintf("what became of %s is not known: withheld from you, and no key of yours vouches for it; give the key that the run is sealed with", strings.Join(run.Withheld, ", ")))
		}
	}
	if sealed == nil {
		if len(o.Keys) > 0 {
			return &seal.Broken{Path: r.File, What: b.unsigned(r.Kind)}
		}
		unknown()
		if o.Digest == "" {
			r.Unseen = append(r.Unseen, "the run is unsigned: it agrees with itself, and anybody could have made it; ask its sender for a signed one, or for the run digest by another way (--digest)")
		}
		return nil
	}
	opened, err := seal.VerifyRun(path+seal.Suffix, sealed, run, o.Keys)
	if err != nil {
		return err
	}
	r.KeyID, r.hint, r.stated = opened.KeyID, opened.Hint, opened.Stated
	for _, id := range opened.Unshown {
		if r.KeyID != "" {
			r.Unseen = append(r.Unseen, "the record of "+id+" is withheld from you, and by the seal that check did not pass; ask its sender for it")
		}
	}
	if r.KeyID == "" {
		unknown()
	}
	if r.KeyID == "" && o.Digest == "" {
		r.Unseen = append(r.Unseen, fmt.Sprintf("the signature of the run was not looked at; it says that it was made with key %s: get that key from its owner, by another way than this file, and give it with --key", opened.Hint))
	}
	return nil
}

// sealedAs holds what inputs say of the seal of their run, and of the records that
// are withheld, against that seal.
func (r *Report) sealedAs(in Inputs) error {
	switch {
	case in.RunKeyID == r.hint:
	case in.RunKeyID == "": // rendered before its run was sealed: it claims less than is so
	case r.hint == "":
		r.Unseen = append(r.Unseen, fmt.Sprintf("it says that its run is sealed with key %s, and that seal is not here: put it beside the run", in.RunKeyID))
	default:
		return fmt.Errorf("it says that its run is sealed with key %.16s, and the seal of the run says %.16s", in.RunKeyID, r.hint)
	}
	return in.agree(r.stated)
}

// unsigned says that a key was given and the run has no seal: of a document it is
// said that this is about the run, since the document has a seal of its own.
func (b behind) unsigned(kind string) string {
	if kind == KindRun {
		return "the run is not signed, and a key was given: there is no seal " + b.path + seal.Suffix
	}
	if b.carried {
		return "the run that it carries has no seal, and a key was given: its own seal is another, and says nothing of the run"
	}
	return fmt.Sprintf("the run that it rests on (%s) is not signed, and a key was given: there is no seal %s%s; its own seal is another, and says nothing of the run", b.path, b.path, seal.Suffix)
}

// runBehind finds the run that a document was rendered from: the one that it
// carries, or one that the verifier brought.
func runBehind(path string, in Inputs, c carried, o Options) (behind, error) {
	if c.run != nil {
		run, err := seal.Decode(path+": attached run.json", c.run)
		return behind{path + ": attached run.json", run, c.seal, true}, err
	}
	for _, run := range o.Runs {
		if run.Digest == in.Run {
			return behind{cmp.Or(o.paths[run.Digest], "run.json"), run, o.Seals[run.Digest], false}, nil
		}
	}
	return behind{}, nil
}
