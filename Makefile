# Sleuth: the commands of the house. `make demo` and `make test` are all a newcomer needs.
GO      ?= go
BIN     := bin/sleuth
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
WEBSRC  := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

FUZZTIME ?= 10m

.PHONY: demo test check build web bench prove fuzz lint generate clean

## demo: builds everything, makes the sample tenant and opens the page for it
demo: build
	./$(BIN) demo

## build: the program, with the web page inside
build: web
	@mkdir -p bin
	$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/sleuth

## web: the page, built with Node.js; without Node.js the program builds too and says that it has no page
web: web/dist/index.html
web/dist/index.html: $(WEBSRC)
	@if command -v npm >/dev/null; then cd web && npm ci --no-audit --no-fund && npm run build; \
	else echo "Node.js is not installed: building without the web page" >&2; fi

## test: every test, with a sample of the long proofs (set SLEUTH_PROVE=1 for all of them)
test: build
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...

## check: format, vet, generated files, architecture and unit tests of the level below the store; under two minutes
check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || (gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w" >&2; exit 1)
	$(GO) vet ./...
	$(GO) test -short . ./diag ./audit ./access ./kql/... ./entra ./plugin/... ./copilot/...

## lint: the checks of .golangci.yml's set that run without a service
lint:
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

## generate: reference pages and other files made from declarations
generate:
	$(GO) generate ./...

## bench: import, prompts, start-up and memory beside plain SQL on the same data
bench: build
	./$(BIN) bench

## fuzz: every fuzzer for FUZZTIME (10m), one after the other; stops at the first that finds something
fuzz:
	@mkdir -p bin
	@for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	    echo "fuzz $$p $$f $(FUZZTIME)"; \
	    $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p > bin/fuzz.log 2>&1 || { cat bin/fuzz.log; exit 1; }; \
	    tail -n 3 bin/fuzz.log; \
	  done; \
	done

## prove: the long proofs in full, a million random queries among them: many hours; writes docs/measured.md
prove: build
	SLEUTH_PROVE=1 $(GO) test -timeout 24h -count=1 -p 1 -v ./... > bin/prove.log 2>&1; status=$$?; \
	grep -E '^(ok|FAIL|--- FAIL|panic)' bin/prove.log; \
	$(MAKE) fuzz >> bin/prove.log || status=1; \
	./$(BIN) bench --write docs/measured.md --proofs bin/prove.log && exit $$status

clean:
	rm -rf bin web/node_modules
