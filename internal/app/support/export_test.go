package support

// Bound sets how much a snapshot holds.
func (s *Service) Bound(orders, alerts int) { s.maxLive, s.maxLiveAlerts = orders, alerts }
