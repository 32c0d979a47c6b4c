package mdrp

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// day is a small instance: two orders of r1 that share a trip, one of r2, and one that comes when everybody is off.
var day = map[string]string{
	ParamsFile:   "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\tmaximum click-to-door\n100\t4\t4\t20\t90\n",
	VendorsFile:  "restaurant\tx\ty\nr1\t500\t0\nr2\t0\t1000\n",
	CouriersFile: "courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t60\nc2\t0\t900\t0\t40\n",
	OrdersFile:   "order\tx\ty\tplacement_time\trestaurant\tready_time\no3\t0\t1200\t3\tr2\t10\no1\t500\t300\t0\tr1\t7\no2\t500\t350\t0\tr1\t7\no4\t0\t0\t55\tr2\t70\n",
}

// write puts an instance into a folder, with some files different; an empty one is missing.
func write(t *testing.T, changes map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tiny")
	require.NoError(t, os.Mkdir(dir, 0o750))
	all := maps.Clone(day)
	maps.Copy(all, changes)
	for name, text := range all {
		if text != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
	}
	return dir
}

// bench replays an instance and checks what it wrote, as it was read again.
func bench(t *testing.T, in *Instance) (Result, Files) {
	t.Helper()
	result, files, err := in.Bench(t.Context(), in.Params(), nil)
	require.NoError(t, err)
	require.Empty(t, result.Violations)
	dir := filepath.Join(t.TempDir(), in.Name)
	require.NoError(t, files.Write(dir))
	again, err := ReadFiles(dir)
	require.NoError(t, err)
	require.Equal(t, files, again)
	return result, files
}

func TestATinyDay(t *testing.T) {
	t.Parallel()
	in, err := Load(write(t, nil))
	require.NoError(t, err)
	got, files := bench(t, in)

	// c1: 5 min to r1 for 7 at the latest, so it leaves at 0, and is at the doors (3 min, then 1) at 12 and 17, each served for 4.
	require.Equal(t, "assignment_time pickup_time courier bundle\n0 7 c1 o1 o2\n7 10 c2 o3\n", files[AssignmentsFile])
	require.Equal(t, `order placement_time ready_time pickup_time dropoff_time courier
o1 0 7 7 14 c1
o2 0 7 7 19 c1
o3 3 10 10 16 c2
o4 55 70 NaN NaN NaN
`, files[OrdersDoneFile])
	require.Equal(t, `courier departure_time origin destination
c1 0 c1 r1
c1 9 r1 o1
c1 16 o1 o2

c2 7 c2 r2
c2 12 r2 o3

`, files[MovesFile])
	require.Equal(t, 3, got.Delivered)
	require.Equal(t, 1, got.Undelivered, "c1 is off before o4 is ready")
	require.InDelta(t, (14+19+13)/3.0, got.ClickToDoor, 1e-9)
	require.Equal(t, 19, got.ClickToDoorMax)
	require.InDelta(t, 0, got.ReadyToPickup, 1e-9)
	require.InDelta(t, 1.5, got.OrdersPerBundle, 1e-9)
	require.InDelta(t, 0, got.Late, 1e-9)
	require.InDelta(t, ((5+3+1+4+8)/60.0+(1+2+4+4)/40.0)/2, got.Utilisation, 1e-9)
}

