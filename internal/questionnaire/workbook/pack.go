package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf16"
)

// pack is the package of a workbook: a zip whose entries are parts (ECMA-376
// part 2, the Open Packaging Conventions).
type pack struct {
	limits Limits
	zip    *zip.Reader
	parts  map[string]*zip.File // by lower-case name: part names differ in more than case
	total  int64
	kept   map[string][]byte // parts already read, where they are read again
}

// openPack looks at names and sizes only; no part is inflated.
func openPack(b []byte, limits Limits) (*pack, error) {
	if int64(len(b)) > limits.FileBytes {
		return nil, fmt.Errorf("it is %s large and at most %s are read; remove images and attachments from a copy and try that", size(int64(len(b))), size(limits.FileBytes))
	}
	if err := kindOfFile(b); err != nil {
		return nil, err
	}
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("it begins as a zip and is not a whole one (%v): the file was cut short or damaged; ask for it again", err)
	}
	if len(r.File) > limits.Parts {
		return nil, fmt.Errorf("it holds %d parts and at most %d are read", len(r.File), limits.Parts)
	}
	p := &pack{limits: limits, zip: r, parts: make(map[string]*zip.File, len(r.File))}
	var packed uint64
	for _, f := range r.File {
		if packed += f.CompressedSize64; packed > uint64(len(b)) || f.CompressedSize64 > uint64(len(b)) {
			return nil, errors.New("its parts lie over one another, as in a zip bomb; nothing was read")
		}
		if err := checkName(f.Name); err != nil {
			return nil, err
		}
		if f.Flags&1 != 0 {
			return nil, fmt.Errorf("its part %s is encrypted; save it without a password and try again", quote(f.Name))
		}
		key := strings.ToLower(f.Name)
		if strings.HasSuffix(key, "/") {
			continue // a folder: no part
		}
		if p.parts[key] != nil {
			return nil, fmt.Errorf("it holds the part %s twice, so programs may read different ones; save it again with Excel or LibreOffice", quote(f.Name))
		}
		p.parts[key] = f
	}
	return p, p.fromTheStart(b)
}

// fromTheStart refuses a file that begins with an entry which its directory does
// not list: two archives one behind the other, of which programs read one or the
// other. Name and extra field of an entry's own header are as long as it says
// (APPNOTE 4.3.7).
func (p *pack) fromTheStart(b []byte) error {
	if len(b) < 30 {
		return errors.New("it begins as a zip and ends at once")
	}
	start := int64(30) + int64(binary.LittleEndian.Uint16(b[26:])) + int64(binary.LittleEndian.Uint16(b[28:]))
	for _, f := range p.zip.File {
		if at, err := f.DataOffset(); err == nil && at == start && bytes.HasPrefix(b[30:], []byte(f.Name)) {
			return nil
		}
	}
	return errors.New("it begins with a part that its directory does not list, as two files joined to one do: programs may read different ones; save it again with Excel or LibreOffice")
}

// kindOfFile says what a file is that cannot be a package.
func kindOfFile(b []byte) error {
	switch {
	case len(b) == 0:
		return errors.New("it is empty")
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return nil
	case bytes.HasPrefix(b, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}):
		if bytes.Contains(b, utf16le("EncryptedPackage")) {
			return errors.New("it is protected by a password to open; open it in Excel, take the password off (File, Info, Protect Workbook) and save a copy")
		}
		return errors.New("it is a workbook of Excel 97-2003 (.xls); save it as .xlsx and try again")
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return errors.New("it is a PDF; ask for the workbook it was printed from")
	}
	return errors.New("it is not a workbook: an .xlsx or .xlsm begins as a zip, this does not; if it is CSV or HTML under that name, open it in Excel and save it as .xlsx")
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func checkName(name string) error {
	clean := strings.TrimSuffix(name, "/")
	if name == "" || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\\x00") || path.Clean(clean) != clean ||
		clean == ".." || strings.HasPrefix(clean, "../") || len(name) > 1000 {
		return fmt.Errorf("its part name %s is no name of a package (it leaves the package, or is not normal); nothing was read", quote(name))
	}
	return nil
}

