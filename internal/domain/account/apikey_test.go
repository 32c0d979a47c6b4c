package account_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func TestKeysAreTextsThatScannersFind(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^zoop_[0-9A-Za-z]{9}_[0-9A-Za-z]{49}$`)
	full := [32]byte{}
	for i := range full {
		full[i] = 0xff
	}
	for _, secret := range [][32]byte{{}, {31: 1}, full} {
		for _, prefix := range [][6]byte{{}, {255, 255, 255, 255, 255, 255}} {
			public := account.NewKeyPrefix(prefix)
			text := account.WriteKey(public, secret)
			require.Regexp(t, form, text)
			found, ok := account.KeyPrefix(text)
			require.True(t, ok)
			require.Equal(t, public, found)
			for i := range text {
				wrong := []byte(text)
				wrong[i] ^= 1
				_, ok := account.KeyPrefix(string(wrong))
				require.False(t, ok, string(wrong))
			}
		}
	}
	for _, text := range []string{"", "zoop_", "zoop_123456789_", string(make([]byte, 64))} {
		_, ok := account.KeyPrefix(text)
		require.False(t, ok, text)
	}
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good := account.APIKey{Name: "till", Scopes: domain.OrdersRead, ExpiresAt: now.Add(time.Second)}
	require.NoError(t, good.Check(now))
	for field, change := range map[string]func(*account.APIKey){
		"name":      func(k *account.APIKey) { k.Name = "" },
		"scopes":    func(k *account.APIKey) { k.Scopes = 0 },
		"expiresAt": func(k *account.APIKey) { k.ExpiresAt = now },
	} {
		k := good
		change(&k)
		err := k.Check(now)
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, field, e.Fields[0].Field)
	}
}
