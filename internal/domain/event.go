package domain

import "time"

// Event is what a rule decided has happened, before it has a place in the log.
type Event struct {
	Type string         // such as "order.accepted"
	Data map[string]any // no personal data beyond IDs
}

// Subject is the kind of thing an event is about; its events have contiguous versions.
type Subject string

// The subjects. Events of deliveries and payments are events of their order.
const (
	SubjectOrder   Subject = "order"
	SubjectVendor  Subject = "vendor"
	SubjectCourier Subject = "courier"
	SubjectCart    Subject = "cart"  // of one customer, and for nobody else but staff
	SubjectAlert   Subject = "alert" // for staff alone
)

// EventVendorRated tells that the shown ratings of a vendor and its dishes have changed, and nothing else.
const EventVendorRated = "vendor.rated"

// EventWebhookDisabled tells that a webhook of a vendor's is sent nothing any more: "webhookId", and "reason" in a word.
const EventWebhookDisabled = "vendor.webhook_disabled"

// Record is an event in the log: who caused it, whom it concerns and its place in the published order.
type Record struct {
	Seq        int64 // pub_seq: dense, ascending; 0 until the relay has published it
	Subject    Subject
	SubjectID  ID
	Version    int // of the subject, contiguous from 1
	Type       string
	ActorRole  Role
	ActorID    ID
	VendorID   ID // Nil where the event concerns no vendor; so for the two below
	CustomerID ID
	CourierID  ID
	City       string
	At         time.Time
	Data       []byte // a JSON object, as it is stored
}
