package lines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Schema is the version of the JSON lines' form; it grows when a program that reads them would break.
const Schema = 1

// event is the JSON line of an event.
type event struct {
	Schema   int            `json:"schema"`
	Gap      bool           `json:"gap"` // always false
	Seq      int64          `json:"seq"`
	Type     string         `json:"type"`
	Subject  domain.Subject `json:"subject"`
	Order    string         `json:"order,omitempty"`
	Number   string         `json:"number,omitempty"`
	Version  int            `json:"version"`
	At       time.Time      `json:"at"`
	City     string         `json:"city,omitempty"`
	Vendor   string         `json:"vendor,omitempty"`
	Customer string         `json:"customer,omitempty"`
	Courier  string         `json:"courier,omitempty"`
	Alert    string         `json:"alert,omitempty"`
	By       string         `json:"by,omitempty"` // the member of the staff who did it
	Data     map[string]any `json:"data"`
}

// gap is the JSON line that says that events are missing.
type gap struct {
	Schema int    `json:"schema"`
	Gap    bool   `json:"gap"` // always true
	Seq    int64  `json:"seq"` // the line after this one comes after it
	Type   string `json:"type"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Reason string `json:"reason"`
	Epoch  string `json:"epoch,omitempty"` // the events go on in this one, after seq
}

func writeJSON(out *bufio.Writer, e board.Entry) error {
	var line any
	if g := e.Gap; g != nil {
		line = gap{Schema: Schema, Gap: true, Seq: g.To, Type: "console.gap", From: g.From, To: g.To, Reason: g.Reason, Epoch: g.Epoch}
	} else {
		line = toEvent(e)
	}
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err = out.Write(append(text, '\n'))
	return err
}

func toEvent(e board.Entry) event {
	v := e.Event
	line := event{
		Schema: Schema, Seq: v.Seq, Type: v.Type, Subject: v.Subject, Number: e.Number, Version: v.Version, At: v.At.UTC(), City: v.City,
		Vendor: text(v.VendorID), Customer: text(v.CustomerID), Courier: text(v.CourierID), By: text(v.ActorID), Data: v.Told(),
	}
	if line.Data == nil {
		line.Data = map[string]any{}
	}
	switch v.Subject {
	case domain.SubjectOrder:
		line.Order = text(v.SubjectID)
	case domain.SubjectVendor:
		line.Vendor = text(v.SubjectID)
	case domain.SubjectCourier:
		line.Courier = text(v.SubjectID)
	case domain.SubjectAlert:
		line.Alert = text(v.SubjectID)
	case domain.SubjectCart: // its customer says whose it is
	}
	return line
}

func text(id domain.ID) string {
	if id.IsNil() {
		return ""
	}
	return id.String()
}
