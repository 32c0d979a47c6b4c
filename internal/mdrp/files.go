package mdrp

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The files of a solution, as the published evaluator reads them: words separated by blanks, below a line of titles.
const (
	AssignmentsFile = "solution_info_assignments.txt"
	OrdersDoneFile  = "solution_info_orders.txt"
	MovesFile       = "solution_info_couriers.txt"
)

// Files are a solution by file name.
type Files map[string]string

// Files writes a solution down.
func (in *Instance) Files(s *Solution) Files {
	return Files{AssignmentsFile: in.assignments(s), OrdersDoneFile: in.done(s), MovesFile: in.moves(s)}
}

func (in *Instance) assignments(s *Solution) string {
	var b strings.Builder
	b.WriteString("assignment_time pickup_time courier bundle\n")
	for _, a := range s.Assignments {
		fmt.Fprintf(&b, "%d %d %s", a.Given, a.Pickup, in.Couriers[a.Courier].ID)
		for _, o := range a.Orders {
			fmt.Fprintf(&b, " %s", in.Orders[o].ID)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// done lists every order; one that was never delivered has NaN where there is nothing to say.
func (in *Instance) done(s *Solution) string {
	ends := slices.Repeat([]string{"NaN NaN NaN"}, len(in.Orders))
	for _, a := range s.Assignments {
		for i, o := range a.Orders {
			ends[o] = fmt.Sprintf("%d %d %s", a.Pickup, a.Drops[i], in.Couriers[a.Courier].ID)
		}
	}
	var b strings.Builder
	b.WriteString("order placement_time ready_time pickup_time dropoff_time courier\n")
	for n, o := range in.Orders {
		fmt.Fprintf(&b, "%s %d %d %s\n", o.ID, o.Placed, o.Ready, ends[n])
	}
	return b.String()
}

// moves lists how couriers moved, a block an assignment, couriers one after the other.
func (in *Instance) moves(s *Solution) string {
	byCourier := make([][]Assignment, len(in.Couriers))
	for _, a := range s.Assignments {
		byCourier[a.Courier] = append(byCourier[a.Courier], a)
	}
	var b strings.Builder
	b.WriteString("courier departure_time origin destination\n")
	for c, list := range byCourier {
		from := in.Couriers[c].ID
		for _, a := range list {
			vendor := in.Orders[a.Orders[0]].Vendor
			fmt.Fprintf(&b, "%s %d %s %s\n", in.Couriers[c].ID, a.Leave, from, vendor)
			leave := a.Pickup + in.PickupMinutes/2
			from = vendor
			for i, o := range a.Orders {
				fmt.Fprintf(&b, "%s %d %s %s\n", in.Couriers[c].ID, leave, from, in.Orders[o].ID)
				leave, from = a.Drops[i]+in.DropMinutes/2, in.Orders[o].ID
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Write puts the files into a folder, which it makes.
func (f Files) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("write solution: %w", err)
	}
	for name, text := range f {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil { //nolint:gosec // figures for anybody
			return fmt.Errorf("write solution: %w", err)
		}
	}
	return nil
}

// ReadFiles reads the files of a solution.
func ReadFiles(dir string) (Files, error) {
	f := Files{}
	for _, name := range []string{AssignmentsFile, OrdersDoneFile, MovesFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read solution: %w", err)
		}
		f[name] = string(text)
	}
	return f, nil
}
