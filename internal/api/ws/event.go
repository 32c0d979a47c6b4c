package ws

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/zoop-dev/zoop/internal/domain"
)

// event is the contract's Event, with the data as it is stored instead of decoded and encoded again.
type event struct {
	Seq        int64          `json:"seq,omitzero"`
	Version    int            `json:"version"`
	Type       string         `json:"type"`
	At         time.Time      `json:"at"`
	Subject    domain.Subject `json:"subject"`
	SubjectID  domain.ID      `json:"subjectId"`
	VendorID   domain.ID      `json:"vendorId,omitzero"`
	CustomerID domain.ID      `json:"customerId,omitzero"`
	CourierID  domain.ID      `json:"courierId,omitzero"`
	City       string         `json:"city,omitzero"`
	Actor      eventActor     `json:"actor"`
	Data       jsontext.Value `json:"data"`
}

type eventActor struct {
	Role domain.Role `json:"role"`
}

// EventJSON writes a record as the contract's Event. It fails only on data that is no JSON.
func EventJSON(r domain.Record) ([]byte, error) {
	return json.Marshal(event{
		Seq: r.Seq, Version: r.Version, Type: r.Type, At: r.At.UTC(), Subject: r.Subject, SubjectID: r.SubjectID,
		VendorID: r.VendorID, CustomerID: r.CustomerID, CourierID: r.CourierID, City: r.City,
		Actor: eventActor{r.ActorRole}, Data: r.Data,
	})
}
