# SPDX-License-Identifier: Apache-2.0
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

TSC := node node_modules/typescript/bin/tsc
BIOME := node_modules/.bin/biome
C_SOURCES = $(shell find bpf native -name build -prune -o \( -name '*.[ch]' -o -name '*.cc' \) -print)

.PHONY: help demo test test-vm ci oracle bench build schema lint format clean
.PHONY: setup-demo setup-test setup-vm

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup-demo build ## Install what is missing, build, and replay the MySQL incident (ARGS="--keep", "--json")
	@node dist/src/cli/main.js lab run mysql-incident $(ARGS)

test: setup-test build ## Install what is missing, build, and run the tests (TESTS="unit kernel")
	@node scripts/test.mjs $(TESTS)

ci: test ## What continuous integration runs

test-vm: setup-vm build ## Run the tests on other kernels under qemu (KERNELS="5.10 6.1", JOBS=2)
	@node scripts/test-vm.mjs $(KERNELS)

oracle: setup-test build ## Record anew what the kernel’s own masquerade makes of the oracle’s packets
	@node scripts/record-oracle.mjs

bench: setup-test build ## Measure what a packet costs (ARGS="--only established --rounds 9", "--json")
	@node dist/bench/main.js $(ARGS)

build: ## Compile TypeScript into dist/ and build the addon
	@$(TSC) -p .
	@node scripts/build-native.mjs >&2

schema: build ## Regenerate what is committed: JSON Schemas, the default unit, the shared structs' header
	@node scripts/generate-schema.mjs
	@node scripts/generate-cli-schemas.mjs
	@node scripts/generate.mjs

lint: ## Check types, TypeScript style and C format; changes nothing
	@$(BIOME) check
	@$(TSC) -p . --noEmit
	@clang-format --dry-run -Werror $(C_SOURCES)

format: ## Format TypeScript and C in place
	@$(BIOME) check --write
	@clang-format -i $(C_SOURCES)

clean: ## Remove what was built
	@rm -rf dist native/build .tap

setup-demo:
	@scripts/setup.sh demo >&2

setup-test:
	@scripts/setup.sh test >&2

setup-vm:
	@scripts/setup.sh vm >&2
