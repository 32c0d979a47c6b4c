package tui

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/form"
)

// act asks what an action's form asks, and does it.
func (t *talk) act(ctx context.Context, a desk.Action, number string) {
	switch {
	case t.o.Desk == nil || t.o.ReadOnly:
		t.say("This console is read-only.")
		return
	case number == "" && a.Of != nil:
		t.say("Say which alert: " + a.Name + " PLACE.")
		return
	case number == "" && ofCourier(a):
		t.say("Say which courier: " + a.Name + " PLACE, or their name.")
		return
	case number == "":
		t.say("Say which order: " + a.Name + " NUMBER.")
		return
	}
	s, ok := t.subject(ctx, a, number)
	if !ok {
		return
	}
	for _, why := range []string{lacks(t.operator, a), a.Why(s)} {
		if why != "" {
			t.say(a.Name + ": " + why + ".")
			return
		}
	}
	if s.Order != nil {
		t.meet(ctx, attention{s.Order.ID, a.Name})
	}
	t.silent = true
	defer func() { t.silent = false }()
	f, err := within(ctx, func(ctx context.Context) (form.Form, error) { return a.Open(ctx, t.o.env(), s) })
	if err != nil {
		t.trouble(err)
		return
	}
	answers, ok := t.fill(ctx, f)
	if !ok {
		t.say("Left: nothing was done.")
		return
	}
	t.sent = watch(s)
	saw := t.sent
	defer func() { t.sent = nil }()
	receipt, ok := t.do(ctx, f, answers)
	if !ok {
		return
	}
	t.report(receipt)
	if f.Command != nil {
		t.say("The same as: " + f.Command(answers))
	}
	switch {
	case receipt.Seen == nil:
	case receipt.Seen(saw.saw):
		t.say(f.Verb + ": done, and seen on the stream.")
	default:
		t.say("Pending until the stream tells of it.")
		t.pending = append(t.pending, pending{what: f.Verb, about: a.About(s), seen: receipt.Seen, at: t.o.Now()})
	}
}

// report says what was done, and what was not.
func (t *talk) report(r form.Receipt) {
	t.say(r.Say + ".")
	for _, left := range r.Left {
		t.say("Left: " + left + ".")
	}
}

// do does what was confirmed, and asks once more where nobody knows whether it was done; ok is false when it was not, or that is left so.
func (t *talk) do(ctx context.Context, f form.Form, answers form.Answers) (receipt form.Receipt, ok bool) {
	for {
		receipt, err := within(ctx, func(ctx context.Context) (form.Receipt, error) { return f.Do(ctx, answers) })
		if err == nil {
			return receipt, true
		}
		if again := t.trouble(err); !again {
			return receipt, false
		}
		t.say("Type yes to go on.")
		if line, err := t.listen(ctx); err != nil || !strings.EqualFold(line, "yes") {
			t.say("Left.")
			return receipt, false
		}
	}
}

// subject is what an action is about, by what was typed; ok is false where that was said to be nothing.
func (t *talk) subject(ctx context.Context, a desk.Action, number string) (s desk.Subject, ok bool) {
	if a.Of != nil {
		return t.alertSubject(number)
	}
	if ofCourier(a) {
		if s, ok, found := t.courierSubject(ctx, number); found {
			return s, ok
		}
	}
	o := t.find(ctx, number)
	if o == nil {
		return s, false
	}
	s = desk.Of(o)
	s.Touches = touches(t.batch.Orders, s)
	return s, true
}

func within[T any](ctx context.Context, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	return do(ctx)
}

// trouble says why something failed, and whether the same may be asked for once more.
func (t *talk) trouble(err error) (again bool) {
	said, again := desk.Trouble(err)
	for _, s := range said {
		t.say(s + ".")
	}
	return again
}

// fill asks every question of a form, what it will mean and the confirmation; ok is false when it was left.
func (t *talk) fill(ctx context.Context, f form.Form) (answers form.Answers, ok bool) {
	t.say(f.Title + ". An empty line leaves it.")
	for _, fact := range f.Facts {
		t.say(fact + ".")
	}
	answers = form.Answers{}
	for i := f.Next(0, answers); i < len(f.Steps); i = f.Next(i+1, answers) {
		answer, ok := t.question(ctx, f.Steps[i], answers)
		if !ok {
			return nil, false
		}
		answers[f.Steps[i].Name] = answer
	}
	if f.Ask != nil {
		meaning, err := within(ctx, func(ctx context.Context) ([]string, error) { return f.Ask(ctx, answers) })
		if err != nil {
			t.trouble(err)
			return nil, false
		}
		for _, m := range meaning {
			t.say(m + ".")
		}
	}
	if f.Typed == "" {
		t.say("Type yes to go on.")
	} else {
		t.say("Type " + f.Typed + " to go on.")
	}
	line, err := t.listen(ctx)
	if f.Typed == "" {
		return answers, err == nil && strings.EqualFold(line, "yes")
	}
	return answers, err == nil && line != "" && f.Confirms(line)
}

// question asks one step until it is answered; ok is false when it was left.
func (t *talk) question(ctx context.Context, s form.Step, answers form.Answers) (answer string, ok bool) {
	var options []form.Option
	if s.Load != nil {
		var err error
		if options, err = within(ctx, func(ctx context.Context) ([]form.Option, error) { return s.Load(ctx, answers) }); err != nil {
			t.trouble(err)
			return "", false
		}
	}
	t.say(s.Prompt + "?")
	for i, o := range options {
		t.say(fmt.Sprintf("%d. %s", i+1, strings.Join(strings.Fields(o.Text), " ")))
	}
	for {
		line, err := t.listen(ctx)
		if err != nil || line == "" {
			return "", false
		}
		switch {
		case s.Load == nil && s.Check != nil:
			if err := s.Check(line, answers); err != nil {
				t.say(err.Error() + ". Once more?")
				continue
			}
			return line, true
		case s.Load == nil:
			return line, true
		}
		if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(options) {
			return options[n-1].Value, true
		}
		t.say(fmt.Sprintf("Type a number from 1 to %d.", len(options)))
	}
}
