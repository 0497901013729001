.PHONY: help install build test demo board boards

help:
	@echo "make demo     build, enroll phrases by typing them, and hear them in recordings of people"
	@echo "make test     build and test everything; the last line counts"
	@echo "make build    build the programs into .build/release"
	@echo "make install  install the libraries that building needs (apt; asks for sudo when needed)"
	@echo "make boards   list the boards that there is a configuration for"
	@echo "make board BOARD=raspberry-pi-4   make .build/boards/heed-raspberry-pi-4.tar.gz, with all that board needs"

install:
	@.ci/install

build: install
	swift build -c release --product heed
	swift build -c release --product asound_module_pcm_heedtest

test:
	@.ci/install tests
	@.ci/test

demo: build
	@.ci/demo

board:
	@firmware-config/make-board.sh "$(BOARD)"

boards:
	@firmware-config/make-board.sh --list
