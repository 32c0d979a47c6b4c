package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/mdrp"
)

func TestDispatchBench(t *testing.T) {
	t.Parallel()
	dir, out := filepath.Join(t.TempDir(), "tiny"), t.TempDir()
	require.NoError(t, os.Mkdir(dir, 0o750))
	for name, text := range map[string]string{
		mdrp.ParamsFile:   "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\n100\t4\t4\t40\n",
		mdrp.VendorsFile:  "restaurant\tx\ty\nr1\t500\t0\n",
		mdrp.CouriersFile: "courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t60\n",
		mdrp.OrdersFile:   "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t500\t300\t0\tr1\t10\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	code, table, errs := invoke(t, "dispatch", "bench", dir, "--out", out, "--parallel", "2")
	require.Equal(t, exitOK, code, errs)
	require.Empty(t, errs, "no bar where nobody looks")
	require.Contains(t, table, "INSTANCE")
	require.Contains(t, table, "17.00", "10 until ready, 2 to leave, 3 on the way, 2 at the door")
	_, err := mdrp.ReadFiles(filepath.Join(out, "tiny"))
	require.NoError(t, err)

	code, text, errs := invoke(t, "dispatch", "bench", filepath.Dir(dir), "-o", "json")
	require.Equal(t, exitOK, code, errs)
	var results []mdrp.Result
	require.NoError(t, json.Unmarshal([]byte(text), &results))
	require.Len(t, results, 1)
	require.InDelta(t, 17, results[0].ClickToDoor, 1e-9)

	code, text, errs = invoke(t, "dispatch", "bench", dir, "--out", filepath.Join(dir, mdrp.OrdersFile))
	require.Equal(t, exitFailure, code)
	require.Empty(t, text, "what cannot be kept is not replayed")
	require.Contains(t, errs, "keep solutions")

	require.NoError(t, os.WriteFile(filepath.Join(dir, mdrp.CouriersFile), []byte("courier\tx\ty\ton_time\toff_time\nc1\t0\tfar\t0\t60\n"), 0o600))
	code, _, errs = invoke(t, "dispatch", "bench", dir)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, `couriers.txt:2: y: "far" is no number`)
	for _, args := range [][]string{{}, {dir, "--parallel", "0"}, {filepath.Join(dir, "nowhere")}} {
		code, _, errs = invoke(t, append([]string{"dispatch", "bench"}, args...)...)
		require.Equal(t, exitUsage, code, args)
		require.NotEmpty(t, errs)
	}
}

const anID = "0190b5a8-0000-7000-8000-000000000001"

