package rendering

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/arxsec/arxctl/internal/seal"
)

// Bounds on what is inflated from a stranger's PDF.
const (
	maxAttachment  = 128 << 20
	maxAttachments = 3
)

// carried is what a document carries of its own origin. It is a claim: only
// rendering again and comparing bytes makes more of it.
type carried struct{ run, seal, inputs []byte }

// embedded is how our PDFs write an embedded file (ISO 32000-1 section 7.11.4).
// A PDF that was written by anything else need not be understood: it could not
// be the bytes that rendering again gives.
var embedded = regexp.MustCompile(`<< /Type /EmbeddedFile /Length (\d{1,10}) /Filter /FlateDecode /Params << /CheckSum <[0-9a-f]{32}> /Size (\d{1,10}) >> >>\n+stream\n`)

// fromPDF finds the run, its seal and the inputs among a PDF's attachments.
func fromPDF(b []byte) (carried, error) {
	var c carried
	found := embedded.FindAllSubmatchIndex(b, maxAttachments+1)
	if len(found) > maxAttachments {
		return c, fmt.Errorf("holds more than %d attachments; expected a run, its seal and the inputs", maxAttachments)
	}
	for _, m := range found {
		length, err := strconv.Atoi(string(b[m[2]:m[3]]))
		if err != nil || length > len(b)-m[1] {
			return c, errors.New("an attachment is longer than the file")
		}
		size, err := strconv.Atoi(string(b[m[4]:m[5]]))
		if err != nil || size > maxAttachment {
			return c, fmt.Errorf("an attachment is larger than %d MiB", maxAttachment>>20)
		}
		body, err := inflate(b[m[1]:m[1]+length], size)
		if err != nil {
			return c, err
		}
		// Each has one encoding, and so one beginning. The text inside is a stranger's.
		switch {
		case seal.IsBundle(body):
			c.seal = body
		case bytes.HasPrefix(body, []byte(`{"as_of":`)):
			c.inputs = body
		default:
			c.run = body
		}
	}
	return c, nil
}

// inflate returns the size bytes that were deflated, and refuses more or fewer.
func inflate(b []byte, size int) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("an attachment: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(size)+1))
	if err != nil {
		return nil, fmt.Errorf("an attachment: %w", err)
	}
	if len(out) != size {
		return nil, errors.New("an attachment does not have the size that it states")
	}
	return out, nil
}

// The HTML format carries the inputs in a data block, which no browser executes.
var dataBlock = regexp.MustCompile(`(?s)<script type="application/json" id="arxctl-inputs">(.*?)</script>`)

// fromHTML finds the inputs in a page.
func fromHTML(b []byte) (carried, error) {
	m := dataBlock.FindAllSubmatch(b, 2)
	switch len(m) {
	case 0:
		return carried{}, nil
	case 1:
		// The page's template wrote "<", ">" and "&" as escapes; what is hashed is the one encoding.
		inputs, err := seal.Recanonical(m[0][1])
		if err != nil {
			return carried{}, fmt.Errorf("the inputs: %w", err)
		}
		return carried{inputs: append(inputs, '\n')}, nil
	}
	return carried{}, errors.New("holds the inputs twice")
}
