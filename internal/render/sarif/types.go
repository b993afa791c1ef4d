package sarif

// The part of SARIF 2.1.0 (OASIS Standard, errata 01) that is written here. The
// names and their sections are those of the specification.

type sarifLog struct { // 3.13
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct { // 3.14
	Tool        tool           `json:"tool"`
	Automation  automation     `json:"automationDetails"`
	Invocations []invocation   `json:"invocations"`
	Results     []result       `json:"results"`
	Properties  map[string]any `json:"properties"`
}

type automation struct { // 3.17
	ID   string `json:"id"`
	GUID string `json:"guid"`
}

type tool struct { // 3.18
	Driver driver `json:"driver"`
}

type driver struct { // 3.19
	Name           string `json:"name"`
	Version        string `json:"version"`
	InformationURI string `json:"informationUri"`
	Rules          []rule `json:"rules"`
}

type rule struct { // 3.49
	ID         string         `json:"id"`
	Short      multiformat    `json:"shortDescription"`
	Full       multiformat    `json:"fullDescription"`
	Help       multiformat    `json:"help"`
	Default    defaults       `json:"defaultConfiguration"`
	Properties map[string]any `json:"properties"`
}

type multiformat struct { // 3.12
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type defaults struct { // 3.50
	Level string `json:"level"`
}

type invocation struct { // 3.20
	Successful    bool           `json:"executionSuccessful"`
	Start         string         `json:"startTimeUtc"`
	End           string         `json:"endTimeUtc"`
	Notifications []notification `json:"toolExecutionNotifications"`
}

type notification struct { // 3.58
	Level      string   `json:"level"`
	Message    message  `json:"message"`
	Descriptor *ruleRef `json:"descriptor,omitempty"`
	Rule       *ruleRef `json:"associatedRule,omitempty"`
	Time       string   `json:"timeUtc"`
}

type ruleRef struct { // 3.52
	ID    string `json:"id"`
	Index *int   `json:"index,omitempty"`
}

type message struct { // 3.11
	Text string `json:"text"`
}

type result struct { // 3.27
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Kind         string            `json:"kind"`
	Level        string            `json:"level"`
	Message      message           `json:"message"`
	Locations    []location        `json:"locations"`
	Partial      map[string]string `json:"partialFingerprints"`
	GUID         string            `json:"guid"`
	Suppressions *[]suppression    `json:"suppressions,omitempty"`
	Baseline     string            `json:"baselineState,omitempty"`
	Properties   map[string]any    `json:"properties"`
}

type location struct { // 3.28
	Physical *physical `json:"physicalLocation,omitempty"`
	Logical  []logical `json:"logicalLocations"`
}

type physical struct { // 3.29
	Artifact artifact `json:"artifactLocation"`
	Region   region   `json:"region"`
}

type artifact struct { // 3.4
	URI string `json:"uri"`
}

type region struct { // 3.30
	StartLine int `json:"startLine"`
}

type logical struct { // 3.33
	Name string `json:"name"`
	Full string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type suppression struct { // 3.35
	Kind          string         `json:"kind"`
	Status        string         `json:"status"`
	Justification string         `json:"justification"`
	Properties    map[string]any `json:"properties"`
}
