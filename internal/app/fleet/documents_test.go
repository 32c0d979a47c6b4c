package fleet

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
)

// A document's picture is sealed, for staff, and there only as long as somebody has to look at it.
func TestPicturesOfDocuments(t *testing.T) {
	b := setup(t)
	drawn := 0
	b.redraw = func(_ context.Context, upload []byte) ([]byte, error) {
		drawn++
		return append([]byte("pixels of "), upload...), nil
	}
	c, other, boss := b.courier(), b.courier(), b.boss()
	show := func(number string) {
		t.Helper()
		_, err := b.PutDocument(b.ctx, c, 0, rules.Document{Kind: rules.Identity, Number: number})
		require.NoError(t, err)
	}
	picture := func(text string) []Document {
		t.Helper()
		all, err := b.PutDocumentPicture(b.ctx, c, 0, rules.Identity, []byte(text))
		require.NoError(t, err)
		return all
	}
	sees := func(want string) {
		t.Helper()
		got, err := b.OpenDocumentPicture(b.ctx, boss, c.ID, rules.Identity)
		if want == "" {
			require.Equal(t, domain.NotFound, domain.KindOf(err))
			return
		}
		require.NoError(t, err)
		require.Equal(t, "pixels of "+want, string(got))
	}
	_, err := b.PutDocumentPicture(b.ctx, c, 0, rules.Identity, []byte("passport"))
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	require.Zero(t, drawn, "who may not costs nothing")
	show("A1234567")
	sees("")
	_, err = b.PutDocumentPicture(b.ctx, other, 0, rules.Identity, []byte("passport"))
	require.Equal(t, domain.NotFound, domain.KindOf(err), "nobody shows it of somebody else")
	_, err = b.PutDocumentPicture(b.ctx, c, 99, rules.Identity, []byte("passport"))
	require.Equal(t, domain.Precondition, domain.KindOf(err))

	require.True(t, picture("passport")[0].Pictured)
	require.Zero(t, b.scan(`SELECT count(*) FROM courier_document_pictures WHERE position('passport' in encode(sealed, 'escape')) > 0`))
	sees("passport")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'courier.document_picture_read' AND actor_id = $1`, boss.ID.String()))
	picture("a better one")
	sees("a better one")
	show("B1234567")
	sees("")
	picture("B")

	_, err = b.VerifyDocument(b.ctx, boss, c.ID, 0, rules.Identity)
	require.NoError(t, err)
	sees("B")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM courier_document_pictures WHERE forget_at BETWEEN now() + interval '29 days' AND now() + interval '30 days'`))
	_, err = b.PutDocumentPicture(b.ctx, c, 0, rules.Identity, []byte("another's"))
	require.Equal(t, domain.NotFound, domain.KindOf(err), "what was looked at stays as it was")
	show("C1234567")
	sees("")
	picture("C")
	sees("C")
	_, err = b.VerifyDocument(b.ctx, boss, c.ID, 0, rules.Identity)
	require.NoError(t, err)
	sees("C")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM courier_document_pictures`), "that of the one before is gone")

	b.exec(`UPDATE courier_document_pictures SET forget_at = now()`)
	sees("")
	all, err := b.Documents(b.ctx, c.ID)
	require.NoError(t, err)
	require.False(t, all[0].Pictured)
	n, err := b.db.ForgetDocumentPictures(b.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)

	show("D1234567")
	picture("D")
	b.erase(c)
	require.Zero(t, b.scan(`SELECT count(*) FROM courier_document_pictures`))
}
