// Package pdf writes a document as a PDF: cover, contents, exceptions first, a
// section a criterion, what a proof of concept cannot show, and an appendix of
// checks, with the run and the inputs attached. The same input gives the same
// bytes; the digest of the PDF itself stands nowhere inside it.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-pdf/fpdf"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
)

const notAReport = "Readiness evidence, not an audit report"

// Format returns the PDF format, for questionnaires and reports.
func Format() render.Format {
	return render.Format{
		Name:      "pdf",
		Extension: ".pdf",
		Describe:  "readiness document to hand over, with the run attached",
		Layouts:   []string{questionnaire.LayoutReport, questionnaire.LayoutQuestionnaire},
		Render:    Render,
	}
}

// FileName returns the usual name for the PDF of a document, such as
// "soc2-readiness.pdf". It says readiness, so that no file is taken for an
// audit report.
func FileName(doc *questionnaire.Document) string {
	name := []byte(doc.ID)
	for i, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			name[i] = '-'
		}
	}
	if len(name) == 0 {
		name = []byte("document")
	}
	return string(name) + "-readiness.pdf"
}

// Render writes the document of in to w as a PDF.
func Render(w io.Writer, in render.Input) error {
	if in.Doc == nil {
		return errors.New("pdf: no document to render")
	}
	s, err := newSheet()
	if err != nil {
		return fmt.Errorf("pdf: embedded typefaces: %w", err)
	}
	r := newReport(s, in)
	r.metadata()
	r.cover()
	r.reserveContents()
	r.exceptions()
	for _, section := range r.doc.Sections {
		r.section(section)
	}
	r.notVerifiable()
	r.appendix()
	r.attached()
	r.fillContents()
	r.frame()
	if err := s.f.Output(w); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	return nil
}

// report is one document on its way to paper.
type report struct {
	*sheet
	doc     *questionnaire.Document
	run     *evidence.Run
	in      render.Input
	noun    noun
	entries []entry        // of the contents, in order
	answers map[string]int // section and question -> its entry
	checks  map[string]int // check ID -> its entry
	rows    [][]int        // entries on each page of contents
	first   int            // first page of contents
	begun   bool           // whether a section has been written
}

// entry is a line of the contents: a chapter, an answer or a check.
type entry struct {
	level      int
	id, title  string
	look       *look
	sample     bool
	check      bool // else an answer or a chapter
	link, page int
}

// noun is what the framework calls that which is answered.
type noun struct{ one, many string }

func newReport(s *sheet, in render.Input) *report {
	r := &report{sheet: s, doc: in.Doc, run: in.Run, in: in, answers: map[string]int{}, checks: map[string]int{}}
	switch in.Doc.Framework {
	case "soc2":
		r.noun = noun{"criterion", "criteria"}
	case "hipaa":
		r.noun = noun{"standard or specification", "standards and specifications"}
	default:
		r.noun = noun{"question", "questions"}
	}
	r.plan()
	return r
}

func (r *report) metadata() {
	title := r.clean(style{face: sans}, r.doc.Title)
	r.f.SetTitle(title+" - "+notAReport, true)
	subject := fmt.Sprintf("%s, as of %s, from run %s", stackName(r.doc.Stack), day(r.doc.AsOf), r.digest())
	if r.doc.Demonstration != "" {
		subject = r.doc.Demonstration + ". " + subject
	}
	r.f.SetSubject(r.clean(style{face: sans}, subject), true)
	r.f.SetCreator("arxctl", true)
	r.f.SetProducer("arxctl", true)
	r.f.SetLang("en")
	r.f.SetCreationDate(r.doc.AsOf.UTC())
	r.f.SetModificationDate(r.doc.AsOf.UTC())
	r.f.SetDisplayMode("fullpage", "continuous")
	r.f.SetAttachments(r.attachments())
}

func (r *report) attachments() []fpdf.Attachment {
	var files []fpdf.Attachment
	if len(r.in.RunFile) > 0 {
		files = append(files, fpdf.Attachment{Content: r.in.RunFile, Filename: "run.json",
			Description: "The run that the answers rest on"})
	}
	if len(r.in.SealFile) > 0 {
		files = append(files, fpdf.Attachment{Content: r.in.SealFile, Filename: "run.json.sigstore.json",
			Description: "The seal of the run"})
	}
	if len(r.in.InputsJSON) > 0 {
		files = append(files, fpdf.Attachment{Content: r.in.InputsJSON, Filename: "inputs.json",
			Description: "What this document was rendered from"})
	}
	return files
}

// digest returns the run digest of the document, or of the input.
func (r *report) digest() string {
	if r.doc.RunDigest != "" {
		return r.doc.RunDigest
	}
	return r.in.RunDigest
}

// short returns the first twelve digits of a digest.
func short(digest string) string {
	if len(digest) > 12 {
		return digest[:12]
	}
	return digest
}

func stackName(s evidence.Stack) string {
	if s.Name == "" {
		return "unnamed stack"
	}
	return s.Name
}

func day(t time.Time) string {
	if t.IsZero() {
		return "no date"
	}
	return t.UTC().Format("2 January 2006")
}

func minute(t time.Time) string {
	if t.IsZero() {
		return "no time"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// count says n of something: "1 check", "12 checks".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
