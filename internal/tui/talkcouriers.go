package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/page"
)

// What is done to a courier, by the words for it.
const (
	suspend = "suspend"
	approve = "approve"
)

// ofCourier says whether an action is about a courier, and so takes one as well as an order that has one.
func ofCourier(a desk.Action) bool { return a.Name == suspend || a.Name == approve }

// only is the action of which a word means one half: it refuses to do the other.
func only(a desk.Action, verb string) desk.Action {
	open := a.Open
	a.Name, a.Open = verb, func(ctx context.Context, e desk.Env, s desk.Subject) (form.Form, error) {
		f, err := open(ctx, e, s)
		switch {
		case err != nil || strings.HasPrefix(f.Verb, verb+" "):
			return f, err
		case verb == approve:
			return form.Form{}, errors.New("they are approved already")
		}
		return form.Form{}, errors.New("they get no work already; approve lets them work")
	}
	return a
}

// courierSubject is the courier that was typed: a place in the last list of them, an ID, the end of one, or a name. found is false where the
// text may be an order's; ok is false where that was said to be nobody.
func (t *talk) courierSubject(ctx context.Context, text string) (s desk.Subject, ok, found bool) {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(t.roll) {
		return courierAs(t.roll[n-1]), true, true
	}
	if id, err := domain.ParseID(text); err == nil {
		ofOrder := slices.ContainsFunc(t.batch.Orders, func(o *board.Order) bool { return o.ID == id })
		return desk.Subject{CourierID: id}, !ofOrder, !ofOrder
	}
	for _, c := range t.roll {
		if strings.EqualFold(board.ShortCourier(c.ID), text) || strings.EqualFold(c.Name, text) {
			return courierAs(c), true, true
		}
	}
	for _, o := range t.batch.Orders {
		if strings.EqualFold(board.ShortCourier(o.CourierID), text) {
			return desk.Subject{CourierID: o.CourierID}, true, true
		}
	}
	if looksLikeNumber(text) {
		return s, false, false
	}
	s, ok = t.namedCourier(ctx, text)
	return s, ok, true
}

// namedCourier asks the API who is called so; several become the list, of which one can be taken.
func (t *talk) namedCourier(ctx context.Context, name string) (s desk.Subject, ok bool) {
	list, err := within(ctx, func(ctx context.Context) (dto.DeskCourierList, error) {
		return t.o.Desk.DeskCouriers(ctx, client.DeskFilter{Text: name}, client.Page{Limit: maxSaid})
	})
	switch {
	case err != nil:
		t.say("couriers: " + t.o.problem(err) + ".")
	case len(list.Data) == 0:
		t.say("No courier is called " + name + ". Say couriers, and take a number of the list.")
	case len(list.Data) == 1:
		return courierAs(page.ReadCourier(list.Data[0])), true
	default:
		t.roll = nil
		for i, row := range list.Data {
			t.roll = append(t.roll, page.ReadCourier(row))
			t.say(fmt.Sprintf("%d. %s, %s, %s.", i+1, t.roll[i].Name, board.ShortCourier(row.ID), t.roll[i].Status))
		}
		t.say("Several are called that: take a number of the list.")
	}
	return s, false
}

func courierAs(c page.Courier) desk.Subject { return desk.Subject{CourierID: c.ID, Courier: c.Name} }
