package api

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/support"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sheet"
)

func (h *handlers) listAudit(c *call) (answer, error) {
	filter, err := c.auditFilter()
	if err != nil {
		return answer{}, err
	}
	limit := c.limit()
	page := support.AuditPage{Before: c.place("cursor"), Limit: limit + 1}
	if c.param("after") != "" {
		if page.Before != 0 {
			return answer{}, domain.Invalidf("cursor", "alone", "runs from the newest to the oldest, after the other way: give one of them")
		}
		after := c.place("after")
		page.After = &after
	}
	entries, err := h.Support.Audit(c.Context(), filter, page)
	if err != nil {
		return answer{}, err
	}
	list := dto.AuditList{}
	if len(entries) > limit {
		entries = entries[:limit]
		next := strconv.FormatInt(entries[limit-1].Place, 10)
		list.NextCursor = &next
	}
	list.Data = make([]dto.AuditEntry, len(entries))
	for i, e := range entries {
		if list.Data[i], err = fromAudit(e); err != nil {
			return answer{}, err
		}
	}
	return ok(list)
}

func (h *handlers) exportAudit(c *call) (answer, error) {
	filter, err := c.auditFilter()
	if err != nil {
		return answer{}, err
	}
	pages, err := h.Support.ExportAudit(c.Context(), c.actor, filter, c.place("cursor"), int(c.number("limit", 10_000)))
	if err != nil {
		return answer{}, err
	}
	return answer{status: 200, stream: func(w io.Writer) error { return writeAudit(w, pages) }, header: map[string]string{
		"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": `attachment; filename="audit.csv"`,
	}}, nil
}

func writeAudit(w io.Writer, pages func(func([]support.AuditRecord) error) error) error {
	out := sheet.New(w)
	err := out.Row("place", "at", "actor", "role", "session", "key", "vendor", "address", "request", "action", "subject", "subject id", "before", "after")
	if err != nil {
		return err
	}
	err = pages(func(entries []support.AuditRecord) error {
		for _, e := range entries {
			a := e.Actor
			err := out.Row(strconv.FormatInt(e.Place, 10), e.At.UTC().Format(time.RFC3339Nano), idText(a.ID), string(a.Role), idText(a.Session),
				idText(a.Key), idText(a.Vendor), a.From.Address, a.From.RequestID, e.Action, e.Subject, idText(e.SubjectID),
				string(e.Before), string(e.After))
			if err != nil {
				return err
			}
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// place is a query parameter that is a place in the audit log, 0 when absent.
func (c *call) place(name string) int64 {
	n, _ := strconv.ParseInt(c.param(name), 10, 64) // the contract has checked it
	return n
}

func (c *call) auditFilter() (support.AuditFilter, error) {
	f := support.AuditFilter{Subject: c.param("subject"), Action: c.param("action")}
	var err error
	if f.Actor, err = c.idParam("actor"); err != nil {
		return f, err
	}
	if f.SubjectID, err = c.idParam("subjectId"); err != nil {
		return f, err
	}
	if f.Since, err = c.timeParam("since"); err != nil {
		return f, err
	}
	f.Until, err = c.timeParam("until")
	return f, err
}

func (c *call) idParam(name string) (domain.ID, error) {
	text := c.param(name)
	if text == "" {
		return domain.Nil, nil
	}
	id, err := domain.ParseID(text)
	if err != nil {
		return id, domain.Invalidf(name, "uuid", "must be a UUID")
	}
	return id, nil
}

func (c *call) timeParam(name string) (time.Time, error) {
	text := c.param(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, domain.Invalidf(name, "format", "must be a time such as 2026-03-14T12:00:00Z")
	}
	return at, nil
}

func fromAudit(e support.AuditRecord) (dto.AuditEntry, error) {
	a := e.Actor
	out := dto.AuditEntry{
		Place: e.Place, At: e.At.UTC(), Address: a.From.Address, RequestID: a.From.RequestID, Action: e.Action, Subject: e.Subject,
		SubjectID: some(e.SubjectID), Actor: dto.AuditActor{
			ID: some(a.ID), Role: dto.AuditActorRole(a.Role), SessionID: some(a.Session), KeyID: some(a.Key), VendorID: some(a.Vendor),
		},
	}
	if err := json.Unmarshal(e.Before, &out.Before); err != nil {
		return out, fmt.Errorf("decode audit entry: %w", err)
	}
	if err := json.Unmarshal(e.After, &out.After); err != nil {
		return out, fmt.Errorf("decode audit entry: %w", err)
	}
	return out, nil
}

// idText is an ID for a cell, "" for none.
func idText(id domain.ID) string {
	if id.IsNil() {
		return ""
	}
	return id.String()
}
