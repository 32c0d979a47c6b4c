package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// auditBatch is how many entries are chained, or verified, at once.
const auditBatch = 500

// ChainAudit gives the entries that wait their places and hashes, at most 500 of them, and says whether there may be more.
// Writers of entries never wait for it or for each other; any number of processes may call it at once, for the lock of one
// row orders them, and so places become visible in their order.
func (db *DB) ChainAudit(ctx context.Context) (more bool, err error) {
	waiting, err := db.q().UnchainedAudit(ctx)
	if err != nil || !waiting {
		return false, classify(err)
	}
	err = db.InTx(ctx, func(tx *Tx) error {
		// Who stops in here must not hold up the others for long.
		if _, err := tx.tx.Exec(ctx, "SET LOCAL idle_in_transaction_session_timeout = '2s'"); err != nil {
			return err
		}
		end, err := tx.LockAuditChain(ctx)
		if err != nil {
			return err
		}
		entries, err := tx.NextAudit(ctx)
		if err != nil || len(entries) == 0 {
			return err
		}
		more = len(entries) == auditBatch
		var c query.ChainAuditParams
		for _, e := range entries {
			end.Last++
			end.Hash = auditHash(end.Hash, end.Last, e)
			c.Ids, c.Places, c.Hashes = append(c.Ids, e.ID), append(c.Places, end.Last), append(c.Hashes, end.Hash)
		}
		if err := tx.Queries.ChainAudit(ctx, c); err != nil {
			return err
		}
		return tx.MoveAuditChain(ctx, query.MoveAuditChainParams(end))
	})
	if err != nil {
		return false, fmt.Errorf("chain audit log: %w", err)
	}
	return more, nil
}

// auditHash is an entry's hash: of the one before it, its place, and all its columns, each with its length.
func auditHash(before []byte, place int64, e query.AuditLog) []byte {
	h := sha256.New()
	part := func(b []byte) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(b))) // a hash takes everything
		_, _ = h.Write(b)
	}
	id := func(id *domain.ID) {
		if id == nil {
			part(nil)
			return
		}
		part(id[:])
	}
	part(before)
	for _, n := range []int64{place, e.ID, e.At.UnixMicro()} {
		part(strconv.AppendInt(nil, n, 10))
	}
	for _, one := range []*domain.ID{e.ActorID, e.SessionID, e.KeyID, e.VendorID, e.SubjectID} {
		id(one)
	}
	for _, text := range []string{e.ActorRole, e.Address, e.RequestID, e.Action, e.Subject} {
		part([]byte(text))
	}
	part(e.Before)
	part(e.After)
	return h.Sum(nil)
}

// Mark is an entry's place and hash. Noted outside the database, it shows later that nothing up to it was changed, whoever
// may have done so.
type Mark struct {
	Place int64
	Hash  []byte
}

// ParseMark reads the form of String: Invalid for any other text.
func ParseMark(s string) (Mark, error) {
	place, sum, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(place, 10, 64)
	hash, herr := hex.DecodeString(sum)
	if err != nil || herr != nil || n < 1 || len(hash) != sha256.Size {
		return Mark{}, domain.Invalidf("mark", "form", "must be a place, a colon and 64 hexadecimal digits, as `zoop audit verify` prints it")
	}
	return Mark{n, hash}, nil
}

// String is the mark in one word.
func (m Mark) String() string { return fmt.Sprintf("%d:%x", m.Place, m.Hash) }

// AuditReport is what a look at the whole audit log found.
type AuditReport struct {
	End   Mark     // of the newest entry
	Wrong []string // what does not fit, the first 20
}

const maxWrong = 20

func (r *AuditReport) wrong(format string, args ...any) {
	if len(r.Wrong) < maxWrong {
		r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
	}
}

// VerifyAudit reads the audit log from its beginning and compares every hash with what the entry says, the places with each
// other, and the end with the one noted last. Marks that were noted elsewhere must be found as they were.
func (db *DB) VerifyAudit(ctx context.Context, marks []Mark) (AuditReport, error) {
	var report AuditReport
	noted := map[int64][]byte{}
	for _, m := range marks {
		noted[m.Place] = m.Hash
	}
	end, err := db.q().AuditChain(ctx) // before the entries: those may grow meanwhile
	if err != nil {
		return report, fmt.Errorf("read end of audit log: %w", classify(err))
	}
	noted[end.Last] = end.Hash
	at := Mark{Hash: make([]byte, sha256.Size)}
	if end.Last == 0 && bytes.Equal(end.Hash, at.Hash) {
		delete(noted, 0)
	}
	for {
		rows, err := db.q().AuditAfter(ctx, query.AuditAfterParams{AfterPlace: at.Place, Most: auditBatch})
		if err != nil {
			return report, fmt.Errorf("read audit log: %w", classify(err))
		}
		for _, r := range rows {
			at = report.check(at, r, noted)
		}
		if len(rows) < auditBatch {
			break
		}
	}
	for place := range noted {
		report.wrong("entry %d is gone: it was the end of the log, or noted elsewhere", place)
	}
	report.End = at
	return report, nil
}

// check compares one entry with the mark of the one before it, and gives its own.
func (r *AuditReport) check(before Mark, e query.AuditLog, noted map[int64][]byte) Mark {
	place := orZero(e.Place)
	if place != before.Place+1 {
		r.wrong("entries %d to %d are gone", before.Place+1, place-1)
	}
	if want := auditHash(before.Hash, place, e); !bytes.Equal(want, e.Hash) {
		r.wrong("entry %d was changed, or the one before it", place)
	}
	if hash, ok := noted[place]; ok && !bytes.Equal(hash, e.Hash) {
		r.wrong("entry %d is not the one that was noted", place)
	}
	delete(noted, place)
	return Mark{place, e.Hash}
}
