package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// CourierDocument is a document of a courier's; its number is "" unless it was opened.
type CourierDocument struct {
	delivery.Document
	Masked    string
	ChangedAt time.Time
	Pictured  bool // there is a picture to look at; not told where documents of many couriers are listed
}

// documentSeal ties a seal to its courier and kind, so that it cannot be moved to another.
func documentSeal(courier domain.ID, kind delivery.Kind) []byte {
	return fmt.Appendf(nil, "document %s %s", courier, kind)
}

// Today is the day by the database's clock, in UTC.
func (tx *Tx) Today(ctx context.Context) (domain.Date, error) {
	now, err := tx.Moment(ctx)
	if err != nil {
		return domain.Date{}, fmt.Errorf("read the time: %w", err)
	}
	return domain.DateOf(now.UTC()), nil
}

// PutDocument seals and writes a held courier's document, in the place of one of the kind that nobody has looked at.
func (tx *Tx) PutDocument(ctx context.Context, courier domain.ID, d delivery.Document) error {
	key, sealed, err := tx.seal(ctx, []byte(d.Number), documentSeal(courier, d.Kind))
	if err != nil {
		return fmt.Errorf("seal document: %w", err)
	}
	err = tx.SaveDocument(ctx, query.SaveDocumentParams{
		CourierID: courier, Kind: string(d.Kind), Key: key, Sealed: sealed, Mask: d.Mask(), ExpiresOn: toPgDate(d.ExpiresOn),
	})
	if err != nil {
		return fmt.Errorf("save document: %w", err)
	}
	return nil
}

// Documents gives what a held courier has shown, and the day.
func (tx *Tx) Documents(ctx context.Context, courier domain.ID) ([]delivery.Document, domain.Date, error) {
	rows, err := tx.DocumentsOf(ctx, courier)
	if err != nil {
		return nil, domain.Date{}, fmt.Errorf("list documents: %w", err)
	}
	out := make([]delivery.Document, len(rows))
	for i, r := range rows {
		out[i] = toDocument(r.CourierDocument).Document
	}
	today, err := tx.Today(ctx)
	return out, today, err
}

// VerifyDocuments notes that staff have looked at the documents of some kinds that waited, in the place of those before, and gives the
// kinds of which there were some.
func (tx *Tx) VerifyDocuments(ctx context.Context, courier domain.ID, kinds ...delivery.Kind) ([]string, error) {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	if err := tx.DropVerified(ctx, query.DropVerifiedParams{CourierID: courier, Kinds: names}); err != nil {
		return nil, fmt.Errorf("drop older documents: %w", err)
	}
	verified, err := tx.Queries.VerifyDocuments(ctx, query.VerifyDocumentsParams{CourierID: courier, Kinds: names})
	if err != nil {
		return nil, fmt.Errorf("verify documents: %w", err)
	}
	err = tx.KeepDocumentPictures(ctx, query.KeepDocumentPicturesParams{CourierID: courier, Kinds: verified, KeptSeconds: delivery.PictureKept.Seconds()})
	if err != nil {
		return nil, fmt.Errorf("keep pictures of documents: %w", err)
	}
	return verified, nil
}

// Documents lists what a courier has shown, without the numbers.
func (db *DB) Documents(ctx context.Context, courier domain.ID) ([]CourierDocument, error) {
	rows, err := db.q().DocumentsOf(ctx, courier)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", classify(err))
	}
	out := make([]CourierDocument, len(rows))
	for i, r := range rows {
		out[i] = toDocument(r.CourierDocument)
		out[i].Pictured = r.Pictured
	}
	return out, nil
}

