package seed

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in, out  string
		repaired bool
	}{
		"plain":                   {"Copper Pot", "Copper Pot", false},
		"right accents":           {"Café Sítio", "Café Sítio", false},
		"encoded twice":           {"CafÃ© SÃ£o", "Café São", true},
		"Windows-1252":            {"Caf\xe9", "Café", true},
		"a capital that looks so": {"SÃO PAULO", "SÃO PAULO", false},
		"blanks and controls":     {" A\u202e\tB\r\n C\x00 ", "A B C", false},
		"empty":                   {"", "", false},
	} {
		out, repaired := decode(c.in)
		require.Equal(t, c.out, out, name)
		require.Equal(t, c.repaired, repaired, name)
	}
}

func TestMend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ country, in, out string }{
		{"TR", "Kííík Esat Mahallesi", "Küçük Esat Mahallesi"},
		{"TR", "Masabaéi Kebapíisi", "Masabaşı Kebapçısı"},
		{"BR", "S_o Paulo", "São Paulo"},
		{"BR", "Bras\uFFFDlia", "Brasília"},
		{"BR", "Rua Aníbal de Mendonía, 37", "Rua Aníbal de Mendonça, 37"},
		{"BR", "Café Daniel", "Café Daniel"}, // right already
		{"IN", "Mendonía", "Mendonía"},       // a word of another country
		{"IN", "Díner Grill", "Döner Grill"}, // a word of all
		{"IN", "Caf\uFFFD X", "Caf X"},       // unknown: at least nothing that does not show
		{"NZ", "Eden Noodles Cafe í_·íé_é_é", "Eden Noodles Cafe"},
		{"US", "Tom_s Place", "Tom_s Place"},
	} {
		out, repaired := mend(c.in, c.country)
		require.Equal(t, c.out, out)
		require.Equal(t, c.in != c.out, repaired, c.in)
	}
}

func TestWordsAreTellable(t *testing.T) {
	t.Parallel()
	for country, l := range lexicons() {
		for key, word := range l.words {
			require.NotEmpty(t, word, "%s: two words look like %s when damaged", country, key)
		}
	}
}
