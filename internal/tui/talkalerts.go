package tui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// tellAlerts tells of alerts that are new, but for those about promises: of these the orders are told.
func (t *talk) tellAlerts() {
	now, known := t.o.Now(), map[domain.ID]bool{}
	told, more := 0, 0
	for _, a := range t.batch.Alerts {
		known[a.ID] = true
		if t.alerts == nil || t.alerts[a.ID] || a.Quiet(now) || ofPromise(a.Kind) {
			continue
		}
		if told++; told > maxTold {
			more++
			continue
		}
		t.say("New alert, " + t.alertSentence(a))
	}
	if more > 0 {
		t.say(fmt.Sprintf("and %d more alerts.", more))
	}
	t.alerts = known
}

// alertSentence says of an alert what a row of the view shows.
func (t *talk) alertSentence(a *board.Alert) string {
	now := t.o.Now()
	severity := map[alert.Severity]string{alert.Crit: "critical", alert.Warn: "warning"}[a.Severity]
	text := severity + ": " + words.Alert(a) + ", for " + widget.Short(now.Sub(a.OpenedAt))
	switch {
	case a.Snoozed(now):
		text += ", snoozed for " + widget.Short(a.SnoozedUntil.Sub(now))
	case a.Acknowledged && a.By != "":
		text += ", acknowledged by " + a.By
	case a.Acknowledged:
		text += ", acknowledged"
	}
	return text + "."
}

// listAlerts lists all alerts; their places are what acknowledge and snooze take.
func (t *talk) listAlerts() {
	t.listed = t.batch.Alerts
	for i, a := range t.listed {
		t.say(fmt.Sprintf("%d. %s", i+1, t.alertSentence(a)))
	}
	t.say(fmt.Sprintf("%d alerts.", len(t.listed)))
}

// findAlert is the alert at a place of the list, or about a subject of a name; nil where that was said to be none.
func (t *talk) findAlert(text string) *board.Alert {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(t.listed) {
		return t.listed[n-1]
	}
	for _, a := range t.batch.Alerts {
		if strings.EqualFold(words.AlertSubject(a), text) {
			return a
		}
	}
	t.say("No alert is " + text + ". Say alerts, and take a number of the list.")
	return nil
}

// alertSubject is what an action on an alert is about, by what was typed; ok is false where that was said to be nothing.
func (t *talk) alertSubject(text string) (s desk.Subject, ok bool) {
	a := t.findAlert(text)
	return desk.Subject{Alert: a}, a != nil
}
