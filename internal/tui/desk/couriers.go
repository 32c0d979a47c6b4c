package desk

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

var suspend = Action{
	Name: "suspend", Does: "suspend the courier, or let them work again", Needs: domain.Onboard,
	Why: func(s Subject) string {
		if s.CourierID.IsNil() {
			return "no courier is selected"
		}
		return ""
	},
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		c, err := e.DeskCourier(ctx, s.CourierID)
		if err != nil {
			return form.Form{}, err
		}
		name, key, lack := sanitize.Line(c.Name), e.Key(), e.lacking(ctx, c)
		f := form.Form{
			Verb: "suspend " + name, Title: "Suspend " + name,
			Facts: []string{
				sanitize.Line(fmt.Sprintf("%s now, carries %d of %d", c.State, c.Carrying, c.Capacity)),
				"goes offline and gets no offers any more; what they carry they bring to the end, unless it is taken away",
			},
			Steps: []form.Step{{Name: "reason", Prompt: "reason, which the courier reads"}},
			Command: func(a form.Answers) string {
				return "zoop couriers suspend " + c.ID.String() + " --reason " + quote(a["reason"])
			},
		}
		if lack != "" {
			f.Facts = append(f.Facts, "cannot be let work again as they are: "+lack)
		}
		change := func(ctx context.Context, a form.Answers) (dto.Courier, error) {
			return e.SuspendCourier(ctx, c.ID, a["reason"], client.IfMatch(c.Version), client.Once(key))
		}
		say := "suspended " + name
		if c.Status != dto.DeskCourierStatusApproved {
			say = "let " + name + " work"
			f.Verb, f.Title, f.Steps = "approve "+name, "Let "+name+" work", nil
			f.Facts = []string{sanitize.Line("their standing: " + string(c.Status)), "may go online and take offers; you have looked at the documents that their vehicle needs"}
			if lack != "" {
				f.Facts[1] = "cannot be let work yet: " + lack
			}
			f.Command = func(form.Answers) string { return "zoop couriers approve " + c.ID.String() }
			change = func(ctx context.Context, _ form.Answers) (dto.Courier, error) {
				return e.ApproveCourier(ctx, c.ID, client.IfMatch(c.Version), client.Once(key))
			}
		}
		f.Do = func(ctx context.Context, a form.Answers) (form.Receipt, error) {
			done, err := change(ctx, a)
			version := done.Version
			if client.DoneUnheard(err) {
				var is dto.DeskCourier
				is, err = e.DeskCourier(ctx, c.ID)
				version = is.Version
			}
			if err != nil {
				return form.Receipt{}, e.courierMeanwhile(ctx, c, err)
			}
			return form.Receipt{Say: say, Seen: form.ByVersion(c.ID, version)}, nil
		}
		return f, nil
	},
}

// lacking says which documents a courier lacks who is to be approved, as the API will find; "" for none, and where that cannot be read.
func (e Env) lacking(ctx context.Context, c dto.DeskCourier) string {
	list, err := e.CourierDocuments(ctx, c.ID)
	if err != nil {
		return ""
	}
	have := make([]delivery.Document, len(list.Data))
	for i, d := range list.Data {
		have[i] = delivery.Document{Kind: delivery.Kind(d.Kind), Verified: d.Verified}
		if d.ExpiresOn == nil {
			continue
		}
		if have[i].ExpiresOn, err = domain.ParseDate("expiresOn", *d.ExpiresOn); err != nil {
			return ""
		}
	}
	lack := delivery.Lacking(string(c.Vehicle), have, domain.DateOf(e.Now().UTC()), true)
	if len(lack) == 0 {
		return ""
	}
	kinds := make([]string, len(lack))
	for i, k := range lack {
		kinds[i] = string(k)
	}
	return "documents missing or expired: " + strings.Join(kinds, ", ")
}

// courierMeanwhile adds to a refused change what was done to the courier since they were looked at, and how they stand by now.
func (e Env) courierMeanwhile(ctx context.Context, was dto.DeskCourier, err error) error {
	if !client.IsStatus(err, http.StatusPreconditionFailed) {
		return err
	}
	conflict := &ConflictError{Cause: err}
	if is, readErr := e.DeskCourier(ctx, was.ID); readErr == nil {
		conflict.What = Became(is.Changes, was.Version, e.Now(), words.CourierStanding(is))
	}
	return conflict
}