// dispatchAPI answers an order, its decision, and what is changed of it with a problem, if there is one.
func dispatchAPI(t *testing.T, o dto.Order, d dto.DeliveryDecision, problem *dto.Problem) {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any = o
		switch {
		case strings.HasSuffix(r.URL.Path, "/decision"):
			answer = d
		case r.Method == http.MethodPost && problem != nil:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(problem.Status)
			answer = problem
		case r.Method == http.MethodPost && r.Header.Get("If-Match") != `"7"`:
			http.Error(w, "not of the version that was seen", http.StatusPreconditionFailed)
			return
		case strings.HasSuffix(r.URL.Path, "/orders"):
			answer = dto.OrderList{Data: []dto.OrderSummary{{ID: o.ID, Number: o.Number}}}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
}

func dispatchSay(t *testing.T, line string) (int, string, string) {
	t.Helper()
	return invoke(t, append([]string{"dispatch", "--data-dir", t.TempDir()}, strings.Fields(line)...)...)
}

func TestDispatchReachesTheTerminalAsText(t *testing.T) {
	evil := "\x1b]52;c;cm0gLXJmIC8=\x07\x1b[2J\u202eevil\u009b31m"
	vehicle, answer := dto.Vehicle(evil), dto.DispatchAttemptAnswer(evil)
	who := dto.DispatchCourier{Name: evil, Vehicle: &vehicle}
	name := dto.OrderName{Number: evil}
	o := dto.Order{Number: evil, Version: 7, State: dto.OrderState(evil), Courier: &dto.Party{Name: evil}, Delivery: &dto.OrderDelivery{State: dto.DeliveryState(evil)}}
	dispatchAPI(t, o, dto.DeliveryDecision{
		Order: dto.OrderRef{Number: evil, State: dto.OrderState(evil)}, State: dto.DeliveryState(evil), Courier: &who,
		Attempts: []dto.DispatchAttempt{{
			Attempt: 1, Outcome: dto.DispatchOutcomeOffered, Courier: &who, Answer: &answer, AnswerReason: &evil,
			Stops:      []dto.DispatchStop{{Vendor: &dto.Party{Name: evil}}, {Order: &name}},
			Candidates: []dto.DispatchCandidate{{Courier: who, KeptFor: []dto.OrderName{name}}},
			Excluded:   []dto.DispatchExclusion{{Reason: dto.DispatchExclusionReason(evil), Count: 1, Some: []dto.DispatchCourier{who}}},
		}},
	}, nil)
	for _, line := range []string{
		"explain " + anID, "explain 7k3-poq -o json", "explain 7k3poq --attempt 1", "assign " + anID + " " + anID, "assign " + anID + " " + anID + " --override -o json",
		"take-away " + anID + " --reason OTHER", "rescue " + anID + " --reason OTHER --at 28.6,77.2", "lose " + anID + " --yes",
	} {
		code, out, errs := dispatchSay(t, line)
		require.Equal(t, exitOK, code, "%s: %s", line, errs)
		require.Contains(t, out, "evil", line)
		require.False(t, strings.ContainsAny(out+errs, "\x1b\x07\u202e\u009b"), "%s: %q %q", line, out, errs)
	}
}

func TestAnExplanationIsRead(t *testing.T) {
	at := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	bicycle, leave, declined, reason := dto.Vehicle("bicycle"), at.Add(20*time.Minute), dto.DispatchAttemptAnswerDeclined, "TOO_FAR"
	ravi, meera := dto.DispatchCourier{Name: "Ravi", Vehicle: &bicycle}, dto.DispatchCourier{Name: "Meera"}
	d := dto.DeliveryDecision{
		Order: dto.OrderRef{Number: "7K3P0Q", State: "preparing", ReadyBy: &leave}, State: "unassigned",
		Attempts: []dto.DispatchAttempt{
			{Attempt: 2, At: at, Outcome: "later", Courier: &meera, LeaveAt: &leave, Excluded: []dto.DispatchExclusion{{Reason: "refused", Count: 7, Some: []dto.DispatchCourier{ravi}}}},
			{
				Attempt: 1, At: at, Outcome: "offered", Courier: &ravi, LeaveAt: &leave, Answer: &declined, AnswerReason: &reason, Weighed: 2,
				Stops: []dto.DispatchStop{{Vendor: &dto.Party{Name: "Casa Lima"}, ArriveAt: at, DoneAt: leave}, {Order: &dto.OrderName{Number: "7K3P0Q"}, ArriveAt: at, DoneAt: at}},
				Candidates: []dto.DispatchCandidate{
					{Courier: meera, Score: dto.DispatchScore{Total: 880}, KeptFor: []dto.OrderName{{Number: "9XYZ01"}}},
					{Courier: ravi, Chosen: true, Score: dto.DispatchScore{Total: 912, Elsewhere: -31}},
				},
			},
		},
	}
	dispatchAPI(t, dto.Order{Number: "7K3P0Q", Delivery: &dto.OrderDelivery{}}, d, nil)
	_, out, _ := dispatchSay(t, "explain 7K3P0Q")
	require.Equal(t, `order 7K3P0Q is preparing, ready by 2026-03-14T12:20:00Z, its delivery unassigned
attempt 2, 2026-03-14T12:00:00Z: it waits, because a courier who leaves later is there in time; Meera is planned, and leaves at 2026-03-14T12:20:00Z

COULD NOT  COURIERS    WHY
refused    7: Ravi, …  said no or nothing, or it was taken from them

before, and explained with --attempt:
attempt 1, 2026-03-14T12:00:00Z: offered to Ravi (bicycle), who declined (TOO_FAR)
`, out)
	_, out, _ = dispatchSay(t, "explain 7K3P0Q --attempt 1")
	require.Contains(t, out, `
TRIP            ARRIVE    DONE
set out                   12:20:00
Casa Lima       12:00:00  12:20:00
door of 7K3P0Q  12:00:00  12:00:00

COULD GO (2)            TOTAL  APPROACH  IDLE  PICKUP LATE  DETOUR  DELIVERY LATE  FRESHNESS  ELSEWHERE  KEPT FOR  ID
Meera                   880    0         0     0            0       0              0          0          9XYZ01    00000000-0000-0000-0000-000000000000
Ravi (bicycle), chosen  912    0         0     0            0       0              0          -31        -         00000000-0000-0000-0000-000000000000
`)
	code, _, errs := dispatchSay(t, "explain 7K3P0Q --attempt 3")
	require.Equal(t, exitFailure, code)
	require.Contains(t, errs, "no such attempt")
	for state, head := range map[dto.DeliveryState]string{"assigned": "its delivery assigned to Ravi (bicycle)", "failed": "its delivery failed, courier Ravi (bicycle)"} {
		d.State, d.Courier = state, &ravi
		dispatchAPI(t, dto.Order{Number: "7K3P0Q", Delivery: &dto.OrderDelivery{}}, d, nil)
		_, out, _ = dispatchSay(t, "explain 7K3P0Q")
		require.Contains(t, out, head)
	}
}

func TestWhatToDoWhenACourierCannotTakeIt(t *testing.T) {
	id, err := domain.ParseID(anID)
	require.NoError(t, err)
	o := dto.Order{ID: id, Number: "7K3P0Q", Version: 7, Delivery: &dto.OrderDelivery{ID: id}}
	for code, x := range map[string]struct {
		status  int
		details map[string]any
		advice  string
	}{
		"courier.excluded":            {409, map[string]any{"overridable": true}, "add --override"},
		"courier.busy":                {409, nil, "zoop dispatch explain 7K3P0Q"},
		"delivery.illegal_transition": {409, nil, "zoop orders timeline 7K3P0Q"},
		"order.illegal_transition":    {409, nil, "zoop orders timeline 7K3P0Q"},
		"delivery.no_position":        {409, nil, "add --at LAT,LNG; or give up: zoop dispatch lose 7K3P0Q"},
		"precondition_failed":         {412, nil, "somebody has changed it"},
	} {
		t.Run(code, func(t *testing.T) {
			dispatchAPI(t, o, dto.DeliveryDecision{}, &dto.Problem{Code: code, Status: x.status, Details: x.details})
			for _, line := range []string{"assign " + anID + " " + anID, "rescue " + anID + " --reason OTHER", "lose " + anID + " --yes"} {
				exit, _, errs := dispatchSay(t, line)
				require.Equal(t, exitConflict, exit, errs)
				require.Contains(t, errs, x.advice)
			}
		})
	}
	dispatchAPI(t, dto.Order{Number: "7K3P0Q"}, dto.DeliveryDecision{}, nil)
	for _, line := range []string{"explain 7K3P0Q", "assign 7K3P0Q " + anID, "take-away 7K3P0Q --reason OTHER", "rescue 7K3P0Q --reason OTHER", "lose 7K3P0Q --yes"} {
		exit, _, errs := dispatchSay(t, line)
		require.Equal(t, exitConflict, exit, line)
		require.Contains(t, errs, "collected by its customer")
	}
	for _, line := range []string{"explain", "explain 7K3P0Q --attempt 0", "assign 7K3P0Q ravi", "assign 7K3P0Q", "take-away 7K3P0Q", "take-away 7K3P0Q --reason LAZY",
		"rescue 7K3P0Q", "rescue 7K3P0Q --reason ILL", "rescue 7K3P0Q --reason OTHER --at here", "rescue 7K3P0Q --reason OTHER --at 91,0",
		"rescue 7K3P0Q --reason OTHER --at NaN,0", "rescue 7K3P0Q --reason OTHER --at 28.6", "lose", "lose 7K3P0Q"} {
		exit, _, errs := dispatchSay(t, line)
		require.Equal(t, exitUsage, exit, line+errs)
	}
}
