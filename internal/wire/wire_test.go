package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/wire"
)

func records() []domain.Record {
	return []domain.Record{
		{
			Seq: 7, Subject: domain.SubjectOrder, SubjectID: id.New(), Version: 3, Type: "order.accepted", ActorRole: domain.RoleVendor, ActorID: id.New(),
			VendorID: id.New(), CustomerID: id.New(), CourierID: id.New(), City: "Lisboa", At: time.Unix(1, 5000), Data: []byte(`{"prepMinutes":20}`),
		},
		{
			Seq: 1, Subject: domain.SubjectCourier, SubjectID: id.New(), Version: 1, Type: "courier.online", ActorRole: domain.RoleCourier,
			At: time.Unix(1, 5000), Data: []byte(`{}`),
		},
	}
}

// strictly reads what was written as the contract has it, and writes it again.
func strictly[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &v, json.RejectUnknownMembers(true)))
	again, err := json.Marshal(v)
	require.NoError(t, err)
	require.JSONEq(t, string(again), string(text))
	return v
}

func TestEventIsTheContracts(t *testing.T) {
	t.Parallel()
	for _, r := range records() {
		text, err := wire.Event(r)
		require.NoError(t, err)
		if !r.ActorID.IsNil() {
			require.NotContains(t, string(text), r.ActorID.String(), "who it was is not for everybody")
		}
		e := strictly[dto.Event](t, text)
		require.Equal(t, r.At.UTC(), e.At)
		require.Equal(t, r.SubjectID, e.SubjectID)
	}
}

// A webhook says what the live feed says, and nothing else.
func TestWebhookIsTheEventOfTheFeed(t *testing.T) {
	t.Parallel()
	for _, r := range records() {
		feed, err := wire.Event(r)
		require.NoError(t, err)
		text, err := wire.Webhook(r, false)
		require.NoError(t, err)
		w := strictly[dto.WebhookPayload](t, text)
		require.Equal(t, r.Type, w.Type)
		require.Equal(t, r.At.UTC(), w.Timestamp)
		require.Nil(t, w.Test)
		require.Equal(t, strictly[dto.Event](t, feed), w.Data)
	}
	text, err := wire.Webhook(records()[0], true)
	require.NoError(t, err)
	require.True(t, *strictly[dto.WebhookPayload](t, text).Test)
}

func TestAWebhookIsBounded(t *testing.T) {
	t.Parallel()
	r := records()[0]
	r.Data = []byte(`{"long":"` + strings.Repeat("x", wire.MaxWebhook) + `"}`)
	text, err := wire.Webhook(r, false)
	require.NoError(t, err)
	require.Less(t, len(text), 1<<10)
	require.Equal(t, map[string]any{"tooLarge": true}, strictly[dto.WebhookPayload](t, text).Data.Data)
	r.Data = []byte(`{`)
	_, err = wire.Webhook(r, false)
	require.Error(t, err)
}