// TestTheCheckerSeesBreaches changes a word of a sound solution, and expects to be told.
func TestTheCheckerSeesBreaches(t *testing.T) {
	t.Parallel()
	in, err := Load(write(t, nil))
	require.NoError(t, err)
	_, sound := bench(t, in)
	for name, c := range map[string]struct{ file, old, new, want string }{
		"twice":           {AssignmentsFile, "7 10 c2 o3", "7 10 c2 o3 o1", "in two assignments"},
		"before it is":    {AssignmentsFile, "7 10 c2 o3", "2 10 c2 o3", "assigned at 2, but placed at 3"},
		"not ready":       {AssignmentsFile, "7 10 c2 o3", "7 9 c2 o3", "picked up at 9, but ready at 10"},
		"off":             {AssignmentsFile, "7 10 c2 o3", "7 41 c2 o3", "off at 40"},
		"no time":         {MovesFile, "c2 7 c2 r2", "c2 9 c2 r2", "picks up [o3] at 10, having arrived at 10"},
		"before told":     {MovesFile, "c2 7 c2 r2", "c2 6 c2 r2", "leaves for r2 at 6"},
		"busy":            {AssignmentsFile, "0 7 c1 o1 o2\n", "0 7 c1 o1\n15 7 c1 o2\n", "idle only from 16"},
		"teleported":      {MovesFile, "c1 9 r1 o1", "c1 9 r2 o1", "goes from r2 to o1"},
		"astray":          {MovesFile, "c2 12 r2 o3\n", "c2 12 r2 o3\nc2 18 o3 r1\n", "without an assignment"},
		"never goes":      {MovesFile, "c1 16 o1 o2\n", "", "never goes to o2"},
		"wrong door time": {OrdersDoneFile, "o2 0 7 7 19 c1", "o2 0 7 7 18 c1", "handed over at 19, but said to be at 18"},
		"wrong pickup":    {OrdersDoneFile, "o2 0 7 7 19 c1", "o2 0 7 8 19 c1", "said to be at 8"},
		"wrong courier":   {OrdersDoneFile, "o2 0 7 7 19 c1", "o2 0 7 7 19 c2", "said to be with"},
		"missing":         {OrdersDoneFile, "o4 55 70 NaN NaN NaN\n", "", "order o4 is assigned"},
		"wrong placement": {OrdersDoneFile, "o4 55", "o4 54", "was placed at 55"},
		"other vendor":    {AssignmentsFile, "0 7 c1 o1 o2", "0 7 c1 o1 o3", "from r2, not from r1"},
		"no such courier": {AssignmentsFile, "7 10 c2 o3", "7 10 c9 o3", "does not exist"},
		"no such order":   {AssignmentsFile, "7 10 c2 o3", "7 10 c2 o9", "does not exist"},
		"no number":       {AssignmentsFile, "7 10 c2 o3", "7 x c2 o3", "no whole number"},
		"cut off":         {MovesFile, "c2 12 r2 o3", "c2 12", "2 words"},
		"nothing":         {OrdersDoneFile, sound[OrdersDoneFile], "", "said to be with"},
	} {
		require.Contains(t, sound[c.file], c.old, name)
		files := maps.Clone(sound)
		files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
		violations := in.Judge(files).Violations
		require.NotEmpty(t, violations, name)
		require.Contains(t, strings.Join(violations, "\n"), c.want, name)
	}
}

