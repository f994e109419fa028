package membership

import "time"

// RescanEvery is how often Follow looks at all sockets again. A host on which
// that takes long is looked at less often, so that it has time for other things.
const RescanEvery = time.Second

// pollEvery is how often the lists of memberships are looked at where the
// kernel announces nothing.
const pollEvery = 200 * time.Millisecond

// mostNews is how many announcements wait while a caller takes its time. More
// are dropped: what came and went again by then is missing.
const mostNews = 1 << 16
