package postgres

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/zoop-dev/zoop/internal/domain"
)

// crossed says, by constraint, what it means that rows overlap.
var crossed = map[string]*domain.Error{
	"courier_shifts_apart": domain.Errorf(domain.Conflict, "shift.overlap", "the courier has another shift at the time"),
}

// taken says, by constraint, what it means that a row exists already.
var taken = map[string]*domain.Error{
	"users_email_key":         domain.Errorf(domain.Conflict, "account.exists", "the address has an account"),
	"staff_invitations_email": domain.Errorf(domain.Conflict, "invitation.exists", "the address was invited at the same moment"),
	"categories_vendor_name":  domain.Errorf(domain.Conflict, "category.exists", "the vendor has a category of that name"),
	"deliveries_slots":        domain.Errorf(domain.Conflict, "courier.busy", "the courier carries as much as they can"),
	"offers_one_a_delivery":   domain.Errorf(domain.Conflict, "delivery.offered", "the delivery is offered to another courier"),
	"offers_one_a_courier":    domain.Errorf(domain.Conflict, "courier.offered", "the courier has another offer"),
	"reviews_one_an_order":    domain.Errorf(domain.Conflict, "review.exists", "the order has a review; change that one"),
	"payment_operations_once": domain.Errorf(domain.Conflict, "payment.asked", "the gateway is asked for it already"),
	"payments_ref":            domain.Errorf(domain.Conflict, "payment.reference_taken", "the gateway's reference is another payment's"),
	"promotions_code":         domain.Errorf(domain.Conflict, "promotion.code_taken", "another promotion has the code, or had it: its customers may still come with it"),
	"delivery_tariffs_place":  domain.Errorf(domain.Conflict, "tariff.exists", "there is a tariff for that currency and city; change that one"),
	"commission_rules_place":  domain.Errorf(domain.Conflict, "commission.exists", "there is a rule for the same vendor, city or everybody that begins at the same moment; change that one"),
	"events_subject_version":  domain.Errorf(domain.Conflict, string(domain.Conflict), "somebody else changed it at the same moment"),
}

var errWallet = domain.Errorf(domain.Conflict, "wallet.insufficient", "there is less in the wallet")

// refused says, by constraint, what it means that a row may not be so.
var refused = map[string]*domain.Error{
	"accounts_wallet_covered": errWallet,
	"accounts_cash_held":      domain.Errorf(domain.Conflict, "cash.exceeds", "the courier holds less cash"),
}

// ErrErased is what a request gets that began before its account was erased and comes after it.
var ErrErased = domain.Errorf(domain.Unauthenticated, "account.erased", "the account was erased")

// classify turns a database error into the domain's words: by constraint name, by SQLSTATE, or as Unavailable when the
// server is away. A domain error passes; anything else stays what it is, an internal error.
func classify(err error) error {
	if err == nil || domain.KindOf(err) != "" {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Missing("row")
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return classifyPg(err, pg)
	}
	var netErr net.Error
	var connectErr *pgconn.ConnectError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errAgain), errors.As(err, &connectErr), errors.As(err, &netErr), errors.Is(err, context.DeadlineExceeded),
		strings.Contains(err.Error(), "conn closed"), strings.Contains(err.Error(), "unexpected EOF"):
		return unavailable(err, away)
	}
	return err
}

func classifyPg(err error, pg *pgconn.PgError) error {
	if e, ok := taken[pg.ConstraintName]; ok && pg.Code == "23505" {
		return e
	}
	if e, ok := crossed[pg.ConstraintName]; ok && pg.Code == "23P01" {
		return e
	}
	if e, ok := refused[pg.ConstraintName]; ok && pg.Code == "23514" {
		return e
	}
	switch {
	case pg.ConstraintName == "account_erased":
		return ErrErased
	case pg.Code == "22021", pg.Code == "22P05": // NUL, which JSON can hold and text cannot
		return domain.Invalidf("body", "text", "has a character that no text can hold (U+0000)")
	case strings.HasPrefix(pg.Message, "unsupported startup parameter"): // PgBouncer's words
		return domain.Invalidf("pooler", "unset", "must be true: a pooler is before the database (%s)", pg.Message)
	case pg.Code == "57014": // statement_timeout
		return unavailable(err, "the database took too long; try again")
	case pg.Code == "53300", // too many connections
		strings.HasPrefix(pg.Code, "08"),  // connection exceptions
		strings.HasPrefix(pg.Code, "57P"), // the server is stopping or starting
		retryable(err):
		return unavailable(err, away)
	}
	return withoutData(err, pg)
}

const away = "the database is away; try again"

// unavailable keeps the cause for the log, while the caller learns only what it may do.
func unavailable(cause error, detail string) error {
	e := domain.Errorf(domain.Unavailable, string(domain.Unavailable), "%s", detail)
	e.Cause = cause
	return e
}

// dataError is an error of the server whose words would quote what somebody typed.
type dataError struct {
	text string
	err  error
}

func (e *dataError) Error() string { return e.text }

func (e *dataError) Unwrap() error { return e.err }

// withoutData takes out of an error's text what the server quotes of a value: that is the message of data exceptions (class
// 22) and of what triggers and functions raise. State, constraint and table say enough.
func withoutData(err error, pg *pgconn.PgError) error {
	if !strings.HasPrefix(pg.Code, "22") && pg.Code != "P0001" || pg.Message == "" {
		return err
	}
	return &dataError{strings.ReplaceAll(err.Error(), pg.Message, "a value does not fit"), err}
}
