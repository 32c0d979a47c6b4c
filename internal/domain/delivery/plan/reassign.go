package plan

// suitors bounds how many couriers are thought of for a route of somebody else.
const suitors = 48

// reassign gives the routes as they are to the couriers that drive them at the least cost altogether.
func (s *search) reassign() {
	var from []int
	for c := range s.routes {
		if len(s.routes[c].trips) > 0 {
			from = append(from, c)
		}
	}
	rows := make([][]Edge, len(from))
	for r, c := range from {
		rows[r] = s.edges(c)
	}
	to, ok := Assign(rows, len(s.routes))
	if !ok {
		return
	}
	trips := make([][]trip, len(s.routes))
	for r, c := range to {
		trips[c] = s.routes[from[r]].trips
	}
	for c := range trips {
		s.set(c, trips[c])
	}
}

// edges are the couriers who can drive one's route, that one first, with what it costs more than to stand still.
func (s *search) edges(c int) []Edge {
	trips := s.routes[c].trips
	out := []Edge{{c, s.routes[c].cost - s.w.cost(c, nil)}}
	near := s.w.near(trips[0].stops[0])
	for _, other := range near[:min(suitors, len(near))] {
		if int(other) == c {
			continue
		}
		s.effort += len(trips)
		if cost := s.w.cost(int(other), trips); cost < never {
			out = append(out, Edge{int(other), cost - s.w.cost(int(other), nil)})
		}
	}
	return out
}
