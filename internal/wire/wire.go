// Package wire writes events as the world outside gets them: one form on the live feed and in webhooks.
package wire

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

// webhook is the contract's WebhookPayload.
type webhook struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Test      bool      `json:"test,omitzero"`
	Data      event     `json:"data"`
}

func eventOf(r domain.Record) event {
	return event{
		Seq: r.Seq, Version: r.Version, Type: r.Type, At: r.At.UTC(), Subject: r.Subject, SubjectID: r.SubjectID,
		VendorID: r.VendorID, CustomerID: r.CustomerID, CourierID: r.CourierID, City: r.City,
		Actor: eventActor{r.ActorRole}, Data: r.Data,
	}
}

// Event writes a record as the contract's Event. It fails only on data that is no JSON.
func Event(r domain.Record) ([]byte, error) { return json.Marshal(eventOf(r)) }

// MaxWebhook is how many bytes the body of a webhook has at most.
const MaxWebhook = 64 << 10

// Webhook writes a record as the body of a webhook: the Event of the live feed, with what Standard Webhooks has around it. Test marks
// what has not happened. Data that would make it longer than MaxWebhook is left out, for the reader to ask for. It fails only on data that
// is no JSON.
func Webhook(r domain.Record, test bool) ([]byte, error) {
	w := webhook{Type: r.Type, Timestamp: r.At.UTC(), Test: test, Data: eventOf(r)}
	text, err := json.Marshal(w)
	if err != nil || len(text) <= MaxWebhook {
		return text, err
	}
	w.Data.Data = jsontext.Value(`{"tooLarge":true}`)
	return json.Marshal(w)
}
