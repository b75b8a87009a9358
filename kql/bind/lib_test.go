package bind_test

import "github.com/sleuth-sec/sleuth/kql/builtin"

func library() *builtin.Library { return builtin.Standard() }
