package bind_test

import (
	"sync"

	"github.com/sleuth-sec/sleuth/kql/builtin"
)

var library = sync.OnceValue(builtin.Standard)
