.PHONY: help install build test test-faults test-sanitize fuzz demo board boards service

help:
	@echo "make demo     build, enroll phrases by typing them, and hear them in recordings of people"
	@echo "make test     build and test everything; the last line counts"
	@echo "make test-faults   full disks, failed calls, kill -9, many phrases and changes; after make test, some minutes"
	@echo "make fuzz SECONDS=60 TARGET=wave   try parsers with inputs that nobody meant; without TARGET all of them"
	@echo "make test-sanitize   the tests under AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer; takes an hour"
	@echo "make build    build the programs into .build/release"
	@echo "make install  install the libraries that building needs (apt; asks for sudo when needed)"
	@echo "make boards   list the boards that there is a configuration for"
	@echo "make board BOARD=raspberry-pi-4   make .build/boards/heed-raspberry-pi-4.tar.gz, with all that board needs"
	@echo "make board BOARD=… KEY=FILE.pub   the same, and the board uses only models that the key signed (heed-train sign)"
	@echo "make service  make .build/boards/heed-service-….tar.gz: heed serve as a systemd service, for machines of this kind"

install:
	@.ci/install

build: install
	swift build -c release --product heed
	swift build -c release --product asound_module_pcm_heedtest

test:
	@.ci/install tests
	@.ci/test

test-faults:
	@.ci/install tests
	@.ci/faults
	@.ci/load

test-sanitize:
	@.ci/install tests
	@.ci/sanitize

fuzz: install
	@.ci/fuzz $(SECONDS)

demo: build
	@.ci/demo

board:
	@firmware-config/make-board.sh $(if $(KEY),--key "$(KEY)") "$(BOARD)"

service: install
	@firmware-config/make-board.sh $(if $(KEY),--key "$(KEY)") --full $(BOARD)

boards:
	@firmware-config/make-board.sh --list