// read inflates a part, within the limits of a part, of the ratio and of all
// parts together, counting what comes out and not what the zip declares.
func (p *pack) read(name string) ([]byte, error) {
	if b, ok := p.kept[strings.ToLower(name)]; ok {
		return b, nil
	}
	f := p.parts[strings.ToLower(name)]
	if f == nil {
		return nil, fmt.Errorf("it has no part %s: the file is damaged or no workbook; save it again with Excel or LibreOffice", quote(name))
	}
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, fmt.Errorf("its part %s is compressed by method %d, which no spreadsheet program writes; save it again with Excel or LibreOffice", quote(f.Name), f.Method)
	}
	limit, why := min(p.limits.PartBytes, p.limits.TotalBytes-p.total), "more than is read of one workbook"
	if r := max(4<<20, int64(f.CompressedSize64)*p.limits.Ratio); r < limit {
		limit, why = r, fmt.Sprintf("over %d times its size in the file, as a zip bomb does", p.limits.Ratio)
	}
	if f.UncompressedSize64 > uint64(limit) {
		return nil, tooLarge(f.Name, limit, why)
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("its part %s cannot be opened: %v", quote(f.Name), err)
	}
	defer in.Close()
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(in, limit+1))
	switch {
	case n > limit:
		return nil, tooLarge(f.Name, limit, why)
	case err != nil:
		return nil, fmt.Errorf("its part %s is damaged (%v); ask for the file again", quote(f.Name), err)
	}
	p.total += n
	if p.kept != nil {
		p.kept[strings.ToLower(name)] = out.Bytes()
	}
	return out.Bytes(), nil
}

func tooLarge(name string, limit int64, why string) error {
	return fmt.Errorf("its part %s inflates to more than %s, %s; nothing was read", quote(name), size(limit), why)
}

func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", max(1, n>>10))
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// relation is one line of a part's relationships.
type relation struct {
	kind, target string // the last word of the type; the part it names
	external     bool
}

// relations reads the relationships of a part; of the package for "".
func (p *pack) relations(of string) (map[string]relation, error) {
	name := path.Join(path.Dir(of), "_rels", path.Base(of)+".rels")
	if of == "" {
		name = "_rels/.rels"
	}
	out := map[string]relation{}
	if p.parts[strings.ToLower(name)] == nil {
		return out, nil
	}
	b, err := p.read(name)
	if err != nil {
		return nil, err
	}
	s := scan(name, b, p.limits.Depth)
	for s.next() {
		if s.kind != opening || !s.is("Relationship") {
			continue
		}
		r := relation{kind: kindOf(s.attr("Type")), external: s.attr("TargetMode") == "External"}
		if _, twice := out[s.attr("Id")]; twice {
			return nil, fmt.Errorf("its part %s names the relationship %s twice, so programs may follow different ones; save it again with Excel or LibreOffice", quote(name), quote(s.attr("Id")))
		}
		if target := s.attr("Target"); strings.HasPrefix(target, "/") {
			r.target = path.Clean(target)[1:]
		} else {
			r.target = path.Join(path.Dir(of), target)
		}
		out[s.attr("Id")] = r
	}
	return out, s.err
}

// kindOf is the last word of a relationship's type, where the type is one of
// ECMA-376 or of ISO/IEC 29500 Strict: others only end alike.
func kindOf(t string) string {
	for _, ns := range []string{"http://schemas.openxmlformats.org/officeDocument/2006/relationships/", "http://purl.oclc.org/ooxml/officeDocument/relationships/"} {
		if kind, ok := strings.CutPrefix(t, ns); ok {
			return kind
		}
	}
	return t
}

// partType is the content type of a part, from [Content_Types].xml.
func (p *pack) partTypes() (func(part string) string, error) {
	const name = "[Content_Types].xml"
	if p.parts[strings.ToLower(name)] == nil {
		return nil, errors.New("it is a zip and not a workbook: it has no [Content_Types].xml; if the questionnaire is inside the zip, take it out first")
	}
	b, err := p.read(name)
	if err != nil {
		return nil, err
	}
	exact, byEnd := map[string]string{}, map[string]string{}
	s := scan(name, b, p.limits.Depth)
	for s.next() {
		switch {
		case s.kind != opening:
		case s.is("Override"):
			exact[strings.ToLower(strings.TrimPrefix(s.attr("PartName"), "/"))] = s.attr("ContentType")
		case s.is("Default"):
			byEnd[strings.ToLower(s.attr("Extension"))] = s.attr("ContentType")
		}
	}
	return func(part string) string {
		part = strings.ToLower(part)
		if t, ok := exact[part]; ok {
			return t
		}
		return byEnd[strings.TrimPrefix(path.Ext(part), ".")]
	}, s.err
}
