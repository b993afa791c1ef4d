package oscal

// The part of the OSCAL 1.2.1 assessment results model (NIST, pages.nist.gov/OSCAL)
// that is written here, under its own names.

type file struct {
	Results assessmentResults `json:"assessment-results"`
}

type assessmentResults struct {
	UUID       string      `json:"uuid"`
	Metadata   metadata    `json:"metadata"`
	ImportAP   importAP    `json:"import-ap"`
	Local      *objectives `json:"local-definitions,omitempty"`
	Results    []result    `json:"results"`
	BackMatter backMatter  `json:"back-matter"`
}

type metadata struct {
	Title        string     `json:"title"`
	LastModified string     `json:"last-modified"`
	Version      string     `json:"version"`
	OSCAL        string     `json:"oscal-version"`
	Props        []property `json:"props"`
	Remarks      string     `json:"remarks,omitempty"`
}

type importAP struct {
	Href    string `json:"href"`
	Remarks string `json:"remarks"`
}

type objectives struct {
	List []localObjective `json:"objectives-and-methods"`
}

type localObjective struct {
	Control     string `json:"control-id"`
	Description string `json:"description"`
	Parts       []part `json:"parts"`
}

type part struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	Prose string `json:"prose"`
}

type property struct {
	Name  string `json:"name"`
	NS    string `json:"ns,omitempty"`
	Value string `json:"value"`
}

type result struct {
	UUID         string           `json:"uuid"`
	Title        string           `json:"title"`
	Description  string           `json:"description"`
	Start        string           `json:"start"`
	End          string           `json:"end"`
	Props        []property       `json:"props"`
	Local        localDefinitions `json:"local-definitions"`
	Reviewed     reviewed         `json:"reviewed-controls"`
	Observations []observation    `json:"observations,omitempty"`
	Risks        []risk           `json:"risks,omitempty"`
	Findings     []finding        `json:"findings,omitempty"`
	Remarks      string           `json:"remarks,omitempty"`
}

type localDefinitions struct {
	Components []component     `json:"components"`
	Inventory  []inventoryItem `json:"inventory-items,omitempty"`
	Assets     assets          `json:"assessment-assets"`
}

type assets struct {
	Components []component `json:"components"`
	Platforms  []platform  `json:"assessment-platforms"`
}

type platform struct {
	UUID  string `json:"uuid"`
	Title string `json:"title"`
	Uses  []uses `json:"uses-components"`
}

type uses struct {
	Component string `json:"component-uuid"`
}

type component struct {
	UUID        string     `json:"uuid"`
	Type        string     `json:"type"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []property `json:"props,omitempty"`
	Status      state      `json:"status"`
}

type inventoryItem struct {
	UUID        string     `json:"uuid"`
	Description string     `json:"description"`
	Props       []property `json:"props"`
	Implements  []uses     `json:"implemented-components"`
}

type state struct {
	State   string `json:"state"`
	Reason  string `json:"reason,omitempty"`
	Remarks string `json:"remarks,omitempty"`
}

type reviewed struct {
	Description string               `json:"description"`
	Controls    []controlSelection   `json:"control-selections"`
	Objectives  []objectiveSelection `json:"control-objective-selections"`
}

type controlSelection struct {
	Include []controlID `json:"include-controls"`
}

type controlID struct {
	ID string `json:"control-id"`
}

type objectiveSelection struct {
	Include []objectiveID `json:"include-objectives"`
}

type objectiveID struct {
	ID string `json:"objective-id"`
}

type observation struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []property `json:"props"`
	Methods     []string   `json:"methods"`
	Types       []string   `json:"types"`
	Origins     []origin   `json:"origins"`
	Subjects    []subject  `json:"subjects"`
	Evidence    []relevant `json:"relevant-evidence"`
	Collected   string     `json:"collected"`
	Expires     string     `json:"expires"`
	Remarks     string     `json:"remarks,omitempty"`
}

type origin struct {
	Actors []actor `json:"actors"`
}

type actor struct {
	Type string `json:"type"`
	UUID string `json:"actor-uuid"`
}

type subject struct {
	UUID  string `json:"subject-uuid"`
	Type  string `json:"type"`
	Title string `json:"title"`
}

type relevant struct {
	Href        string     `json:"href"`
	Description string     `json:"description"`
	Props       []property `json:"props,omitempty"`
}

type risk struct {
	UUID         string       `json:"uuid"`
	Title        string       `json:"title"`
	Description  string       `json:"description"`
	Statement    string       `json:"statement"`
	Props        []property   `json:"props,omitempty"`
	Status       string       `json:"status"`
	Deadline     string       `json:"deadline,omitempty"`
	Remediations []response   `json:"remediations"`
	Observations []relatedObs `json:"related-observations"`
}

type response struct {
	UUID        string `json:"uuid"`
	Lifecycle   string `json:"lifecycle"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type relatedObs struct {
	UUID string `json:"observation-uuid"`
}

type relatedRisk struct {
	UUID string `json:"risk-uuid"`
}

type finding struct {
	UUID         string        `json:"uuid"`
	Title        string        `json:"title"`
	Description  string        `json:"description"`
	Props        []property    `json:"props"`
	Origins      []origin      `json:"origins"`
	Target       target        `json:"target"`
	Observations []relatedObs  `json:"related-observations,omitempty"`
	Risks        []relatedRisk `json:"related-risks,omitempty"`
	Remarks      string        `json:"remarks,omitempty"`
}

type target struct {
	Type   string `json:"type"`
	ID     string `json:"target-id"`
	Title  string `json:"title"`
	Status state  `json:"status"`
}

type backMatter struct {
	Resources []resource `json:"resources"`
}

type resource struct {
	UUID        string     `json:"uuid"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Props       []property `json:"props,omitempty"`
	Rlinks      []rlink    `json:"rlinks,omitempty"`
}

type rlink struct {
	Href string `json:"href"`
}
