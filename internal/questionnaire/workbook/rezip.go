package workbook

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// replace writes the package again with some parts changed. Every other entry
// is copied as it lies in the file, compressed bytes, dates, extra fields and
// all, in its place.
func (p *pack) replace(changed map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := w.SetComment(p.zip.Comment); err != nil {
		return nil, err
	}
	for _, f := range p.zip.File {
		h := f.FileHeader
		h.Extra = withoutZip64(h.Extra)
		part, isChanged := changed[strings.ToLower(f.Name)]
		body, err := f.OpenRaw()
		if err != nil {
			return nil, fmt.Errorf("its part %s is damaged: %v", quote(f.Name), err)
		}
		if isChanged {
			b, err := deflated(part, h.Method)
			if err != nil {
				return nil, err
			}
			h.CRC32 = crc32.ChecksumIEEE(part)
			h.UncompressedSize64, h.CompressedSize64 = uint64(len(part)), uint64(len(b))
			h.Flags &^= 8 // sizes stand in the header, none follow the data
			body = bytes.NewReader(b)
		}
		to, err := w.CreateRaw(&h)
		if err != nil {
			return nil, fmt.Errorf("its part %s cannot be copied: %v", quote(f.Name), err)
		}
		if n, err := io.Copy(to, body); err != nil || n != int64(h.CompressedSize64) && !strings.HasSuffix(f.Name, "/") {
			return nil, fmt.Errorf("its part %s is cut short", quote(f.Name))
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func deflated(b []byte, method uint16) ([]byte, error) {
	if method == zip.Store {
		return b, nil
	}
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// withoutZip64 drops the extra field of large sizes: the writer adds its own
// where one is needed.
func withoutZip64(extra []byte) []byte {
	var out []byte
	for rest := extra; len(rest) >= 4; {
		n := 4 + int(binary.LittleEndian.Uint16(rest[2:]))
		if n > len(rest) {
			return append(out, rest...)
		}
		if binary.LittleEndian.Uint16(rest) != 1 {
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
	return out
}
