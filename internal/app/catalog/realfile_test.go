package catalog_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/app/seed"
	"github.com/zoop-dev/zoop/internal/domain"
)

// connaught is Connaught Place, the middle of New Delhi.
var connaught = domain.Point{Lat: 28.6315, Lng: 77.2167}

// realAround gives the rows of the real export that lie within some metres of a point; the test is skipped where the file is not.
func realAround(t *testing.T, center domain.Point, meters float64) io.Reader {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "vendors", "zomato.csv")
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		t.Skipf("the real export is not there: %s", path)
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	in := csv.NewReader(f)
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	const longitude, latitude = 7, 8
	for first := true; ; first = false {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		lat, _ := strconv.ParseFloat(row[latitude], 64)
		lng, _ := strconv.ParseFloat(row[longitude], 64)
		if first || center.Meters(domain.Point{Lat: lat, Lng: lng}) <= meters {
			require.NoError(t, w.Write(row))
		}
	}
	w.Flush()
	require.NoError(t, w.Error())
	return &out
}

// TestSearchOfTheRealFile types what people type around Connaught Place. docs/search.md shows what comes.
func TestSearchOfTheRealFile(t *testing.T) {
	file := realAround(t, connaught, 3000)
	b := setup(t)
	result, err := seed.New(b.db).Vendors(b.ctx, file, seed.Options{})
	require.NoError(t, err)
	require.Greater(t, result.Inserted, 300)
	// The file is in Latin letters: some dishes get the names that they have in Hindi, as their vendors may translate them.
	for english, hindi := range map[string]string{"Butter Chicken": "बटर चिकन", "Masala Dosa": "मसाला डोसा", "Gulab Jamun": "गुलाब जामुन"} {
		b.exec(`UPDATE dishes SET translations = jsonb_build_object('hi', jsonb_build_object('name', $2::text)) WHERE name = $1`, english, hindi)
	}
	for typed, want := range map[string][]string{ // what the first hits are, or dishes by that name at whatever vendor
		"pind baluchi":       {"Pind Balluchi", "Pind Balluchi"},
		"saravana bhavn":     {"Saravana Bhavan", "Saravana Bhavan"},
		"united cofee house": {"United Coffee House"},
		"haldirams":          {"Haldiram's", "Haldiram Bhujiawala"},
		"mc donalds":         {"McDonald's"},
		"unitedcoffee":       {"United Coffee House"},
		"CAFÉ":               {"Cafe "},
		"biriyani":           {"Bikkgane Biryani"},
		"masala d":           {"Masala Dosa @ ", "Masala Dosa @ "},
		"butter chiken":      {"Butter Chicken @ ", "Butter Chicken @ "},
		"dosa saravana":      {"Rava Masala Dosa @ Saravana Bhavan"},
		"बटर चिकन":           {"Butter Chicken @ ", "Butter Chicken @ "},
		"गुलाब जमुन":         {"Gulab Jamun @ ", "Gulab Jamun @ "},
	} {
		got := b.search(catalog.Search{Point: connaught, Text: typed, Limit: 6}).Names
		t.Logf("%s: %s", typed, strings.Join(got, " | "))
		require.GreaterOrEqual(t, len(got), len(want), typed)
		for i, name := range want {
			require.True(t, strings.HasPrefix(got[i], name), "%s: %q is not %q", typed, got[i], name)
		}
	}
	require.Empty(t, b.find("qwertyuiop"))
	require.Equal(t, "vendor Saravana Bhavan", b.suggestAt(connaught, "sarav")[0])
}
