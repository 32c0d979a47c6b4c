package ws

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

func TestEventIsTheContracts(t *testing.T) {
	t.Parallel()
	full := record(7)
	full.VendorID, full.CourierID = id.New(), id.New()
	bare := domain.Record{Seq: 1, Subject: domain.SubjectCourier, SubjectID: id.New(), Version: 1, Type: "courier.online",
		ActorRole: domain.RoleCourier, At: time.Unix(1, 5000), Data: []byte(`{}`)}
	for _, r := range []domain.Record{full, bare} {
		ours, err := EventJSON(r)
		require.NoError(t, err)
		var e dto.Event
		require.NoError(t, json.Unmarshal(ours, &e, json.RejectUnknownMembers(true)))
		contracts, err := json.Marshal(e)
		require.NoError(t, err)
		require.JSONEq(t, string(contracts), string(ours))
		require.Equal(t, r.At.UTC(), e.At)
		require.Equal(t, r.SubjectID, e.SubjectID)
	}
}
