package serve

// Accounts are the bytes that requests hold now, the most they ever held, and what
// they may hold.
func (s *Server) Accounts() (used, peak, limit int64) {
	return s.budget.used.Load(), s.budget.peak.Load(), s.options.Memory
}

// Document is the answer of a path that follows from the model alone.
func (s *Server) Document(path string) []byte { return s.present().documents[path] }
