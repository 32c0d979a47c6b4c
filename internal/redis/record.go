package redis

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// maxData bounds the data of an entry that is read, in bytes.
const maxData = 64 << 10

// timeFormat is RFC 3339 with the microseconds that Postgres keeps.
const timeFormat = "2006-01-02T15:04:05.999999Z07:00"

// fieldsOf writes a record as an entry's fields, names and values in turn; what is empty is left out.
func fieldsOf(r domain.Record) []any {
	fields := []any{"type", r.Type, "version", r.Version, "actor", string(r.ActorRole), "at", r.At.UTC().Format(timeFormat)}
	ids := []struct {
		name string
		id   domain.ID
	}{{"vendor", r.VendorID}, {"customer", r.CustomerID}, {"courier", r.CourierID}}
	switch r.Subject {
	case domain.SubjectVendor:
		ids[0].id = r.SubjectID
	case domain.SubjectCourier:
		ids[2].id = r.SubjectID
	case domain.SubjectOrder, domain.SubjectCart, domain.SubjectAlert:
		fields = append(fields, string(r.Subject), r.SubjectID.String())
	}
	for _, f := range ids {
		if !f.id.IsNil() {
			fields = append(fields, f.name, f.id.String())
		}
	}
	if r.ActorRole.Staff() && !r.ActorID.IsNil() {
		fields = append(fields, "by", r.ActorID.String())
	}
	if r.City != "" {
		fields = append(fields, "city", r.City)
	}
	if data := string(r.Data); data != "" && data != "{}" {
		fields = append(fields, "data", data)
	}
	return fields
}

// seqOf reads the place in the published order from an entry's ID, "<seq>-0".
func seqOf(id string) (int64, error) {
	head, tail, _ := strings.Cut(id, "-")
	seq, err := strconv.ParseInt(head, 10, 64)
	if err != nil || seq <= 0 || tail != "0" {
		return seq, fmt.Errorf("entry ID %q is not <seq>-0", id)
	}
	return seq, nil
}

// entry reads a stream entry's fields; its first mistake is kept.
type entry struct {
	values map[string]any
	err    error
}

func (e *entry) text(name string, most int) string {
	s, _ := e.values[name].(string)
	if len(s) > most {
		e.fail(fmt.Errorf("field %s has %d bytes", name, len(s)))
		return ""
	}
	return s
}

func (e *entry) id(name string) domain.ID {
	s := e.text(name, 36)
	if s == "" {
		return domain.Nil
	}
	id, err := domain.ParseID(s)
	e.fail(err)
	return id
}

func (e *entry) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// recordOf reads an entry back. Anything that this package would not have written is an error.
func recordOf(id string, values map[string]any) (domain.Record, error) {
	seq, err := seqOf(id)
	if err != nil {
		return domain.Record{}, err
	}
	e := &entry{values: values}
	r := domain.Record{
		Seq: seq, Type: e.text("type", 64), ActorRole: domain.Role(e.text("actor", 32)), City: e.text("city", 200),
		ActorID: e.id("by"), VendorID: e.id("vendor"), CustomerID: e.id("customer"), CourierID: e.id("courier"), Data: []byte(e.text("data", maxData)),
	}
	r.Version, err = strconv.Atoi(e.text("version", 20))
	e.fail(err)
	r.At, err = time.Parse(time.RFC3339Nano, e.text("at", 40))
	e.fail(err)
	r.Subject, r.SubjectID = subjectOf(r, e)
	if len(r.Data) == 0 {
		r.Data = []byte("{}")
	}
	switch {
	case e.err != nil:
		return domain.Record{}, fmt.Errorf("entry %s: %w", id, e.err)
	case r.SubjectID.IsNil() || r.Version < 1 || r.Type == "" || r.ActorRole == "":
		return domain.Record{}, fmt.Errorf("entry %s: a field is missing", id)
	case r.Data[0] != '{' || !json.Valid(r.Data):
		return domain.Record{}, fmt.Errorf("entry %s: %w", id, errors.New("data is no JSON object"))
	}
	return r, nil
}

// named are the subjects that an entry has a field for.
var named = []domain.Subject{domain.SubjectOrder, domain.SubjectCart, domain.SubjectAlert}

// subjectOf tells what an entry is about: what it names, else by the type's first word.
func subjectOf(r domain.Record, e *entry) (domain.Subject, domain.ID) {
	for _, s := range named {
		if id := e.id(string(s)); !id.IsNil() {
			return s, id
		}
	}
	switch prefix, _, _ := strings.Cut(r.Type, "."); domain.Subject(prefix) {
	case domain.SubjectVendor:
		return domain.SubjectVendor, r.VendorID
	case domain.SubjectCourier:
		return domain.SubjectCourier, r.CourierID
	}
	return "", domain.Nil
}
