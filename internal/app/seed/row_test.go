package seed

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// one examines a file of one row.
func one(t *testing.T, s sample) (*batch, Result) {
	t.Helper()
	return examineAll(t, strings.NewReader(file(s)))
}

func TestRejectedRows(t *testing.T) {
	t.Parallel()
	for fault, s := range map[string]sample{
		"Restaurant ID: " + reasonMissing:                {colID: ""},
		"Restaurant ID: " + reasonNumber:                 {colID: "abc"},
		"Restaurant ID: " + reasonRange:                  {colID: "-4"},
		"Restaurant Name: " + reasonMissing:              {colName: " \u200b "},
		"Restaurant Name: " + reasonLong:                 {colName: strings.Repeat("x", 121)},
		"Country Code: " + reasonCountry:                 {colCountry: "999"},
		"City: " + reasonMissing:                         {colCity: ""},
		"Address: " + reasonMissing:                      {colAddress: "", colLocality: ""},
		"Latitude: " + reasonNowhere:                     {colLat: "0.0", colLng: "0.000"},
		"Latitude: " + reasonElsewhere:                   {colLat: "48.85", colLng: "2.35"},
		"Longitude: " + reasonRange:                      {colLng: "181"},
		"Latitude: " + reasonNumber:                      {colLat: "NaN"},
		"Latitude: " + reasonMissing:                     {colLat: ""},
		"Average Cost for two: " + reasonRange:           {colCost: "-1"},
		"Average Cost for two: " + reasonNumber:          {colCost: "cheap"},
		"Average Cost for two: " + reasonImplausible:     {colCost: "600000"},
		"Aggregate rating: " + reasonRange:               {colRating: "5.1"},
		"Votes: " + reasonRange:                          {colVotes: "-1"},
		"Price range: " + reasonRange:                    {colLevel: "5"},
		"Restaurant Name: " + reasonMissing + " (twice)": {colName: "", colVotes: ""},
	} {
		all, result := one(t, s)
		require.Empty(t, all.candidates, fault)
		require.Equal(t, 1, result.Rejected, fault)
		fault = strings.TrimSuffix(fault, " (twice)")
		require.Contains(t, result.Reasons, fault)
	}
}

func TestBrokenLines(t *testing.T) {
	t.Parallel()
	good := sample{colName: "A \"quoted\"\nname, long"}.String()
	text := header + "1,2,3\n" + strings.Replace(good, "101", "102", 1) + "5,\"x\"y,\"\n" + "\"open"
	all, result := examineAll(t, strings.NewReader(text))
	require.Len(t, all.candidates, 1)
	require.Equal(t, `A "quoted" name, long`, all.candidates[0].profile.Name)
	require.Equal(t, 3, all.candidates[0].line)
	require.Equal(t, 1, result.Reasons[reasonCells])
	require.Positive(t, result.Reasons[reasonMalformed])
	require.Equal(t, all.rows, len(all.candidates)+result.Rejected)
}

func TestHeaderOrderAndMark(t *testing.T) {
	t.Parallel()
	text := "\uFEFFVotes,Longitude,Latitude,Restaurant ID,Restaurant Name,Country Code,City,Address,Cuisines,Average Cost for two,Price range,Aggregate rating\n" +
		"5,77.2,28.6,7,Tin Cup,1,New Delhi,Ring Road,Cafe,300,1,3.1\n"
	all, _ := examineAll(t, strings.NewReader(text))
	require.Len(t, all.candidates, 1)
	require.Equal(t, domain.Point{Lat: 28.6, Lng: 77.2}, all.candidates[0].profile.Location)
}

func TestRepairedRows(t *testing.T) {
	t.Parallel()
	for kind, s := range map[string]sample{
		repairedEncoding: {colName: "CafÃ©"},
		repairedAccents:  {colCountry: "30", colLat: "-23.5", colLng: "-46.6", colCity: "S_o Paulo"},
		repairedCity:     {colCountry: "189", colLat: "-26.2", colLng: "28.06", colCity: "Inner City"},
		repairedSwap:     {colLat: "73.87", colLng: "18.52"},
		repairedCost:     {colCost: "0"},
		repairedLevel:    {colLevel: "0"},
		repairedCuisines: {colCuisines: " , "},
		repairedAddress:  {colAddress: " "},
	} {
		all, result := one(t, s)
		require.Equal(t, map[string]int{kind: 1}, result.Repaired, kind)
		require.NotEmpty(t, all.candidates[0].profile.Cuisines, kind)
		require.Positive(t, all.candidates[0].profile.CostForTwo.Amount, kind)
	}
	all, _ := one(t, sample{colLat: "73.87", colLng: "18.52"})
	require.Equal(t, domain.Point{Lat: 18.52, Lng: 73.87}, all.candidates[0].profile.Location)
}

func TestMissingCuisines(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Sunrise Bakery": "Bakery", "Corner Cafe": "Cafe", "Mrs Grey": "American"} {
		all, _ := one(t, sample{colName: name, colCuisines: "", colCountry: "216", colLat: "31.6", colLng: "-84.2"})
		require.Equal(t, []string{want}, all.candidates[0].profile.Cuisines)
	}
}

func TestCountryDecides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code, lat, lng, currency, zone string
	}{
		{"1", "28.61", "77.21", "INR", "Asia/Kolkata"},
		{"14", "-37.42", "144.56", "AUD", "Australia/Melbourne"},
		{"14", "-34.52", "138.96", "AUD", "Australia/Adelaide"},
		{"14", "-16.75", "145.67", "AUD", "Australia/Brisbane"},
		{"14", "-28.86", "153.59", "AUD", "Australia/Sydney"},
		{"30", "-23.55", "-46.64", "BRL", "America/Sao_Paulo"},
		{"37", "51.21", "-102.46", "CAD", "America/Regina"},
		{"94", "-6.2", "106.8", "IDR", "Asia/Jakarta"},
		{"94", "-8.67", "115.2", "IDR", "Asia/Makassar"},
		{"148", "-36.88", "174.75", "NZD", "Pacific/Auckland"},
		{"162", "14.56", "121.02", "PHP", "Asia/Manila"},
		{"166", "25.22", "51.5", "QAR", "Asia/Qatar"},
		{"184", "1.28", "103.86", "SGD", "Asia/Singapore"},
		{"189", "-33.96", "18.51", "ZAR", "Africa/Johannesburg"},
		{"191", "6.88", "79.85", "LKR", "Asia/Colombo"},
		{"208", "39.91", "32.8", "TRY", "Europe/Istanbul"},
		{"214", "25.09", "55.31", "AED", "Asia/Dubai"},
		{"215", "55.94", "-3.2", "GBP", "Europe/London"},
		{"216", "43.61", "-116.2", "USD", "America/Boise"},
		{"216", "36.31", "-106.05", "USD", "America/Denver"},
		{"216", "30.4", "-86.85", "USD", "America/Chicago"},
		{"216", "46.37", "-85.73", "USD", "America/New_York"},
		{"216", "21.28", "-157.83", "USD", "Pacific/Honolulu"},
		{"216", "39.6", "-119.25", "USD", "America/Los_Angeles"},
	} {
		all, result := one(t, sample{colCountry: c.code, colLat: c.lat, colLng: c.lng, colCost: "0"})
		require.Empty(t, result.Reasons, c)
		p := all.candidates[0].profile
		require.Equal(t, c.currency, string(p.Currency), c)
		require.Equal(t, c.zone, p.Timezone, c)
		require.Equal(t, domain.Currency(c.currency), p.CostForTwo.Currency)
	}
}