// Document opens the newest document of a kind. NotFound when there is none.
func (db *DB) Document(ctx context.Context, courier domain.ID, kind delivery.Kind) (CourierDocument, error) {
	rows, err := db.q().DocumentsOf(ctx, courier)
	if err != nil {
		return CourierDocument{}, fmt.Errorf("read document: %w", classify(err))
	}
	var newest *query.DocumentsOfRow
	for i, r := range rows {
		if r.CourierDocument.Kind == string(kind) { // the one that waits comes last
			newest = &rows[i]
		}
	}
	if newest == nil {
		return CourierDocument{}, domain.Missing("document")
	}
	number, err := open(ctx, db.q(), newest.CourierDocument.Key, newest.CourierDocument.Sealed, documentSeal(courier, kind))
	if err != nil {
		return CourierDocument{}, fmt.Errorf("open document: %w", err)
	}
	d := toDocument(newest.CourierDocument)
	d.Number, d.Pictured = string(number), newest.Pictured
	return d, nil
}

// pictureSeal ties the seal of a picture to its courier and kind.
func pictureSeal(courier domain.ID, kind delivery.Kind) []byte {
	return fmt.Appendf(nil, "picture of document %s %s", courier, kind)
}

// PutDocumentPicture seals and writes the picture of a held courier's document that waits. NotFound when none does.
func (tx *Tx) PutDocumentPicture(ctx context.Context, courier domain.ID, kind delivery.Kind, picture []byte) error {
	key, sealed, err := tx.seal(ctx, picture, pictureSeal(courier, kind))
	if err != nil {
		return fmt.Errorf("seal picture: %w", err)
	}
	n, err := tx.SaveDocumentPicture(ctx, query.SaveDocumentPictureParams{
		CourierID: courier, Kind: string(kind), Key: key, Sealed: sealed, KeptSeconds: delivery.PictureWaits.Seconds(),
	})
	switch {
	case err != nil:
		return fmt.Errorf("save picture of document: %w", err)
	case n == 0:
		return domain.Missing("document that waits")
	}
	return nil
}

// DocumentPicture opens the picture of the newest document of a kind. NotFound when there is none, or none any more.
func (tx *Tx) DocumentPicture(ctx context.Context, courier domain.ID, kind delivery.Kind) ([]byte, error) {
	r, err := tx.Queries.DocumentPicture(ctx, query.DocumentPictureParams{CourierID: courier, Kind: string(kind)})
	if err != nil {
		return nil, missing("picture", fmt.Errorf("read picture of document: %w", err))
	}
	picture, err := open(ctx, tx.Queries, r.Key, r.Sealed, pictureSeal(courier, kind))
	if err != nil {
		return nil, fmt.Errorf("open picture of document: %w", err)
	}
	return picture, nil
}

// ForgetDocumentPictures deletes some of the pictures that were kept long enough, and says how many.
func (db *DB) ForgetDocumentPictures(ctx context.Context) (int64, error) {
	n, err := db.q().ForgetDocumentPictures(ctx, forgetBatch)
	if err != nil {
		return 0, fmt.Errorf("forget pictures of documents: %w", classify(err))
	}
	return n, nil
}

// ExpiringDocument is one that expires soon, or has, and whose it is.
type ExpiringDocument struct {
	CourierDocument
	CourierID   domain.ID
	Name, Phone string
}

// Expiring lists verified documents of approved couriers that expire within so many days, the first first.
func (db *DB) Expiring(ctx context.Context, days, most int) ([]ExpiringDocument, error) {
	rows, err := db.q().ExpiringDocuments(ctx, query.ExpiringDocumentsParams{Days: days, Most: int32(most)}) //nolint:gosec // a small constant
	if err != nil {
		return nil, fmt.Errorf("list expiring documents: %w", classify(err))
	}
	out := make([]ExpiringDocument, len(rows))
	for i, r := range rows {
		out[i] = ExpiringDocument{toDocument(r.CourierDocument), r.CourierDocument.CourierID, r.Name, r.Phone}
	}
	return out, nil
}

func toDocument(r query.CourierDocument) CourierDocument {
	d := delivery.Document{Kind: delivery.Kind(r.Kind), Verified: r.Verified}
	if r.ExpiresOn.Valid {
		d.ExpiresOn = domain.DateOf(r.ExpiresOn.Time)
	}
	return CourierDocument{Document: d, Masked: r.Mask, ChangedAt: r.ChangedAt}
}

func toPgDate(d domain.Date) pgtype.Date {
	if d.IsZero() {
		return pgtype.Date{}
	}
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}
