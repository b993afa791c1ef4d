package workbook

// Limits bound what reading a stranger's file may cost. A file beyond one of
// them is refused with one sentence; nothing is read in part.
type Limits struct {
	FileBytes  int64 // the file as it arrived
	Parts      int   // entries of the package
	PartBytes  int64 // one part that is read, inflated
	TotalBytes int64 // all parts that are read together, inflated
	Ratio      int64 // inflated to compressed, counted once a part passes 4 MiB
	Depth      int   // nesting of elements
	Sheets     int
	Cells      int // of all sheets together, empty formatted ones included
	Strings    int // shared strings
	Ranges     int // merges, validations, protected ranges and array formulas of one sheet
	Names      int // defined names
	Work       int // comparisons of a cell with a range, against ranges that overlap on purpose
}

// DefaultLimits hold any questionnaire seen so far many times over: the largest
// public ones have some 20,000 cells.
func DefaultLimits() Limits {
	return Limits{
		FileBytes:  64 << 20,
		Parts:      10_000,
		PartBytes:  96 << 20,
		TotalBytes: 160 << 20,
		Ratio:      250,
		Depth:      64,
		Sheets:     512,
		Cells:      1_000_000,
		Strings:    1_000_000,
		Ranges:     100_000,
		Names:      20_000,
		Work:       100_000_000,
	}
}

// The size of a sheet and of a cell, as Excel's specifications and limits page
// states them.
const (
	maxRow  = 1_048_576
	maxCol  = 16_384
	maxText = 32_767 // UTF-16 code units of one cell
)