func TestDirtyInstances(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, old, new, want string }{
		"missing":      {OrdersFile, day[OrdersFile], "", "orders.txt: there is no such file"},
		"no rows":      {VendorsFile, "r1\t500\t0\nr2\t0\t1000\n", "", "restaurants.txt:2: restaurant: there are no rows"},
		"no column":    {CouriersFile, "off_time", "offtime", "couriers.txt:1: off_time: the column is missing"},
		"short row":    {OrdersFile, "\tr1\t7\no2", "\tr1\no2", "orders.txt:3: ready_time: 5 fields instead of 6"},
		"no number":    {OrdersFile, "500\t350", "500\tNaN", `orders.txt:4: y: "NaN" is no number`},
		"huge":         {CouriersFile, "0\t900", "0\t1e300", "couriers.txt:3: y: "},
		"a fraction":   {OrdersFile, "\t0\tr1", "\t0.5\tr1", `orders.txt:3: placement_time: "0.5" is no whole number of minutes`},
		"negative":     {OrdersFile, "\t0\tr1", "\t-1\tr1", "orders.txt:3: placement_time: "},
		"unknown":      {OrdersFile, "r2\t10", "r9\t10", `orders.txt:2: restaurant: "r9" is not in restaurants.txt`},
		"twice":        {OrdersFile, "o2", "o1", `orders.txt:4: order: "o1" is there twice`},
		"vendor twice": {VendorsFile, "r2", "r1", `restaurants.txt:3: restaurant: "r1" is there twice`},
		"no name":      {CouriersFile, "c2", "", `couriers.txt:3: courier: "" is no name`},
		"backwards":    {CouriersFile, "0\t60", "61\t60", "couriers.txt:2: off_time: is before on_time"},
		"ready early":  {OrdersFile, "3\tr2\t10", "30\tr2\t10", "orders.txt:2: ready_time: is before placement_time"},
		"no speed":     {ParamsFile, "100\t4", "0\t4", "instance_parameters.txt:2: meters_per_minute: must be from 1 to 100000"},
		"snails":       {ParamsFile, "100\t4", "1e-300\t4", "instance_parameters.txt:2: meters_per_minute: must be from 1 to 100000"},
		"odd service":  {ParamsFile, "100\t4", "100\t3", "instance_parameters.txt:2: pickup service minutes: must be even"},
		"two lines":    {ParamsFile, "100\t4\t4\t20\t90\n", "100\t4\t4\t20\t90\n100\t4\t4\t20\t90\n", "instance_parameters.txt:3: meters_per_minute: one line"},
	} {
		text := strings.Replace(day[c.file], c.old, c.new, 1)
		require.NotEqual(t, day[c.file], text, name)
		_, err := Load(write(t, map[string]string{c.file: text}))
		require.ErrorIs(t, err, ErrInput, name)
		require.ErrorContains(t, err, c.want, name)
	}
	dir := write(t, map[string]string{OrdersFile: strings.ReplaceAll(day[OrdersFile], "\n", "\r\n")})
	in, err := Load(dir)
	require.NoError(t, err, "files from Windows")
	require.Len(t, in.Orders, 4)
	all, err := LoadAll([]string{filepath.Dir(dir)})
	require.NoError(t, err)
	require.Equal(t, []*Instance{in}, all)
	_, err = LoadAll([]string{dir, dir})
	require.ErrorIs(t, err, ErrInput)
	_, err = LoadAll([]string{filepath.Join(dir, OrdersFile)})
	require.ErrorIs(t, err, ErrInput, "a file is no folder")
	_, err = LoadAll([]string{t.TempDir()})
	require.ErrorContains(t, err, "there is no such file")
}

// TestPublishedInstances replays two of them: as many orders delivered, and as soon, as the baseline of the design's table.
func TestPublishedInstances(t *testing.T) {
	t.Parallel()
	root := os.Getenv("ZOOP_MDRP")
	if root == "" {
		root = "../../../shared/data/mdrp"
	}
	for name, rolling := range map[string]struct {
		left        int
		clickToDoor float64
	}{"0o100t100s1p100": {0, 29.54}, "1o100t100s1p100": {3, 33.48}} {
		dir := filepath.Join(root, name)
		if _, err := os.Stat(dir); err != nil {
			t.Skipf("the published instances are not here: set ZOOP_MDRP to their folder (%v)", err)
		}
		in, err := Load(dir)
		require.NoError(t, err)
		p := in.Params()
		p.Effort = 4_000
		got, files, err := in.Bench(t.Context(), p, nil)
		require.NoError(t, err)
		require.Empty(t, got.Violations)
		require.LessOrEqual(t, got.Undelivered, rolling.left, name)
		require.LessOrEqual(t, got.ClickToDoor, rolling.clickToDoor, name)
		if name[0] == '0' {
			_, again, err := in.Bench(t.Context(), p, nil)
			require.NoError(t, err)
			require.Equal(t, files, again, "the same day has the same solution")
		}
	}
}
