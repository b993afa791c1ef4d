package ocsf

// The part of the OCSF 1.5.0 class Compliance Finding (schema.ocsf.io) that is
// written here, under its own names. Times are milliseconds since 1970, UTC.

type event struct {
	ActivityID   int         `json:"activity_id"`
	ActivityName string      `json:"activity_name"`
	CategoryUID  int         `json:"category_uid"`
	CategoryName string      `json:"category_name"`
	ClassUID     int         `json:"class_uid"`
	ClassName    string      `json:"class_name"`
	TypeUID      int         `json:"type_uid"`
	TypeName     string      `json:"type_name"`
	SeverityID   int         `json:"severity_id"`
	Severity     string      `json:"severity"`
	StatusID     int         `json:"status_id"`
	Status       string      `json:"status"`
	StatusCode   string      `json:"status_code"`
	StatusDetail string      `json:"status_detail"`
	Time         int64       `json:"time"`
	StartTime    int64       `json:"start_time"`
	EndTime      int64       `json:"end_time"`
	Message      string      `json:"message"`
	Comment      string      `json:"comment,omitempty"`
	Metadata     metadata    `json:"metadata"`
	FindingInfo  findingInfo `json:"finding_info"`
	Compliance   compliance  `json:"compliance"`
	Resources    []resource  `json:"resources"`
	Evidences    []evidences `json:"evidences,omitempty"`
	Remediation  remediation `json:"remediation"`
	Unmapped     unmapped    `json:"unmapped"`
}

type metadata struct {
	Version     string   `json:"version"`
	Product     product  `json:"product"`
	UID         string   `json:"uid"`
	Correlation string   `json:"correlation_uid"`
	LogName     string   `json:"log_name"`
	LogProvider string   `json:"log_provider"`
	Original    string   `json:"original_time"`
	Labels      []string `json:"labels"`
}

type product struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
	Version    string `json:"version"`
}

type findingInfo struct {
	UID      string   `json:"uid"`
	Title    string   `json:"title"`
	Desc     string   `json:"desc"`
	Created  int64    `json:"created_time"`
	LastSeen int64    `json:"last_seen_time"`
	Types    []string `json:"types"`
	Analytic analytic `json:"analytic"`
}

type analytic struct {
	Name    string `json:"name"`
	UID     string `json:"uid"`
	TypeID  int    `json:"type_id"`
	Type    string `json:"type"`
	Version string `json:"version"`
}

type compliance struct {
	Standards []string `json:"standards"`
	Control   string   `json:"control"`
	Desc      string   `json:"desc"`
	StatusID  int      `json:"status_id"`
	Status    string   `json:"status"`
	Code      string   `json:"status_code"`
	Details   []string `json:"status_details"`
	Checks    []check  `json:"checks"`
}

type check struct {
	UID       string   `json:"uid"`
	Name      string   `json:"name"`
	Desc      string   `json:"desc"`
	Version   string   `json:"version"`
	Standards []string `json:"standards"`
	StatusID  int      `json:"status_id"`
	Status    string   `json:"status"`
}

type resource struct {
	Name string `json:"name"`
	UID  string `json:"uid"`
	Type string `json:"type"`
}

type evidences struct {
	UID  string `json:"uid"`
	Name string `json:"name"`
	Data datum  `json:"data"`
}

// datum is one thing that did not hold.
type datum struct {
	Kind     string `json:"kind"`
	Object   string `json:"object"`
	What     string `json:"what"`
	Want     string `json:"want"`
	Got      string `json:"got"`
	Via      string `json:"via"`
	Fix      string `json:"fix"`
	Layer    string `json:"layer,omitempty"`
	SQLState string `json:"sqlstate,omitempty"`
	Waiver   string `json:"waiver,omitempty"`
}

type remediation struct {
	Desc string `json:"desc"`
}

// unmapped is what the class has no attribute for.
type unmapped struct {
	RunDigest     string            `json:"run_digest,omitempty"`
	Signature     string            `json:"signature"`
	KeyID         string            `json:"key_id,omitempty"`
	Complete      bool              `json:"complete"`
	Stack         string            `json:"stack"`
	StackKind     string            `json:"stack_kind"`
	Environment   string            `json:"environment"`
	Build         string            `json:"build"`
	Identity      map[string]string `json:"identity,omitempty"`
	Demonstration string            `json:"demonstration,omitempty"`
	Command       string            `json:"command,omitempty"`
	DoesNotProve  string            `json:"does_not_prove,omitempty"`
	UnitsGood     int               `json:"units_good"`
	Units         int               `json:"units"`
	Gate          string            `json:"gate,omitempty"`
	Waivers       []string          `json:"waivers,omitempty"`
	Before        string            `json:"before,omitempty"`
}
