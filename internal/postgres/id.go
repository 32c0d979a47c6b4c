package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/zoop-dev/zoop/internal/domain"
)

// registerID teaches a connection to send and read domain.ID as uuid in binary, alone, as a pointer and in arrays.
func registerID(m *pgtype.Map) {
	m.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapIDEncode}, m.TryWrapEncodePlanFuncs...)
	m.TryWrapScanPlanFuncs = append([]pgtype.TryWrapScanPlanFunc{wrapIDScan}, m.TryWrapScanPlanFuncs...)
	m.RegisterDefaultPgType(domain.ID{}, "uuid")
	m.RegisterDefaultPgType([]domain.ID{}, "_uuid")
}

// wireID is domain.ID with pgtype's interfaces, which the kernel must not know.
type wireID domain.ID

func (w wireID) UUIDValue() (pgtype.UUID, error) { return pgtype.UUID{Bytes: w, Valid: true}, nil }

func (w *wireID) ScanUUID(v pgtype.UUID) error {
	*w = wireID(v.Bytes) // NULL reads as Nil
	return nil
}

func wrapIDEncode(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
	id, ok := value.(domain.ID)
	if !ok {
		return nil, nil, false
	}
	return &encodeID{}, wireID(id), true
}

type encodeID struct{ next pgtype.EncodePlan }

func (p *encodeID) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *encodeID) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(wireID(value.(domain.ID)), buf)
}

func wrapIDScan(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	id, ok := target.(*domain.ID)
	if !ok {
		return nil, nil, false
	}
	return &scanID{}, (*wireID)(id), true
}

type scanID struct{ next pgtype.ScanPlan }

func (p *scanID) SetNext(next pgtype.ScanPlan) { p.next = next }

func (p *scanID) Scan(src []byte, target any) error {
	return p.next.Scan(src, (*wireID)(target.(*domain.ID)))
}

// orNull sends Nil as NULL.
func orNull(id domain.ID) *domain.ID {
	if id.IsNil() {
		return nil
	}
	return &id
}

// orNil reads NULL as Nil.
func orNil(id *domain.ID) domain.ID {
	if id == nil {
		return domain.Nil
	}
	return *id
}

// bornAt is the least UUIDv7 of a moment: whatever has a smaller one was born before it.
func bornAt(t time.Time) (id domain.ID) {
	ms := max(0, t.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // its lowest eight bits
	}
	id[6] = 0x70
	return id
}
