package observe

import "database/sql/driver"

// Recorded is a connector whose connections record what they do, so that a pack for database/sql
// leaves them alone.
type Recorded struct{ driver.Connector }
